"""Finding out in which format an answer is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from genner.exceptions import UnknownNameError
from genner.formats.codec import Labels
from genner.formats.registry import formats, get_codec
from genner.types import Prediction

__all__ = ["decode_any"]


def decode_any(output: str, text: str | None, labels: Labels, options: Mapping[str, Any]) -> Prediction:
    """Decode an answer in the format that explains it best; `Prediction.format` names it.

    A format that finds entities and no issue wins, then the one that places most mentions, then the one with the fewest
    issues, then the first of `formats()`.
    """
    strict = options.get("strict", False)
    best: tuple[tuple[bool, int, int, int], str, Prediction] | None = None
    taken = False
    for name in formats():
        try:
            codec = get_codec(name, **{**options, "strict": False})
        except UnknownNameError:
            continue  # a format without one of the options
        taken = True
        prediction = codec.decode(output, text, labels=labels)
        found, issues = len(prediction.entities), len(prediction.issues)
        key = (bool(found) and not issues, found, -len(prediction.unplaced), -issues)
        if best is None or key > best[0]:
            best = (key, name, prediction)
    if not taken or best is None:
        raise UnknownNameError(f"no format has all of the options {', '.join(options)}")
    prediction = replace(best[2], format=best[1])
    return prediction.raise_issues() if strict else prediction
