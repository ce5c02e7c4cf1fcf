"""What the page shows of scores of entities: how often those of a score are right, and recall at several precisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from genner.confidence import Scored, precision_recall, reliability, usual_score
from genner.confidence.curves import WISHED
from genner.study.assessment import FormatResult, Study

__all__ = ["confidence_data"]


def confidence_data(study: Study) -> list[dict[str, Any]]:
    """Lay out reliability and precision against recall of each system whose entities all have a score."""
    return list(_confidences(study, study.results))


def _confidences(study: Study, results: Iterable[FormatResult]) -> Iterator[dict[str, Any]]:
    for place, result in enumerate(results):
        name = usual_score(result.predictions)
        if name is None:
            continue
        scored = Scored.of(study.gold, result.predictions, name)
        found, curve = reliability(scored), precision_recall(scored)
        wished = [(one, curve.at(precision=one)) for one in WISHED]
        yield {
            "system": result.format,
            "place": place,
            "score": name,
            "error": found.error,
            "debiased": found.debiased,
            "interval": list(found.interval),
            "area": curve.area,
            "bins": [
                {
                    "name": f"{one.low:.1f} to {one.high:.1f}",
                    "entities": one.entities,
                    "mean": one.total / one.entities,
                    "right": one.right / one.entities,
                }
                for one in found.bins
                if one.entities
            ],
            "wished": [
                {"wished": one, "threshold": at[0], "precision": at[1], "recall": at[2]}
                for one, at in wished
                if at is not None
            ],
        }
