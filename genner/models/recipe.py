"""What a model was taught to do: read this prompt, answer in this format, with these labels.

The recipe travels with the weights as `genner.json`, so that nobody asks a model for XML that has
learned brackets: `Recipe.load` gives it back, and `Recipe.require` refuses another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_serializer, field_validator

from genner.exceptions import DataError
from genner.formats import get_codec
from genner.io import Sink
from genner.labelsets import Relabelling, get_label_set, relabel, symbolize
from genner.plugins import installed
from genner.prompts import Prompt, prompt
from genner.types import Document, Entity, Label, LabelSet, Prediction
from genner.types.wire import describe

__all__ = ["RECIPE_FILE", "Recipe", "label_set_of", "versions"]

RECIPE_FILE = "genner.json"
"""What the recipe is called in the folder of the weights."""

_PACKAGES = ("genner", "torch", "transformers", "tokenizers", "peft", "accelerate")

Message = dict[str, str]


def label_set_of(value: Any) -> LabelSet:
    """Take a label set, names, the name of a known set, or what `LabelSet.to_dict` writes."""
    if isinstance(value, dict) and set(value) == {"labels"} and isinstance(value["labels"], list):
        return LabelSet(item if isinstance(item, str) else Label.from_dict(item) for item in value["labels"])
    found = get_label_set(value)
    if found is None:
        raise ValueError("expected a label set, got None")
    return found


class Recipe(BaseModel):
    """How a document becomes a question and an answer, and an output a prediction.

    Args:
        format: the name of a format, or a format itself.
        labels: a label set, names, or the name of a known set.
        style: the wording of the prompt: `"genner"`, `"paper"`, or `"text"`, the bare text, for a
            model that is trained for this task alone.
        nested: whether entities may overlap.
        symbols: labels replaced by letters, `"explained"` (the paper's SE) or `"only"` (SO).
        order: of the entities in lists.
        system: whether the instruction is a system message.
        guidelines: more instructions, in the caller's own words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    format: Any
    labels: Annotated[LabelSet, BeforeValidator(label_set_of)]
    style: Literal["genner", "paper", "text"] = "paper"
    nested: bool = True
    symbols: Literal["explained", "only"] | None = None
    order: str = "text"
    system: bool = False
    guidelines: str = ""

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: Any) -> Any:
        codec = get_codec(value)
        return codec.name if isinstance(value, str) else codec

    @field_serializer("format")
    def _named_format(self, value: Any) -> str:
        return self.format_name

    @property
    def format_name(self) -> str:
        """The name of the format."""
        return str(self.codec.name)

    @classmethod
    def make(cls, format: Any, labels: Any, **options: Any) -> Recipe:
        """Build a recipe.

        Args:
            format: an output format, by name or instance.
            labels: a label set, names, or `"PER,LOC"`.
            **options: the other fields of a recipe.

        Raises:
            DataError: naming every part that is wrong.
        """
        try:
            return cls(format=format, labels=labels, **options)
        except ValidationError as error:
            raise DataError(f"recipe: {describe(error)}") from None

    @cached_property
    def codec(self) -> Any:
        """Writes and reads the answers."""
        options = {} if self.order == "text" else {"order": self.order}
        return get_codec(self.format, **options)

    @cached_property
    def _asked(self) -> Relabelling:
        if self.symbols is None:
            return Relabelling(self.labels, {name: name for name in self.labels})
        return symbolize(self.labels, explained=self.symbols == "explained")

    @property
    def asked_labels(self) -> LabelSet:
        """The labels as the model sees them: symbols, where those stand in for the names."""
        return self._asked.labels

    def messages(self, text: str, demonstrations: Sequence[Document] = ()) -> list[Message]:
        """Ask about a text, as chat messages.

        Args:
            text: the source.
            demonstrations: documents that are shown as examples.
        """
        return self.turns(self.prompt(text, demonstrations))

    def turns(self, asked: Prompt) -> list[Message]:
        """Return the chat messages of a prompt; in the style `"text"` the bare texts and answers.

        Args:
            asked: the prompt.
        """
        if self.style != "text":
            return asked.messages(system=self.system)
        turns = []
        for given, answer in asked.demonstrations:
            turns += [{"role": "user", "content": given}, {"role": "assistant", "content": answer}]
        return [*turns, {"role": "user", "content": asked.input}]

    def prompt(self, text: str, demonstrations: Sequence[Document] = ()) -> Prompt:
        """Ask about a text.

        Args:
            text: the source.
            demonstrations: documents that are shown as examples.
        """
        if self.style == "text":
            answers = tuple((shot.text, self.answer(shot)) for shot in demonstrations)
            return Prompt(
                task="",
                closing="",
                input=text,
                demonstrations=answers,
                format=self.format_name,
                labels=self.asked_labels,
            )
        return prompt(
            text,
            self.format,
            self.labels,
            style=self.style,
            demonstrations=demonstrations,
            symbols=self.symbols,
            nested=self.nested,
            guidelines=self.guidelines,
            **({} if self.order == "text" else {"order": self.order}),
        )

    def answer(self, document: Document, *, dropped: list[Entity] | None = None) -> str:
        """Write what the model should answer.

        Args:
            dropped: takes up entities that the format cannot say, in place of an error.

        Raises:
            DataError: when the document has a label outside the label set.
            EncodeError: when the format cannot say its entities.
        """
        foreign = sorted({entity.label for entity in document.entities} - self.labels.known)
        if foreign:
            known = ", ".join(self.labels)
            name = "" if document.id is None else f"document {document.id!r}: "
            raise DataError(f"{name}labels that are not in the label set ({known}): {', '.join(map(repr, foreign))}")
        asked = relabel(document, self._asked.mapping)
        written: str = self.codec.encode(asked, labels=self.asked_labels, dropped=dropped)
        return written

    def read(self, output: str, text: str | None = None) -> Prediction:
        """Read what the model wrote, symbols turned back into labels.

        Args:
            output: the answer.
            text: the source; inline answers can be read without it.
        """
        prediction: Prediction = self.codec.decode(output, text, labels=self.asked_labels)
        if self.symbols is None:
            return prediction
        return relabel(prediction, self._asked.inverse, unknown="mark")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for `json.dumps`."""
        return self.model_dump(mode="json")

    def save(self, folder: str | PathLike[str], **facts: Any) -> None:
        """Write the recipe, the versions that made it and other `facts` into `folder`."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        record = {"recipe": self.to_dict(), "versions": versions(), **facts}
        with Sink(path / RECIPE_FILE) as sink:
            sink.write(json.dumps(record, ensure_ascii=False, indent=2) + "\n")

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Recipe:
        """Read the recipe in the folder of the weights.

        Raises:
            DataError: when there is none, or it is damaged.
        """
        path = Path(folder) / RECIPE_FILE
        if not path.is_file():
            raise DataError("no recipe next to the weights: this model was not trained by genner", path=str(path))
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8"))["recipe"])
        except ValidationError as error:
            raise DataError(describe(error), path=str(path)) from None
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"expected a recipe, got {error!r}", path=str(path)) from None

    def require(self, **asked: Any) -> Recipe:
        """Return self when every part asked for is what the model was trained with; None asks nothing.

        Raises:
            DataError: naming each part that differs.
        """
        wanted = {name: value for name, value in asked.items() if value is not None}
        other = Recipe.make(**({name: getattr(self, name) for name in type(self).model_fields} | wanted))
        differing = [
            f"{name}: trained with {_shown(getattr(self, name))}, asked for {_shown(getattr(other, name))}"
            for name in wanted
            if getattr(self, name) != getattr(other, name)
        ]
        if differing:
            raise DataError(f"the model does not fit: {'; '.join(differing)}")
        return self

    def fitting(self, model: object) -> Recipe:
        """Return the recipe that a model was trained with, if genner trained it, else this one.

        Raises:
            DataError: when the labels differ, or the format or style is asked for and differs.
        """
        if not isinstance(model, (str, Path)) or not (Path(model) / RECIPE_FILE).is_file():
            return self
        trained = Recipe.load(model)
        # what was left at its default follows the model
        asked = {
            name: value
            for name, value in (("format", self.format_name), ("style", self.style))
            if value not in ("xml", "genner")
        }
        return trained.require(labels=self.labels, **asked)


def _shown(value: object) -> str:
    return f"labels {', '.join(value)}" if isinstance(value, LabelSet) else repr(value)


def versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Return the installed version of each package; those that are absent are left out."""
    return {name: found for name in packages if (found := installed(name)) is not None}
