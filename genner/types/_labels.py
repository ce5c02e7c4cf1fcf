"""Labels and ordered sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import NotRequired, TypedDict

from genner.exceptions import DataError, WrongTypeError
from genner.types._spans import checked_text
from genner.types._wire import Wire

__all__ = ["Label", "LabelDict", "LabelSet", "LabelSetDict", "fold_label"]


class LabelDict(TypedDict):
    name: str
    definition: NotRequired[str]
    title: NotRequired[str]


class LabelSetDict(TypedDict):
    labels: list[LabelDict]


@dataclass(frozen=True, slots=True)
class Label(Wire):
    """A label, its definition for the prompt, and its title: "person" in "PER(person): ..."."""

    _wire = LabelDict

    name: str
    definition: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        checked_text(self.name, "label name", empty=False)
        checked_text(self.definition, "definition")
        checked_text(self.title, "title")

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
