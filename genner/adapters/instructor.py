"""Types of answers for instructor, or whatever else asks for a pydantic model: spans that copy the text.

With `context={"text": ...}` a span that is not in the text is an error, and instructor asks the model again.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, create_model, field_validator

from genner.adapters.answers import read
from genner.formats import Labels
from genner.labelsets import get_label_set
from genner.text.grounding import Source
from genner.types import Prediction

__all__ = ["Span", "Spans", "spans_of"]


class Span(BaseModel):
    """One entity, copied from the text."""

    text: str = Field(description="the characters of the entity, copied from the text")
    label: str = Field(description="the type of the entity")

    @field_validator("text")
    @classmethod
    def is_in_the_text(cls, value: str, info: ValidationInfo) -> str:
        """Refuse what is not in the text that the context names."""
        source = (info.context or {}).get("text")
        if isinstance(source, str) and not Source(source, "fuzzy").has(value):
            raise ValueError(f"{value!r} is not in the text: copy it as the text has it")
        return value


class Spans(BaseModel):
    """The entities of a text, in the order in which they appear."""

    entities: list[Span]

    def place(self, text: str, labels: Labels = None) -> Prediction:
        """Find the place of each span in the text, as `genner.decode` does."""
        return read(self, text, labels=labels)


def spans_of(labels: Labels) -> type[Spans]:
    """Return the type of answers that use the labels of a set alone."""
    known = get_label_set(labels)
    if known is None:
        return Spans
    described = "; ".join(f"{name}: {known[name].definition}" if known[name].definition else name for name in known)
    names: Any = Literal[tuple(known)]
    span = create_model("Span", __base__=Span, label=(names, Field(description=described)))
    return create_model("Spans", __base__=Spans, __doc__=Spans.__doc__, entities=(list[span], ...))  # type: ignore[valid-type]
