"""What holds of every codec, as functions that raise `AssertionError` where it does not."""

from __future__ import annotations

from collections import Counter

from genner._old_formats import Codec, Labels
from genner.exceptions import EncodeError
from genner.types import Document, Prediction

__all__ = ["check_decode", "check_round_trip"]


def check_round_trip(codec: Codec, document: Document, *, labels: Labels = None, positional: bool = True) -> str | None:
    """Check that decoding gives back what was encoded, without an issue.

    Args:
        positional: False for a format that says no places: then mentions are compared, and
            `ambiguous` issues are allowed.

    Returns:
        The encoding, or None when the codec refuses the document.
    """
    try:
        output = codec.encode(document, labels=labels)
    except EncodeError as refusal:
        if not refusal.entities:
            raise AssertionError("an EncodeError names the entities in the way") from refusal
        return None
    prediction = codec.decode(output, document.text, labels=labels)
    if positional:
        assert prediction.entities == document.entities, (output, prediction)
        assert prediction.ok, (output, prediction.issues)
    else:
        assert _mentions(prediction, document.text) == _mentions(document, document.text), (output, prediction)
        assert all(issue.kind == "ambiguous" for issue in prediction.issues), (output, prediction.issues)
    return output


def check_decode(codec: Codec, output: str, text: str | None, *, labels: Labels = None) -> Prediction:
    """Check what holds whatever the output: no exception, places inside the text, one answer."""
    prediction = codec.decode(output, text, labels=labels)
    again = codec.decode(output, text, labels=labels)
    assert prediction == again, "decode is a pure function of its arguments"
    if text is not None:
        assert prediction.text == text
        for entity in prediction.entities:
            assert 0 <= entity.start < entity.end <= len(text), entity
    for issue in prediction.issues:
        assert issue.output_span is None or issue.output_span.end <= max(len(output), 1), issue
        assert issue.text_span is None or text is None or issue.text_span.end <= len(text), issue
    return prediction


def _mentions(value: Document | Prediction, text: str) -> Counter[tuple[str, str]]:
    return Counter((text[start:end], label) for start, end, label in value.entities)
