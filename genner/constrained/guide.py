"""What one answer about one text may be, byte by byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genner.constrained.inline.automaton import InlineAutomaton
from genner.constrained.json import GroupAutomaton, ItemAutomaton
from genner.constrained.options import GuideOptions
from genner.constrained.states import State, follow
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.formats.capabilities import CanGuide, require
from genner.formats.codec import Codec, Labels
from genner.formats.inline.description import Inline
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import JsonItems
from genner.formats.registry import Format, get_codec
from genner.labelsets import get_label_set
from genner.types import LabelSet

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from genner.constrained.options import GuideKeywords

__all__ = ["Guide", "get_guide", "known_labels"]


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything a valid answer about one text may be.

    Args:
        codec: the output format.
        text: the source text.
        labels: the label set.
        options: limits on the answer.
        start: the state before the first byte; `start.following` maps each byte that may come next
            to the state after it, and `state.final` tells whether the answer may end.
    """

    codec: Codec
    text: str
    labels: LabelSet
    options: GuideOptions
    start: State = field(repr=False, compare=False)

    @property
    def format(self) -> str:
        """The name of the output format."""
        return self.codec.name

    def follow(self, output: str | bytes, state: State | None = None) -> State | None:
        """Return the state after `output`, or None where it leaves what is allowed."""
        data = output.encode("utf-8", "surrogatepass") if isinstance(output, str) else output
        return follow(self.start if state is None else state, data)

    def accepts(self, output: str | bytes) -> bool:
        """Tell whether `output` is a whole valid answer."""
        state = self.follow(output)
        return state is not None and state.final


def known_labels(labels: Labels) -> LabelSet:
    """Return the label set of a guide or grammar, which cannot do without one."""
    known = get_label_set(labels)
    if known is None:
        raise DataError("labels: expected a label set, got None: only the labels of a set are allowed")
    return known


def get_guide(format: Format, text: str, labels: Labels, **options: Unpack[GuideKeywords]) -> Guide:
    """Return the guide to the answers about `text`.

    >>> guide = get_guide("bracket", "Ann left", ["PER"])
    >>> guide.accepts("[Ann | PER] left"), guide.accepts("[Anna | PER] left")
    (True, False)

    Args:
        format: an output format, by name or instance.
        text: the text the answer is about.
        labels: the label set.
        options: see `GuideOptions`.

    Raises:
        UnknownNameError: when there is no such format or option.
        DataError: when the format has no guide or no positions to check an option against, the text
            cannot be written in UTF-8, or there is no label set.
    """
    codec: Any = get_codec(format)
    if not isinstance(text, str):
        raise WrongTypeError(f"text: expected a str, got {type(text).__name__} {text!r:.80}")
    known = known_labels(labels)
    fields = GuideOptions.__dataclass_fields__
    for name in options:
        if name not in fields:
            raise UnknownNameError.of("option of a guide", name, fields)
    is_positional = getattr(codec, "positional", True)
    chosen = GuideOptions(**({} if is_positional else {"boundaries": "word"}) | options)
    if not is_positional and (chosen.max_depth is not None or not chosen.crossing):
        raise DataError(f"{codec.name} has no positions, so max_depth and crossing cannot be checked")
    if isinstance(codec, Inline):
        start: State = InlineAutomaton(codec, text, known, chosen).start
    elif isinstance(codec, JsonItems):
        start = ItemAutomaton(codec, text, known.names, chosen).start
    elif isinstance(codec, JsonGroups):
        start = GroupAutomaton(codec, text, known.names, chosen).start
    else:
        require(codec, CanGuide, "guide")
        start = codec.guide(text, known, **options)
        if not isinstance(start, State):
            raise WrongTypeError(f"{codec.name}: expected `guide` to return a State, got {type(start).__name__}")
    return Guide(codec, text, known, chosen, start)
