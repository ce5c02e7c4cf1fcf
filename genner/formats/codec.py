"""What every format shares: its options, the checks before encoding, and what it may offer beyond that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

from genner.exceptions import EncodeError, UnknownNameError, WrongTypeError
from genner.labelsets import Labels, get_label_set
from genner.types import Document, Entity, LabelSet, Prediction

if TYPE_CHECKING:
    from genner.formats.answer import Answer, Candidate
    from genner.formats.stream import DecodeStream

__all__ = [
    "GROUNDINGS",
    "ORDERS",
    "BaseCodec",
    "Codec",
    "Grounding",
    "Labels",
    "check_choice",
    "shown",
]

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


class Codec(Protocol):
    """One output format: all that `encode`, `decode` and the prompts need."""

    @property
    def name(self) -> str:
        """What the format is called, in arguments and tables."""

    def encode(self, document: Document, *, labels: Labels = None, dropped: list[Entity] | None = None) -> str:
        """Return the right answer for a `document`; `labels` and `dropped` are those of `genner.encode`."""

    def decode(self, output: str, text: str | None = None, *, labels: Labels = None) -> Prediction:
        """Return what an `output` says about its `text`; `labels` is that of `genner.decode`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCodec:
    """Options and the course of encoding and decoding; a format fills in four steps.

    A format needs `render`, and at least one of `read_strict` and `candidates`.

    Args:
        order: order of entities in lists, a key of `ORDERS`.
        grounding: how far a mention may differ from the source and still be placed.
        nested: whether entities may overlap; False helps to choose between places.
        occurrences: `"listed"` places a mention once for each time it is listed, `"all"` at every
            place where it is a word, for prompts that ask for each mention once.
        strict: raise `DecodeError` when an output has any issue.
    """

    name: ClassVar[str] = ""
    family: ClassVar[str] = ""
    """Which of the readers of other formats reads this one too: "json", "inline", "lines", "tags" or "code"."""
    positional: ClassVar[bool] = True
    """Whether an answer says where each mention is."""

    order: str = "text"
    grounding: Grounding = "fuzzy"
    nested: bool = True
    occurrences: Literal["listed", "all"] = "listed"
    strict: bool = False

    def __post_init__(self) -> None:
        check_choice("order", self.order, ORDERS)
        check_choice("grounding", self.grounding, GROUNDINGS)
        check_choice("occurrences", self.occurrences, ("listed", "all"))
        for option in ("nested", "strict"):
            if not isinstance(getattr(self, option), bool):
                raise WrongTypeError(f"{option}: expected True or False, got {getattr(self, option)!r:.80}")

    def encode(self, document: Document, *, labels: Labels = None, dropped: list[Entity] | None = None) -> str:
        """Write what a model should answer for `document`.

        Args:
            labels: the label set asked for; grouped JSON has one key for each.
            dropped: a list that receives the entities this format cannot express, instead of an error.

        Raises:
            EncodeError: when the format cannot express an entity, a label is not in `labels`, or an
                entity is in the document twice; with `dropped`, only when a label is not in `labels`.
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
        refused = [*_repeated(document), *self.refused(document)]
        if refused:
            if dropped is None:
                reasons = "; ".join(f"{entity!r}: {reason}" for entity, reason in refused[:3])
                more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
                raise EncodeError(f"{self.name} cannot express {reasons}{more}", entities=[e for e, _ in refused])
            dropped.extend(entity for entity, _ in refused)
            entities = _without(document.entities, refused)
        key = ORDERS[self.order]
        return self.render(document.text, tuple(sorted(entities, key=key) if key else entities), label_set)

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
        prediction = self.read_strict(output, text, label_set)
        if prediction is None:
            from genner.formats.road import read_answer  # seldom needed, and slow to load

            prediction = read_answer(self, output, text, label_set)
        return prediction.raise_issues() if self.strict else prediction

    def stream(self, text: str | None = None, *, labels: Labels = None) -> DecodeStream:
        """Decode an answer chunk by chunk; see `DecodeStream`.

        >>> from genner import get_codec
        >>> stream = get_codec("bracket").stream("Ann left Rome")
        >>> stream.feed("[Ann | PE"), stream.feed("R] left [Ro"), stream.feed("me | LOC]")
        ((), (Entity(0, 3, 'PER'),), (Entity(9, 13, 'LOC'),))
        >>> stream.finish().ok
        True

        Args:
            text: the source; inline answers can be read without it.
            labels: a label set, names, or `"PER,LOC"`.
        """
        from genner.formats.stream import DecodeStream

        return DecodeStream(self, text, get_label_set(labels))

    def refused(self, document: Document) -> list[tuple[Entity, str]]:
        """Name the entities of a `document` that this format cannot express, each with the reason."""
        if self.positional:
            return []
        from genner.text.grounding import Source  # slow to load, and not needed for positional formats

        source = Source(document.text, self.grounding)
        reason = "its edges are inside a word or at white space, so its text is read otherwise"
        return [(entity, reason) for entity in document.entities if not source.names(*entity[:2])]

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        """Write the answer on `text` that names `entities`, in order, or raise EncodeError; `labels` may be None."""
        raise NotImplementedError

    def read_strict(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        """Read an `output` that is exactly in form, fast, or return None; `text` and `labels` may be None."""
        return None

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        """Yield the parts of an output that may be an answer in this format, in the order of the output."""
        return iter(())


def _repeated(document: Document) -> list[tuple[Entity, str]]:
    entities = document.entities
    if len(set(entities)) == len(entities):
        return []
    return [(entity, "it is in the document twice") for entity, after in pairwise(entities) if entity == after]


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


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Refuse an option value that is none of the known ones."""
    choices = list(known)
    if not isinstance(value, str):
        raise WrongTypeError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {value!r:.80}")
    if value not in choices:
        raise UnknownNameError.of(name, value, choices)
