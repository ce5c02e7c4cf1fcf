"""Scores of tag sequences, as the tools behind most published numbers read them.

Valid sequences mean the same to all of them.  They part where a tag could not follow the one before:
`I-PER` after `O`, or `I-LOC` after `I-PER`.

=========================  =====================================================================
`conlleval`                a change of type always starts an entity; `I` after `O` starts one
`seqeval`                  the same, and `S` (or `U`) is an entity, `E` (or `L`) ends one
`IOB2` `IOE2` `IOBES` `BILOU`   "strict": what is not spelled in full by the scheme is no entity
=========================  =====================================================================

Sources: the rules of `conlleval` (CoNLL-2000 shared task); the documented modes of seqeval 1.2.2.

>>> [spans(["I-PER", "I-PER", "O"], how) for how in ("conlleval", "IOB2")]
[[Entity(0, 2, 'PER')], []]

"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.metrics.counts import full_row
from genner.metrics.matching import Case
from genner.metrics.matching.strict import strict
from genner.metrics.results import Evaluation
from genner.metrics.scoring import count, label_of
from genner.metrics.settings import Labels, Settings, settings_of
from genner.types import Entity

__all__ = ["READINGS", "evaluate_tags", "spans"]

_Tag: TypeAlias = tuple[str, str]
_OUTSIDE: _Tag = ("O", "")


def _split(tag: str) -> _Tag:
    """Part `B-PER` into prefix and type; the first dash counts, as types may hold more."""
    prefix, dash, kind = tag.partition("-")
    return (prefix, kind) if dash else (tag, "")


def _lenient(
    tags: Sequence[_Tag], ends: Callable[[_Tag, _Tag], bool], starts: Callable[[_Tag, _Tag], bool]
) -> list[Entity]:
    """Open an entity wherever one starts, close it wherever one ends."""
    found: list[Entity] = []
    before, begin = _OUTSIDE, 0
    for place, tag in enumerate([*tags, _OUTSIDE]):
        if ends(before, tag):
            found.append(Entity(begin, place, before[1] or "_"))
        if starts(before, tag):
            begin = place
        before = tag
    return found


_CONLL_ENDS = {"BB", "BO", "IB", "IO", "EE", "EI", "EO"}
_CONLL_STARTS = {"BB", "IB", "OB", "OI", "EE", "EI", "OE"}
_SEQEVAL_ENDS = {"BB", "BS", "BO", "IB", "IS", "IO"}
_SEQEVAL_STARTS = {"EE", "EI", "SE", "SI", "OE", "OI"}


def _conlleval(tags: Sequence[_Tag]) -> list[Entity]:
    def ends(before: _Tag, tag: _Tag) -> bool:
        return before[0] + tag[0] in _CONLL_ENDS or (before[0] not in "O." and before[1] != tag[1])

    def starts(before: _Tag, tag: _Tag) -> bool:
        return before[0] + tag[0] in _CONLL_STARTS or (tag[0] not in "O." and before[1] != tag[1])

    return _lenient(tags, ends, starts)


def _seqeval(tags: Sequence[_Tag]) -> list[Entity]:
    def ends(before: _Tag, tag: _Tag) -> bool:
        if before[0] in ("E", "S") or before[0] + tag[0] in _SEQEVAL_ENDS:
            return True
        return before[0] not in "O." and before[1] != tag[1]

    def starts(before: _Tag, tag: _Tag) -> bool:
        if tag[0] in ("B", "S") or before[0] + tag[0] in _SEQEVAL_STARTS:
            return True
        return tag[0] not in "O." and before[1] != tag[1]

    return _lenient(tags, ends, starts)


def _strict(begin: str, inside: str, end: str, single: str) -> Callable[[Sequence[_Tag]], list[Entity]]:
    """Read schemes in which each entity is spelled `begin inside* end` or `single`, all of one type."""

    def read(tags: Sequence[_Tag]) -> list[Entity]:
        found, begun = [], None
        for place, (prefix, kind) in enumerate(tags):
            if begun is not None and (prefix not in (inside, end) or kind != tags[begun][1]):
                begun = None
            if prefix == single:
                found.append(Entity(place, place + 1, kind or "_"))
            elif prefix == begin:
                begun = place
            elif prefix == end and begun is not None:
                found.append(Entity(begun, place + 1, kind or "_"))
                begun = None
        return found

    return read


def _iob2(tags: Sequence[_Tag]) -> list[Entity]:
    """Read `B I*`: the end is where the next tag does not go on."""
    found: list[Entity] = []
    begun = None
    for place, (prefix, kind) in enumerate([*tags, _OUTSIDE]):
        if begun is not None and not (prefix == "I" and kind == tags[begun][1]):
            found.append(Entity(begun, place, tags[begun][1] or "_"))
            begun = None
        if prefix == "B":
            begun = place
    return found


def _ioe2(tags: Sequence[_Tag]) -> list[Entity]:
    """Read `I* E`: the mirror image of IOB2."""
    size = len(tags)
    mirrored = _iob2([("B", kind) if prefix == "E" else (prefix, kind) for prefix, kind in reversed(tags)])
    return [Entity(size - end, size - start, label) for start, end, label in mirrored]


READINGS: Mapping[str, Callable[[Sequence[_Tag]], list[Entity]]] = {
    "conlleval": _conlleval,
    "seqeval": _seqeval,
    "IOB2": _iob2,
    "IOE2": _ioe2,
    "IOBES": _strict("B", "I", "E", "S"),
    "BILOU": _strict("B", "I", "L", "U"),
}
"""How tags are read: two lenient ways, and four schemes to the letter."""


def spans(tags: Sequence[str], how: str = "conlleval") -> list[Entity]:
    """Return the entities of one tagged sentence; offsets count tokens.

    Args:
        tags: one for each token, such as `B-PER` or `O`.
        how: a name of `READINGS`.
    """
    if how not in READINGS:
        raise UnknownNameError.of("reading", how, READINGS)
    if isinstance(tags, str):
        raise WrongTypeError(f"tags: expected a sequence of tags, got str {tags!r:.80}")
    return sorted(READINGS[how]([_split(tag) for tag in tags]))


def evaluate_tags(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    *,
    how: str = "conlleval",
    labels: Labels = None,
    zero_division: float | None = 0.0,
    macro: str = "seen",
) -> Evaluation:
    """Score tagged sentences as a published number may have been scored; spans are compared strictly.

    Args:
        gold: the tags of each sentence.
        predicted: as many tags for each.
        how: a name of `READINGS`, read on both sides.
        labels: the label set.
        zero_division: the value of 0/0.
        macro: as in `genner.evaluate`.

    Raises:
        DataError: naming the first sentence where lengths differ.
    """
    settings: Settings = settings_of(labels, zero_division=zero_division, macro=macro, matching=f"tags-{how}")
    left, right = list(gold), list(predicted)
    if len(left) != len(right):
        raise DataError(f"expected as many sentences on either side, got {len(left)} gold and {len(right)} predicted")
    rows = []
    for position, (one, other) in enumerate(zip(left, right, strict=True)):
        if len(one) != len(other):
            raise DataError(f"sentence {position}: expected {len(one)} tags as in gold, got {len(other)}")
        ours, theirs = tuple(spans(one, how)), tuple(spans(other, how))
        if ours == theirs:
            rows.append(full_row(tuple(entity[2] for entity in ours)))
        else:
            rows.append(count(strict(Case("", ours, theirs)), label_of))
    return Evaluation(settings, rows)
