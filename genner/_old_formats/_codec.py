"""What the five codecs share: options, checks before encoding, the two ways of decoding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

from genner.exceptions import DataError, EncodeError, UnknownNameError, WrongTypeError
from genner.labelsets import get_label_set
from genner.types import Document, Entity, Label, LabelSet, Prediction

if TYPE_CHECKING:
    from genner._old_formats._stream import DecodeStream

__all__ = ["GROUNDINGS", "ORDERS", "BaseCodec", "Codec", "Grounding", "Labels"]

Labels: TypeAlias = LabelSet | Iterable[str | Label] | str | None
"""A label set, label names, or the name of a known set such as `"genia"`."""

Grounding: TypeAlias = Literal["exact", "normalized", "fuzzy"]
"""How far a mention may differ from the source and still be placed."""

GROUNDINGS: tuple[Grounding, ...] = ("exact", "normalized", "fuzzy")

_ACE = {name: rank for rank, name in enumerate(("GPE", "ORG", "PER", "FAC", "VEH", "LOC", "WEA"))}

_Key: TypeAlias = Callable[[Entity], Any]

ORDERS: dict[str, _Key | None] = {
    "text": None,
    "genia": lambda entity: (entity[1], -entity[0], entity[2]),
    "ace2005": lambda entity: (_ACE.get(entity[2], len(_ACE)), entity[2], entity[0], entity[1]),
}
"""Orders of entities in a list: by start and longest first, or as in the paper's released GENIA
(by end, inner first) and ACE2005 (by label, start, end) files."""


class LiveReader(Protocol):
    """Takes characters and gives entities as they become final."""

    def feed(self, chunk: str) -> Iterator[Entity]: ...


class Codec(Protocol):
    """One output format, both ways.  Anything with these three members is a codec."""

    @property
    def name(self) -> str: ...

    def encode(self, document: Document, *, labels: Labels = None) -> str: ...

    def decode(self, output: str, text: str | None = None, *, labels: Labels = None) -> Prediction: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCodec:
    """Options and the course of encoding and decoding; the formats fill in the steps.

    Args:
        order: order of entities in lists, a key of `ORDERS`.
        grounding: how far a mention may differ from the source and still be placed.
        strict: raise `DecodeError` when an output has any issue.
    """

    name: ClassVar[str] = ""

    order: str = "text"
    grounding: Grounding = "fuzzy"
    strict: bool = False

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise UnknownNameError.of("order", self.order, ORDERS)
        if self.grounding not in GROUNDINGS:
            raise UnknownNameError.of("grounding", self.grounding, GROUNDINGS)

    def encode(self, document: Document, *, labels: Labels = None, dropped: list[Entity] | None = None) -> str:
        """Write what a model should answer for `document`.

        Args:
            labels: the label set asked for; grouped JSON has one key for each.
            dropped: a list that receives the entities this format cannot say, instead of an error.

        Raises:
            EncodeError: when the format cannot say an entity, a label is not in `labels`, or an
                entity stands twice; with `dropped`, only when a label is not in `labels`.
        """
        if not isinstance(document, Document):
            raise WrongTypeError(f"document: expected a Document, got {type(document).__name__}")
        label_set = get_label_set(labels)
        entities: Iterable[Entity] = document.entities
        if label_set is not None:
            foreign = [entity for entity in document.entities if entity[2] not in label_set]
            if foreign:
                raise EncodeError(
                    f"labels that are not in the label set ({', '.join(label_set)}): {shown(foreign)}", entities=foreign
                )
        refused = self._refused(document)
        if refused:
            if dropped is None:
                reasons = "; ".join(f"{entity!r}: {reason}" for entity, reason in refused[:3])
                more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
                raise EncodeError(f"{self.name} cannot say {reasons}{more}", entities=[e for e, _ in refused])
            dropped.extend(entity for entity, _ in refused)
            entities = _without(document.entities, refused)
        key = ORDERS[self.order]
        return self._render(document.text, tuple(sorted(entities, key=key) if key else entities), label_set)

    def decode(self, output: str, text: str | None = None, *, labels: Labels = None) -> Prediction:
        """Read what a model answered about `text`; whatever the output, nothing is raised or lost.

        Args:
            output: the raw answer, with all that surrounds it.
            text: the source text; inline formats can be read without it.
            labels: the label set asked for; without it every label is accepted.

        Raises:
            DecodeError: under `strict=True`, when the output has any issue.
        """
        if not isinstance(output, str):
            raise WrongTypeError(f"output: expected a str, got {type(output).__name__} {output!r:.80}")
        if not (text is None or isinstance(text, str)):
            raise WrongTypeError(f"text: expected a str, got {type(text).__name__} {text!r:.80}")
        label_set = get_label_set(labels)
        prediction = self._read_clean(output, text, label_set)
        if prediction is None:
            prediction = self._read_messy(output, text, label_set)
        return prediction.raise_issues() if self.strict else prediction

    def stream(self, text: str | None = None, *, labels: Labels = None) -> DecodeStream:
        """Decode an answer chunk by chunk; see `DecodeStream`.

        >>> from genner import get_codec
        >>> stream = get_codec("bracket").stream("Ann left Rome")
        >>> stream.feed("[Ann | PE"), stream.feed("R] left [Ro"), stream.feed("me | LOC]")
        ((), (Entity(0, 3, 'PER'),), (Entity(9, 13, 'LOC'),))
        >>> stream.finish().ok
        True

        """
        from genner._old_formats._stream import DecodeStream

        return DecodeStream(self, text, get_label_set(labels))

    def _live(self, text: str, labels: LabelSet | None) -> LiveReader:
        """Return what gives the entities of a growing answer."""
        raise NotImplementedError

    def _refused(self, document: Document) -> list[tuple[Entity, str]]:
        """Name the entities this format cannot say, each with the reason."""
        entities = document.entities
        if len(set(entities)) == len(entities):
            return []
        return [(entity, "it stands twice") for entity, after in pairwise(entities) if entity == after]

    def _render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        raise NotImplementedError

    def _read_clean(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        """Read an output that is just what the format asks for; None when anything is off."""
        raise NotImplementedError

    def _read_messy(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction:
        """Recover what can be recovered and say what was wrong."""
        raise NotImplementedError


def shown(entities: Iterable[Entity], limit: int = 3) -> str:
    """List a few entities for a message."""
    items = list(entities)
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(map(repr, items[:limit])) + more


def _without(entities: tuple[Entity, ...], refused: list[tuple[Entity, str]]) -> list[Entity]:
    """Take one copy of each refused entity out."""
    out = Counter(entity for entity, _ in refused)
    kept = []
    for entity in entities:
        if out[entity]:
            out[entity] -= 1
        else:
            kept.append(entity)
    return kept


def check_option(name: str, value: object, known: Iterable[object]) -> None:
    """Refuse an option value that is none of the known ones."""
    if value not in (choices := list(known)):
        raise DataError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {value!r}")
