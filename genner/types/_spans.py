"""Spans and entities: places in a text, as tuples with names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index, itemgetter
from typing import Any, ClassVar, SupportsIndex, TypeAlias

from typing_extensions import TypedDict

from genner.exceptions import DataError, WrongTypeError
from genner.types.wire import Wire

__all__ = [
    "Entity",
    "EntityDict",
    "EntityLike",
    "Span",
    "SpanDict",
    "canonical",
    "check_within",
    "checked_text",
    "coerce_entities",
]


class SpanDict(TypedDict):
    start: int
    end: int


class EntityDict(SpanDict):
    label: str


EntityLike: TypeAlias = "Entity | tuple[int, int, str] | EntityDict"
"""What becomes an entity wherever entities are expected."""


def _offset(value: object, name: str) -> int:
    """Return `value` as a plain int; numpy integers pass, booleans and floats do not."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise WrongTypeError(f"{name}: expected an int, got {type(value).__name__} {value!r}")
    return index(value)


def _bounds(start: object, end: object) -> tuple[int, int]:
    first, last = _offset(start, "start"), _offset(end, "end")
    if not 0 <= first < last:
        raise DataError(f"expected 0 <= start < end, got start={first}, end={last}")
    return first, last


def checked_text(value: object, name: str, *, empty: bool = True) -> str:
    if not isinstance(value, str):
        raise WrongTypeError(f"{name}: expected a str, got {type(value).__name__} {value!r:.80}")
    if not (value or empty):
        raise DataError(f"{name}: expected at least one character, got an empty string")
    return value


class Span(tuple[Any, ...], Wire):
    """A part of a text: `0 <= start < end`, in characters, end exclusive.

    Spans sort as documents list them: by start, then the longest first, then by label.

    Raises:
        DataError: when the bounds are not in order; `WrongTypeError` when they are no integers.
    """

    __slots__ = ()
    _wire: ClassVar[Any] = SpanDict

    start: int = property(itemgetter(0), doc="First character, 0-based.")  # type: ignore[assignment]
    end: int = property(itemgetter(1), doc="One past the last character.")  # type: ignore[assignment]

    def __new__(cls, start: int, end: int) -> Span:
        if not (type(start) is int and type(end) is int and 0 <= start < end):
            start, end = _bounds(start, end)
        return tuple.__new__(cls, (start, end))

    @property
    def length(self) -> int:
        """Number of characters covered."""
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Tell whether `other` lies inside this span; equal spans contain each other."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a character; touching spans do not.

        Args:
            other: another span of the same text.
        """
        return self.start < other.end and other.start < self.end

    def crosses(self, other: Span) -> bool:
        """Tell whether the two overlap and neither contains the other."""
        return self.overlaps(other) and not (self.contains(other) or other.contains(self))

    def __lt__(self, other: object) -> bool:
        return _order(self) < _order(other) if isinstance(other, Span) else NotImplemented

    def __le__(self, other: object) -> bool:
        return _order(self) <= _order(other) if isinstance(other, Span) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return _order(self) > _order(other) if isinstance(other, Span) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return _order(self) >= _order(other) if isinstance(other, Span) else NotImplemented

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"Span({self.start}, {self.end})"

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end}


class Entity(Span):
    """A span with a label; unpacks as `start, end, label`.

    >>> Entity(0, 4, "PER")
    Entity(0, 4, 'PER')

    """

    __slots__ = ()
    _wire: ClassVar[Any] = EntityDict

    label: str = property(itemgetter(2), doc="The entity type, never empty.")  # type: ignore[assignment]

    def __new__(cls, start: int, end: int, label: str) -> Entity:
        if not (type(start) is int and type(end) is int and 0 <= start < end):
            start, end = _bounds(start, end)
        if not (type(label) is str and label):
            label = checked_text(label, "label", empty=False)
        return tuple.__new__(cls, (start, end, label))

    @property
    def span(self) -> Span:
        """The same place without the label."""
        return Span(self.start, self.end)

    def __repr__(self) -> str:
        return f"Entity({self.start}, {self.end}, {self.label!r})"

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "label": self.label}


def _order(span: Span) -> tuple[Any, ...]:
    """Return what spans sort by."""
    return (span[0], -span[1], *span[2:])


def canonical(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Sort entities by start, then longest first, then label: the one order genner shows."""
    ordered = sorted(entities, key=_start)  # compares integers in C; right already unless two start together
    if len(ordered) > 1 and len(set(map(_start, ordered))) < len(ordered):
        ordered.sort(key=_order)
    return tuple(ordered)


_start = itemgetter(0)


def coerce_entities(values: Iterable[Any]) -> tuple[Entity, ...]:
    """Make entities from `Entity` objects, `(start, end, label)` triples or dicts, in canonical order."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise WrongTypeError(f"entities: expected a list of entities, got {type(values).__name__} {values!r:.80}")
    result = [value if type(value) is Entity else _coerced(value, position) for position, value in enumerate(values)]
    return canonical(result) if len(result) > 1 else tuple(result)


def _coerced(value: Any, position: int) -> Entity:
    """Make one entity; a dict may have more keys than `start`, `end` and `label`."""
    if isinstance(value, Mapping):
        missing = [key for key in ("start", "end", "label") if key not in value]
        if missing:
            raise DataError(
                f"entities[{position}]: expected the keys start, end and label, "
                f"got no {' and no '.join(missing)} in {value!r:.80}"
            )
        value = (value["start"], value["end"], value["label"])
    try:
        start, end, label = [] if isinstance(value, str) else value
    except (TypeError, ValueError):
        raise WrongTypeError(f"entities[{position}]: expected (start, end, label), got {value!r:.80}") from None
    try:
        return Entity(start, end, label)
    except DataError as error:
        raise type(error)(f"entities[{position}]: {error}") from None


def check_within(entities: tuple[Entity, ...], text: str) -> None:
    size = len(text)
    for entity in entities:
        if entity[1] > size:
            raise DataError(f"{entity!r} ends past the end of the text, which has {size} characters")
