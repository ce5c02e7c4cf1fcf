"""The nouns: spans, entities, documents, label sets, predictions and the issues found on the way.

Offsets are Python string indices of `Document.text`: code points, 0-based, end exclusive.
Every value is immutable, hashable, comparable and picklable. pydantic reads and writes them at
the edges: `from_dict`, `from_json`, `to_dict`, `to_json`, `json_schema`, and as field types of
any pydantic model.

`Span` and `Entity` are tuples with names: scoring a corpus hashes and compares millions of them,
and the tuple does both in C (see `benchmarks/`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import index, itemgetter
from types import MappingProxyType
from typing import Any, ClassVar, Literal, SupportsIndex, TypeAlias, get_args

from typing_extensions import NotRequired, TypedDict

from genner._wire import Wire
from genner.exceptions import DataError, DecodeError, WrongTypeError

__all__ = [
    "ISSUE_KINDS",
    "Document",
    "Entity",
    "Issue",
    "IssueKind",
    "Label",
    "LabelSet",
    "Mention",
    "Prediction",
    "Span",
    "canonical",
]


class SpanDict(TypedDict):
    start: int
    end: int


class EntityDict(SpanDict):
    label: str


class MentionDict(TypedDict):
    text: str
    label: str


class LabelDict(TypedDict):
    name: str
    definition: NotRequired[str]
    title: NotRequired[str]


class LabelSetDict(TypedDict):
    labels: list[LabelDict]


class DocumentDict(TypedDict):
    id: NotRequired[str | None]
    text: str
    entities: NotRequired[list[EntityDict]]
    meta: NotRequired[dict[str, Any] | None]


# not `pydantic.with_config`, which loads all of pydantic at import
DocumentDict.__pydantic_config__ = {"extra": "allow"}  # type: ignore[attr-defined]


class IssueDict(TypedDict):
    kind: str
    detail: str
    output_span: NotRequired[SpanDict | None]
    text_span: NotRequired[SpanDict | None]


class PredictionDict(TypedDict):
    entities: list[EntityDict]
    unplaced: NotRequired[list[MentionDict]]
    issues: NotRequired[list[IssueDict]]
    text: NotRequired[str | None]


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


def _text(value: object, name: str, *, empty: bool = True) -> str:
    if not isinstance(value, str):
        raise WrongTypeError(f"{name}: expected a str, got {type(value).__name__} {value!r:.80}")
    if not (value or empty):
        raise DataError(f"{name}: expected at least one character, got an empty string")
    return value


class Span(tuple[Any, ...], Wire):
    """A stretch of text: `0 <= start < end`, in characters, end exclusive.

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
        """Tell whether the two share a character; touching spans do not."""
        return self.start < other.end and other.start < self.end

    def crosses(self, other: Span) -> bool:
        """Tell whether the two overlap and neither contains the other."""
        return self.overlaps(other) and not (self.contains(other) or other.contains(self))

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
            label = _text(label, "label", empty=False)
        return tuple.__new__(cls, (start, end, label))

    @property
    def span(self) -> Span:
        """The same place without the label."""
        return Span(self.start, self.end)

    def __repr__(self) -> str:
        return f"Entity({self.start}, {self.end}, {self.label!r})"

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end, "label": self.label}


def canonical(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Sort entities by start, then longest first, then label: the one order genner shows."""
    ordered = sorted(entities)  # compares tuples in C; right already unless two start together
    if len(ordered) > 1 and len({entity[0] for entity in ordered}) < len(ordered):
        ordered.sort(key=lambda entity: (entity[0], -entity[1], entity[2]))
    return tuple(ordered)


def _entities(values: Iterable[Any]) -> tuple[Entity, ...]:
    """Coerce entities or plain `(start, end, label)` triples, in canonical order."""
    if isinstance(values, (str, bytes)):
        raise WrongTypeError(f"entities: expected Entity objects, got {type(values).__name__} {values!r:.80}")
    result = []
    try:
        for position, value in enumerate(values):
            if type(value) is not Entity:
                try:
                    value = Entity(*value)
                except DataError as error:
                    raise type(error)(f"entities[{position}]: {error}") from None
                except TypeError:
                    message = f"entities[{position}]: expected (start, end, label), got {value!r:.80}"
                    raise WrongTypeError(message) from None
            result.append(value)
    except TypeError as error:
        if isinstance(error, DataError):
            raise
        raise WrongTypeError(f"entities: expected Entity objects, got {values!r:.80}") from None
    return canonical(result) if len(result) > 1 else tuple(result)


def _within(entities: tuple[Entity, ...], text: str) -> None:
    size = len(text)
    for entity in entities:
        if entity[1] > size:
            raise DataError(f"{entity!r} ends past the end of the text, which has {size} characters")


@dataclass(frozen=True, slots=True)
class Mention(Wire):
    """Something a model said that has no place in the text."""

    _wire = MentionDict

    text: str
    label: str

    def __post_init__(self) -> None:
        _text(self.text, "text")
        _text(self.label, "label")

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "label": self.label}


@dataclass(frozen=True, slots=True, init=False)
class Document(Wire):
    """A text and its entities, in canonical order.

    Args:
        text: any string; it is never changed, stripped or normalised.
        entities: `Entity` objects or `(start, end, label)` triples; nested, crossing and
            repeated ones are allowed.
        id: what the corpus calls it; outputs are matched to documents by it.
        meta: anything else worth keeping (read-only).  It takes no part in the hash.

    Raises:
        DataError: when an entity lies outside the text or is malformed.
    """

    _wire = DocumentDict

    text: str
    entities: tuple[Entity, ...]
    id: str | None
    meta: Mapping[str, Any] = field(hash=False)

    def __init__(
        self,
        text: str,
        entities: Iterable[Entity | tuple[int, int, str]] = (),
        *,
        id: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        if id is not None:
            _text(id, "id")
        if meta is not None and not isinstance(meta, Mapping):
            raise WrongTypeError(f"meta: expected a mapping, got {type(meta).__name__} {meta!r:.80}")
        placed = _entities(entities)
        _within(placed, _text(text, "text"))
        set_field = object.__setattr__
        set_field(self, "text", text)
        set_field(self, "entities", placed)
        set_field(self, "id", id)
        set_field(self, "meta", MappingProxyType(dict(meta or {})))

    def surface(self, span: Span) -> str:
        """Return the characters of the text that `span` covers."""
        if span.end > len(self.text):
            raise DataError(f"{span!r} ends past the end of the text, which has {len(self.text)} characters")
        return self.text[span.start : span.end]

    def replace(self, **changes: Any) -> Document:
        """Return a copy with some fields changed."""
        now: dict[str, Any] = {"text": self.text, "entities": self.entities, "id": self.id, "meta": self.meta}
        return Document(**(now | changes))

    def __reduce__(self) -> tuple[Any, ...]:
        return _document, (self.text, self.entities, self.id, dict(self.meta))

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {} if self.id is None else {"id": self.id}
        result["text"] = self.text
        result["entities"] = [entity.to_dict() for entity in self.entities]
        if self.meta:
            result["meta"] = dict(self.meta)
        return result

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Document:
        known = {"id", "text", "entities", "meta"}
        extra = {key: item for key, item in value.items() if key not in known}
        meta = (value.get("meta") or {}) | extra
        triples = [(e["start"], e["end"], e["label"]) for e in value.get("entities", ())]
        return cls(value["text"], triples, id=value.get("id"), meta=meta)

    def _repr_html_(self) -> str:
        from genner._html import drawn  # not at import: only notebooks draw

        return drawn(self.id or "document", self.text, self.entities)


def _document(text: str, entities: Any, id: str | None, meta: Mapping[str, Any]) -> Document:
    """Rebuild a pickled document: keyword-only arguments do not fit `__reduce__`."""
    return Document(text, entities, id=id, meta=meta)


@dataclass(frozen=True, slots=True)
class Label(Wire):
    """A label, its definition for the prompt, and its title: "person" in "PER(person): ..."."""

    _wire = LabelDict

    name: str
    definition: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        _text(self.name, "label name", empty=False)
        _text(self.definition, "definition")
        _text(self.title, "title")

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "definition": self.definition, "title": self.title}


def fold_label(name: str) -> str:
    """Fold what models vary in a label: case, surrounding space, and `_`, `-` or space inside."""
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


@dataclass(frozen=True, slots=True, init=False)
class LabelSet(Wire):
    """An ordered set of labels; iterates over names, and `name in labels` works.

    Args:
        labels: names or `Label` objects, in the order prompts and tables show them.

    Raises:
        DataError: when a name appears twice, or there is none.
    """

    _wire = LabelSetDict

    labels: tuple[Label, ...]
    names: tuple[str, ...] = field(compare=False)
    known: frozenset[str] = field(compare=False, repr=False)
    _folded: Mapping[str, str] = field(compare=False, repr=False)

    def __init__(self, labels: Iterable[str | Label]) -> None:
        if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
            raise WrongTypeError(f"labels: expected names or Label objects, got {type(labels).__name__} {labels!r:.80}")
        made = tuple(item if isinstance(item, Label) else Label(item) for item in labels)
        names = tuple(label.name for label in made)
        if not names:
            raise DataError("labels: expected at least one label, got none")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(f"labels: each name may appear once, these appear twice: {', '.join(twice)}")
        folded: dict[str, str] = {}
        for name in reversed(names):  # where two names fold alike, the first of the set wins
            folded[fold_label(name)] = name
        set_field = object.__setattr__
        set_field(self, "labels", made)
        set_field(self, "names", names)
        set_field(self, "known", frozenset(names))
        set_field(self, "_folded", folded)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.known

    def __getitem__(self, name: str) -> Label:
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(name)

    def fold(self, name: str) -> str | None:
        """Return the label meant by `name` up to case and spacing, or None when there is none."""
        return name if name in self.known else self._folded.get(fold_label(name))

    def to_dict(self) -> dict[str, Any]:
        return {"labels": [label.to_dict() for label in self.labels]}

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> LabelSet:
        return cls(Label(**label) for label in value["labels"])


IssueKind: TypeAlias = Literal[
    "no_answer",
    "extra_text",
    "wrapped",
    "syntax",
    "shape",
    "truncated",
    "skipped",
    "unknown_label",
    "label_folded",
    "missing_label",
    "unplaced",
    "spacing",
    "case",
    "unicode",
    "fuzzy",
    "text_changed",
    "offset_repaired",
    "index_repaired",
    "ambiguous",
    "repeated",
    "seam",
]
"""What can be wrong with a model output; `docs/issues.md` shows an example of each."""

ISSUE_KINDS: tuple[IssueKind, ...] = get_args(IssueKind)


@dataclass(frozen=True, slots=True)
class Issue(Wire):
    """One thing the decoder repaired, skipped or guessed.

    Args:
        kind: one of `ISSUE_KINDS`.
        detail: a sentence for a person.
        output_span: where in the model output, in characters, when that is known.
        text_span: where in the source text, when that is known.
    """

    _wire = IssueDict

    kind: IssueKind
    detail: str
    output_span: Span | None = None
    text_span: Span | None = None

    def __post_init__(self) -> None:
        if self.kind not in ISSUE_KINDS:
            raise DataError(f"kind: expected one of {', '.join(ISSUE_KINDS)}, got {self.kind!r}")
        _text(self.detail, "detail")

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"kind": self.kind, "detail": self.detail}
        if self.output_span is not None:
            result["output_span"] = self.output_span.to_dict()
        if self.text_span is not None:
            result["text_span"] = self.text_span.to_dict()
        return result

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Issue:
        spans = {
            name: None if value.get(name) is None else Span(**value[name]) for name in ("output_span", "text_span")
        }
        return cls(value["kind"], value["detail"], **spans)


@dataclass(frozen=True, slots=True, init=False)
class Prediction(Wire):
    """What one model output said.

    Args:
        entities: what has a place in the text, in canonical order; repeated ones are kept.
        unplaced: what the model said that is not in the text.
        issues: what had to be repaired, skipped or guessed on the way.
        text: the source text, or for inline formats without a source, the text read from the output.
    """

    _wire = PredictionDict

    entities: tuple[Entity, ...]
    unplaced: tuple[Mention, ...]
    issues: tuple[Issue, ...]
    text: str | None

    def __init__(
        self,
        entities: Iterable[Entity | tuple[int, int, str]],
        unplaced: Iterable[Mention] = (),
        issues: Iterable[Issue] = (),
        text: str | None = None,
    ) -> None:
        placed = _entities(entities)
        if text is not None:
            _within(placed, _text(text, "text"))
        set_field = object.__setattr__
        set_field(self, "entities", placed)
        set_field(self, "unplaced", tuple(unplaced))
        set_field(self, "issues", tuple(issues))
        set_field(self, "text", text)

    @classmethod
    def _trusted(
        cls,
        entities: tuple[Entity, ...],
        unplaced: tuple[Mention, ...] = (),
        issues: tuple[Issue, ...] = (),
        text: str | None = None,
    ) -> Prediction:
        """Build without checks from entities already in canonical order: the decoders' way out."""
        self = object.__new__(cls)
        # the slots themselves: half the cost of object.__setattr__, once for every output decoded
        _set_entities(self, entities)
        _set_unplaced(self, unplaced)
        _set_issues(self, issues)
        _set_text(self, text)
        return self

    @property
    def ok(self) -> bool:
        """Whether the output was exactly what the format asks for: nothing repaired, lost or guessed."""
        return not self.issues

    def raise_issues(self) -> Prediction:
        """Return self when there is no issue.

        Raises:
            DecodeError: carrying this prediction with all its issues.
        """
        if self.issues:
            first = self.issues[0]
            count = len(self.issues)
            raise DecodeError(
                f"{count} issue{'s' * (count > 1)} in the output; the first: {first.kind}: {first.detail}",
                prediction=self,
            )
        return self

    def to_document(self, *, id: str | None = None, meta: Mapping[str, Any] | None = None) -> Document:
        """Return the placed entities over their text.

        Raises:
            DataError: when the text is not known.
        """
        if self.text is None:
            raise DataError("this prediction has no text: decode with `text=` to get a Document")
        return Document(self.text, self.entities, id=id, meta=meta)

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"entities": [entity.to_dict() for entity in self.entities]}
        result["unplaced"] = [mention.to_dict() for mention in self.unplaced]
        result["issues"] = [issue.to_dict() for issue in self.issues]
        if self.text is not None:
            result["text"] = self.text
        return result

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Prediction:
        return cls(
            [(e["start"], e["end"], e["label"]) for e in value["entities"]],
            [Mention(**mention) for mention in value.get("unplaced", ())],
            [Issue._from_wire(dict(issue)) for issue in value.get("issues", ())],
            value.get("text"),
        )

    def _repr_html_(self) -> str:
        from genner._html import drawn

        remarks = [f"not in the text: {mention.text!r} as {mention.label}" for mention in self.unplaced]
        remarks += [f"{issue.kind}: {issue.detail}" for issue in self.issues]
        return drawn("prediction", self.text, self.entities, remarks)


_set_entities, _set_unplaced, _set_issues, _set_text = (
    vars(Prediction)[name].__set__ for name in ("entities", "unplaced", "issues", "text")
)
