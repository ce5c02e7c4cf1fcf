"""What holds of every codec, as functions that raise `AssertionError` where it does not.

`check_laws` runs all that one document can show; the others check one law each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from genner.exceptions import EncodeError
from genner.formats.codec import Codec, Labels
from genner.types import Document, Issue, Mention, Prediction

__all__ = [
    "REASONING",
    "check_decode",
    "check_laws",
    "check_nothing_lost",
    "check_one_road",
    "check_repeated",
    "check_round_trip",
    "check_stream",
    "is_accounted_for",
]

REASONING: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
)
"""What begins and ends the reasoning of Qwen and DeepSeek, Seed, Magistral, Kimi, Command, Gemma,
and gpt-oss with and without its special tokens."""

_WHITE = ("\n", " ", "\r\n", "\n\n")


def check_laws(codec: Codec, document: Document, *, labels: Labels = None) -> str | None:
    """Check every law that one document can show.

    Args:
        codec: what is checked.
        document: what it encodes.
        labels: a label set, names, or `"PER,LOC"`.

    Returns:
        The encoding, or None when the codec refuses the document.
    """
    output = check_round_trip(codec, document, labels=labels)
    if output is None:
        return None
    surfaces = {document.text[start:end] for start, end, _ in document.entities}
    check_decode(codec, output, document.text, labels=labels)
    check_nothing_lost(codec, output, document.text, surfaces, labels=labels)
    check_one_road(codec, output, document.text, labels=labels)
    check_repeated(codec, document, labels=labels)
    if hasattr(codec, "live_reader"):
        for size in (1, 7, len(output) + 1):
            check_stream(codec, output, document.text, size=size, labels=labels)
        for opener, closer in REASONING:
            check_stream(codec, f"{opener}Maybe {output}{closer}{output}", document.text, size=5, labels=labels)
    return output


def check_round_trip(
    codec: Codec, document: Document, *, labels: Labels = None, positional: bool | None = None
) -> str | None:
    """Law 1: decoding gives back what was encoded, without an issue.

    Args:
        codec: what is checked.
        document: what it encodes.
        labels: a label set, names, or `"PER,LOC"`.
        positional: False for a format whose answers name no places: then mentions are compared, and
            `ambiguous` issues are allowed. Without it, what the codec says of itself.

    Returns:
        The encoding, or None when the codec refuses the document.

    Raises:
        AssertionError: when the law is broken.
    """
    try:
        output = codec.encode(document, labels=labels)
    except EncodeError as refusal:
        if not refusal.entities:
            raise AssertionError("an EncodeError names the entities it is about") from refusal
        return None
    prediction = codec.decode(output, document.text, labels=labels)
    if positional is None:
        positional = getattr(codec, "positional", True)
    if positional:
        assert prediction.entities == document.entities, (output, document, prediction)
        assert prediction.ok, (output, document, prediction.issues)
    else:
        assert _mentions(prediction, document.text) == _mentions(document, document.text), (output, prediction)
        assert all(issue.kind == "ambiguous" for issue in prediction.issues), (output, prediction.issues)
    return output


def check_decode(codec: Codec, output: str, text: str | None, *, labels: Labels = None) -> Prediction:
    """Laws 2 to 4, whatever the output: no exception, places inside the text, the same answer twice.

    Args:
        codec: what is checked.
        output: what a model might have written.
        text: the source; None for a codec that reads without it.
        labels: a label set, names, or `"PER,LOC"`.
    """
    prediction = codec.decode(output, text, labels=labels)
    again = codec.decode(output, text, labels=labels)
    assert prediction == again, ("decode is a pure function of its arguments", output, prediction, again)
    assert len(set(prediction.entities)) == len(prediction.entities), ("an entity is predicted twice", prediction)
    inside = text if text is not None else prediction.text
    if text is not None:
        assert prediction.text == text
    for entity in prediction.entities:
        assert 0 <= entity.start < entity.end, entity
        assert inside is None or entity.end <= len(inside), (entity, inside)
    for issue in prediction.issues:
        assert issue.output_span is None or issue.output_span.end <= len(output), (output, issue)
        assert issue.text_span is None or inside is None or issue.text_span.end <= len(inside), (inside, issue)
    return prediction


def check_nothing_lost(
    codec: Codec, output: str, text: str | None, marked: Iterable[str], *, labels: Labels = None
) -> Prediction:
    """Law 3: every string that an output marks as an entity is placed, unplaced, or named in an issue.

    Args:
        codec: what is checked.
        output: what a model might have written.
        text: the source.
        marked: the strings as the model wrote them.
        labels: a label set, names, or `"PER,LOC"`.
    """
    prediction = codec.decode(output, text, labels=labels)
    for mention in marked:
        assert is_accounted_for(prediction, mention, output), ("lost without a word", mention, output, prediction)
    return prediction


def is_accounted_for(prediction: Prediction, mention: str, output: str) -> bool:
    """Tell whether a string that `output` marks as an entity is placed, unplaced, or named in an issue.

    Args:
        prediction: what was decoded.
        mention: the string.
        output: the answer.
    """
    wanted = _folded(mention)
    text = prediction.text or ""
    return (
        any(_folded(text[start:end]) == wanted for start, end, _ in prediction.entities)
        or any(_folded(unplaced.text) == wanted for unplaced in prediction.unplaced)
        or any(_names(issue, mention, output) for issue in prediction.issues)
    )


def check_one_road(codec: Codec, output: str, text: str | None, *, labels: Labels = None) -> None:
    """Law 5: white space or a code fence around an output changes nothing but issues.

    Args:
        codec: what is checked.
        output: what a model might have written.
        text: the source.
        labels: a label set, names, or `"PER,LOC"`.
    """
    plain = _content(codec.decode(output, text, labels=labels))
    around = [output + white for white in _WHITE]
    around += [f"```{name}\n{output}\n```{end}" for name in ("json", "") for end in ("", "\n")]
    for changed in around:
        prediction = codec.decode(changed, text, labels=labels)
        assert _content(prediction) == plain, (changed, plain, prediction)


def check_repeated(codec: Codec, document: Document, *, labels: Labels = None) -> None:
    """Law 6: an entity that an answer names twice is one entity with a `repeated` issue.

    Checked of the document's first entity whose surface is at one place in the text and in no other
    entity, where the codec can write the answer (`render`).

    Args:
        codec: what is checked.
        document: whose first entity is named twice.
        labels: a label set, names, or `"PER,LOC"`.
    """
    render = getattr(codec, "render", None)
    entity = next((e for e in document.entities if _is_single(document, e)), None)
    if render is None or entity is None:
        return
    from genner.labelsets import get_label_set

    output = render(document.text, (entity, entity), get_label_set(labels))
    if output == render(document.text, (entity,), get_label_set(labels)):
        return  # tags cannot name an entity twice
    prediction = codec.decode(output, document.text, labels=labels)
    assert prediction.entities == (entity,), (output, prediction)
    assert "repeated" in {issue.kind for issue in prediction.issues}, (output, prediction)


def check_stream(codec: Any, output: str, text: str, *, size: int, labels: Labels = None) -> None:
    """Law 8: `stream` emits nothing that `finish` retracts, and ends with what `decode` gives.

    Args:
        codec: a codec that has `stream`.
        output: what a model might have written.
        text: the source.
        size: how many characters a chunk has.
        labels: a label set, names, or `"PER,LOC"`.
    """
    stream = codec.stream(text, labels=labels)
    emitted = [entity for at in range(0, len(output), size) for entity in stream.feed(output[at : at + size])]
    prediction = stream.finish()
    assert prediction == codec.decode(output, text, labels=labels), (output, prediction)
    retracted = [entity for entity in emitted if entity not in set(prediction.entities)]
    assert not retracted, ("retracted", retracted, output, prediction)
    assert len(set(emitted)) == len(emitted), ("an entity is emitted twice", emitted, output)


def _mentions(value: Document | Prediction, text: str) -> Counter[tuple[str, str]]:
    return Counter((text[start:end], label) for start, end, label in value.entities)


def _content(prediction: Prediction) -> tuple[Any, tuple[Mention, ...]]:
    return prediction.entities, prediction.unplaced


def _folded(mention: str) -> str:
    return "".join(mention.split()).casefold()


def _is_single(document: Document, entity: Sequence[Any]) -> bool:
    start, end, _label = entity
    surface = document.text[start:end]
    once = document.text.find(surface) == document.text.rfind(surface)
    return once and surface.isalpha() and not any(e.start < end and start < e.end for e in _others(document, entity))


def _others(document: Document, entity: Sequence[Any]) -> list[Any]:
    return [other for other in document.entities if other != entity]


_ABOUT_ALL = frozenset(("wrapped", "extra_text", "text_changed", "label_folded"))
"""Kinds of issues that name no mention, even where their span covers one."""


def _names(issue: Issue, mention: str, output: str) -> bool:
    """Tell whether an issue is about `mention`: its text is in the detail or in the span of the output."""
    if mention[:40] in issue.detail or repr(mention)[1:-1][:40] in issue.detail:
        return True
    if issue.kind in _ABOUT_ALL or issue.output_span is None:
        return False
    start, end = issue.output_span.start, issue.output_span.end
    written = (mention, json.dumps(mention)[1:-1], json.dumps(mention, ensure_ascii=False)[1:-1])
    return any(output.find(form, max(0, start - len(form)), end + len(form)) >= 0 for form in written)
