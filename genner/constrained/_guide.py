"""What one answer about one text may be, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from genner._old_formats import FORMATS, Labels
from genner.constrained._inline import InlineMachine
from genner.constrained._json import GroupedMachine, OccurrenceMachine, OffsetMachine
from genner.constrained._markup import pieces_of
from genner.constrained._options import GuideOptions
from genner.constrained._source import Source
from genner.constrained._state import State, follow
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.labelsets import get_label_set
from genner.types import LabelSet

__all__ = ["Guide", "get_guide"]


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything a valid answer about one text may be.

    Args:
        format: name of the output format.
        text: the source text.
        labels: the label set.
        options: limits on the answer.
        start: the state before the first byte; `start.following` maps each byte that may come next
            to the state after it, and `state.final` tells whether the answer may end.
    """

    format: str
    text: str
    labels: LabelSet
    options: GuideOptions
    start: State = field(repr=False, compare=False)

    def follow(self, output: str | bytes, state: State | None = None) -> State | None:
        """Return the state after `output`, or None where it leaves what is allowed."""
        data = output.encode("utf-8", "surrogatepass") if isinstance(output, str) else output
        return follow(self.start if state is None else state, data)

    def accepts(self, output: str | bytes) -> bool:
        """Tell whether `output` is a whole valid answer."""
        state = self.follow(output)
        return state is not None and state.final


def _inline(format: str, text: str, labels: LabelSet, options: GuideOptions) -> State:
    return InlineMachine(Source(text, options.boundaries), pieces_of(format, labels), options).start


_JSON: dict[str, Callable[[str, Sequence[str], GuideOptions], Any]] = {
    "grouped-json": GroupedMachine,
    "occurrence-json": OccurrenceMachine,
    "offset-json": OffsetMachine,
}


def get_guide(format: str, text: str, labels: Labels, **options: Any) -> Guide:
    """Return the guide to the answers about `text`.

    >>> guide = get_guide("bracket", "Ann left", ["PER"])
    >>> guide.accepts("[Ann | PER] left"), guide.accepts("[Anna | PER] left")
    (True, False)

    Args:
        format: one of `genner.FORMATS`.
        text: the text the answer is about.
        labels: the label set.
        options: see `GuideOptions`.

    Raises:
        UnknownNameError: when there is no such format or option.
        DataError: when the text cannot be written in UTF-8, there is no label set, or the format
            has no positions to hold an option against.
    """
    if format not in FORMATS:
        raise UnknownNameError.of("format", format, FORMATS)
    if not isinstance(text, str):
        raise WrongTypeError(f"text: expected a str, got {type(text).__name__} {text!r:.80}")
    known = get_label_set(labels)
    if known is None:
        raise DataError("labels: expected a label set, got None: a guide allows the labels of a set and no others")
    fields = GuideOptions.__dataclass_fields__
    for name in options:
        if name not in fields:
            raise UnknownNameError.of("option of a guide", name, fields)
    chosen = GuideOptions(**options)
    if format == "grouped-json" and (chosen.max_depth is not None or not chosen.crossing):
        raise DataError("grouped-json has no positions: max_depth and crossing cannot be kept to")
    start = _JSON[format](text, known.names, chosen).start if format in _JSON else _inline(format, text, known, chosen)
    return Guide(format, text, known, chosen, start)
