"""Predictions for Label Studio: checked by its own description of a labelling config, where that is installed."""

from __future__ import annotations

from typing import Any

import pytest

import genner
from genner import DataError, Entity, Prediction
from genner.adapters.label_studio import predictions

TASKS = [{"id": 1, "data": {"text": "Ann left Rome"}}, {"id": 2, "data": {"text": "nobody"}}]
CONFIG = """<View><Labels name="label" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>
<Text name="text" value="$text"/></View>"""


def find(texts: list[str]) -> list[Prediction]:
    """Find Ann surely and Rome less so."""
    person, place = Entity(0, 3, "PER"), Entity(9, 13, "LOC")
    known = {person: {"confidence": 0.9}, place: {"confidence": 0.5}}
    return [
        Prediction([person, place], text=text, details=known) if "Ann" in text else Prediction([], text=text)
        for text in texts
    ]


def test_each_task_has_a_prediction() -> None:
    """Offsets, text and label as Label Studio names them; the lowest confidence is that of the task."""
    first, second = predictions(TASKS, find)

    assert second == {"model_version": f"genner {genner.__version__}", "result": []}
    assert first["score"] == 0.5
    assert first["result"][0] == {
        "id": "genner-0",
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 0, "end": 3, "text": "Ann", "labels": ["PER"]},
        "score": 0.9,
    }


def test_label_studio_takes_them() -> None:
    """Its SDK finds every prediction valid for the config."""
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(CONFIG)

    assert all(interface.validate_prediction(one) for one in predictions(TASKS, find))


def test_a_backend_of_label_studio_answers_with_them() -> None:
    """The class of its own package needs one line."""
    base = pytest.importorskip("label_studio_ml.model", exc_type=ImportError).LabelStudioMLBase

    class Backend(base):  # type: ignore[misc,valid-type]
        def predict(self, tasks: Any, **options: Any) -> Any:
            return predictions(tasks, find)

    backend = Backend(label_config=CONFIG)
    assert [len(one["result"]) for one in backend.predict(TASKS)] == [2, 0]


def test_a_task_without_a_text_is_named() -> None:
    """The message has the position and the key."""
    with pytest.raises(DataError, match=r"tasks\[0\]: expected a text in data\['body'\], got None"):
        predictions(TASKS, find, value="body")
