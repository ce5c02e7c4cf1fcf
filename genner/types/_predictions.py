"""Predictions: the entities that one model output names, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from typing_extensions import NotRequired, TypedDict

from genner.exceptions import DataError, DecodeError, WrongTypeError
from genner.types._documents import Document, Mention, MentionDict
from genner.types._spans import (
    Entity,
    EntityDict,
    EntityLike,
    Span,
    SpanDict,
    check_within,
    checked_text,
    coerce_entities,
)
from genner.types.wire import Wire

__all__ = ["ISSUE_KINDS", "Issue", "IssueDict", "IssueKind", "Prediction", "PredictionDict"]


class IssueDict(TypedDict):
    kind: str
    detail: str
    output_span: NotRequired[SpanDict | None]
    text_span: NotRequired[SpanDict | None]


class PredictedEntityDict(EntityDict):
    details: NotRequired[Any]


class PredictionDict(TypedDict):
    entities: list[PredictedEntityDict]
    unplaced: NotRequired[list[MentionDict]]
    issues: NotRequired[list[IssueDict]]
    text: NotRequired[str | None]
    format: NotRequired[str | None]


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
    "from_prompt",
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
    "left_out",
]
"""What can be wrong with a model output, or was done to it; `docs/issues.md` shows an example of each."""

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
        checked_text(self.detail, "detail")

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
    """What one model output says about a text; iterates and counts its entities.

    Args:
        entities: what has a place in the text, in canonical order; repeated ones are kept.
        unplaced: the mentions that are not in the text.
        issues: what the decoder repaired, skipped or guessed.
        text: the source text, or for inline formats without a source, the text read from the output.
        details: whatever else the model wrote about an entity, such as a confidence (read-only).
        format: the output format it was read from, where that is known; it takes no part in comparisons.

    Raises:
        DataError: when an entity is malformed or lies outside the text, or `details` are about none
            of the entities.
    """

    _wire = PredictionDict

    entities: tuple[Entity, ...]
    unplaced: tuple[Mention, ...]
    issues: tuple[Issue, ...]
    text: str | None
    details: Mapping[Entity, Any] = field(hash=False)
    format: str | None = field(compare=False)

    def __init__(
        self,
        entities: Iterable[EntityLike],
        unplaced: Iterable[Mention] = (),
        issues: Iterable[Issue] = (),
        text: str | None = None,
        details: Mapping[Entity, Any] | None = None,
        format: str | None = None,
    ) -> None:
        placed = coerce_entities(entities)
        if text is not None:
            check_within(placed, checked_text(text, "text"))
        set_field = object.__setattr__
        set_field(self, "entities", placed)
        set_field(self, "unplaced", tuple(unplaced))
        set_field(self, "issues", tuple(issues))
        set_field(self, "text", text)
        set_field(self, "details", _checked_details(details, placed) if details else _NO_DETAILS)
        set_field(self, "format", None if format is None else checked_text(format, "format"))

    @classmethod
    def _trusted(
        cls,
        entities: tuple[Entity, ...],
        unplaced: tuple[Mention, ...] = (),
        issues: tuple[Issue, ...] = (),
        text: str | None = None,
        details: Mapping[Entity, Any] | None = None,
        format: str | None = None,
    ) -> Prediction:
        """Build without checks from entities already in canonical order, as decoders do."""
        self = object.__new__(cls)
        # the slots themselves: half the cost of object.__setattr__, once for every output decoded
        _set_entities(self, entities)
        _set_unplaced(self, unplaced)
        _set_issues(self, issues)
        _set_text(self, text)
        _set_details(self, MappingProxyType(details) if details else _NO_DETAILS)
        _set_format(self, format)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Prediction, (self.entities, self.unplaced, self.issues, self.text, dict(self.details), self.format)

    def __repr__(self) -> str:
        """Show what there is: empty fields are left out."""
        shown = [repr(list(self.entities))]
        for name in ("unplaced", "issues"):
            if value := getattr(self, name):
                shown.append(f"{name}={list(value)!r}")
        if self.text is not None:
            shown.append(f"text={self.text!r}")
        if self.details:
            shown.append(f"details={dict(self.details)!r}")
        if self.format is not None:
            shown.append(f"format={self.format!r}")
        return f"Prediction({', '.join(shown)})"

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities)

    def __len__(self) -> int:
        return len(self.entities)

    def __bool__(self) -> bool:
        return True  # a prediction without entities is an answer too

    def surface(self, span: Span) -> str:
        """Return the characters of the text that `span` covers.

        Raises:
            DataError: when the text is not known, or the span ends past it.
        """
        return self.to_document().surface(span)

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

        Args:
            id: of the document.
            meta: of the document.

        Raises:
            DataError: when the text is not known.
        """
        if self.text is None:
            raise DataError("this prediction has no text: decode with `text=` to get a Document")
        return Document(self.text, self.entities, id=id, meta=meta)

    def to_dict(self) -> dict[str, Any]:
        entities = [entity.to_dict() for entity in self.entities]
        for entity, written in zip(self.entities, entities, strict=True):
            if entity in self.details:
                written["details"] = self.details[entity]
        result: dict[str, Any] = {"entities": entities}
        result["unplaced"] = [mention.to_dict() for mention in self.unplaced]
        result["issues"] = [issue.to_dict() for issue in self.issues]
        if self.text is not None:
            result["text"] = self.text
        if self.format is not None:
            result["format"] = self.format
        return result

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Prediction:
        entities = coerce_entities(value["entities"])
        details = {
            Entity(entity["start"], entity["end"], entity["label"]): entity["details"]
            for entity in value["entities"]
            if "details" in entity
        }
        return cls(
            entities,
            [Mention(**mention) for mention in value.get("unplaced", ())],
            [Issue._from_wire(dict(issue)) for issue in value.get("issues", ())],
            value.get("text"),
            details,
            value.get("format"),
        )

    def _repr_html_(self) -> str:
        from genner.show.html import drawn

        remarks = [f"not in the text: {mention.text!r} as {mention.label}" for mention in self.unplaced]
        remarks += [f"{issue.kind}: {issue.detail}" for issue in self.issues]
        remarks += [f"{self._named(entity)}: {details}" for entity, details in self.details.items()]
        return drawn("prediction", self.text, self.entities, remarks)

    def _named(self, entity: Entity) -> str:
        characters = "" if self.text is None else f"{self.surface(entity)!r} "
        return f"{characters}{entity.label} {entity.start}–{entity.end}"


_NO_DETAILS: Mapping[Entity, Any] = MappingProxyType({})


def _checked_details(details: Mapping[Entity, Any], entities: tuple[Entity, ...]) -> Mapping[Entity, Any]:
    if not isinstance(details, Mapping):
        raise WrongTypeError(f"details: expected a mapping from entities, got {type(details).__name__} {details!r:.80}")
    known = set(entities)
    for entity in details:
        if entity not in known:
            raise DataError(f"details: {entity!r:.80} is none of the entities")
    return MappingProxyType({Entity(*entity): value for entity, value in details.items()})


_set_entities, _set_unplaced, _set_issues, _set_text, _set_details, _set_format = (
    vars(Prediction)[name].__set__ for name in ("entities", "unplaced", "issues", "text", "details", "format")
)
