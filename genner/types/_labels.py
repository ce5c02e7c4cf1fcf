"""Labels and ordered sets of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import NotRequired, TypedDict

from genner.exceptions import DataError, WrongTypeError
from genner.types._spans import checked_text
from genner.types.wire import Wire

__all__ = ["Label", "LabelDict", "LabelSet", "LabelSetDict", "fold_label"]


class LabelDict(TypedDict):
    name: str
    definition: NotRequired[str]
    title: NotRequired[str]
    aliases: NotRequired[list[str]]


class LabelSetDict(TypedDict):
    labels: list[LabelDict]


@dataclass(frozen=True, slots=True)
class Label(Wire):
    """An entity type: its name, and what prompts and models call it besides.

    Args:
        name: what entities carry.
        definition: what it means, for the prompt.
        title: the name written out, "person" in "PER(person): ..."; decoding folds it to `name`.
        aliases: other names that decoding folds to `name`; prompts do not show them.

    Raises:
        DataError: when a name or alias is empty.
    """

    _wire = LabelDict

    name: str
    definition: str = ""
    title: str = ""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_text(self.name, "label name", empty=False)
        checked_text(self.definition, "definition")
        checked_text(self.title, "title")
        if isinstance(self.aliases, (str, bytes)) or not isinstance(self.aliases, Iterable):
            raise WrongTypeError(f"aliases: expected a list of names, got {self.aliases!r:.80}")
        aliases = tuple(checked_text(alias, "alias", empty=False) for alias in self.aliases)
        object.__setattr__(self, "aliases", aliases)

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"name": self.name, "definition": self.definition, "title": self.title}
        if self.aliases:
            result["aliases"] = list(self.aliases)
        return result


_PLURALS = (("y", "ies", 3), ("", "s", 3), ("", "en", 5), ("", "e", 5), ("", "n", 5))
"""Endings of the singular, those of the plural, in English and German, and how many letters are before them."""


def fold_label(name: str) -> str:
    """Fold what models vary in a label: case, surrounding space, and `_`, `-` or space inside.

    Args:
        name: as a model wrote it.
    """
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


@dataclass(frozen=True, slots=True, init=False)
class LabelSet(Wire):
    """An ordered set of labels; iterates over names, and `name in labels` works.

    >>> LabelSet("PER,LOC") == LabelSet(["PER", "LOC"])
    True

    Args:
        labels: names or `Label` objects, in the order prompts and tables show them; names with commas
            between them; or a mapping from names to definitions.

    Raises:
        DataError: when a name appears twice, two labels share an alias, or there is no label.
    """

    _wire = LabelSetDict

    labels: tuple[Label, ...]
    names: tuple[str, ...] = field(compare=False)
    known: frozenset[str] = field(compare=False, repr=False)
    _folded: Mapping[str, str] = field(compare=False, repr=False)

    def __init__(self, labels: Iterable[str | Label] | Mapping[str, str] | str) -> None:
        made = _labels_of(labels)
        names = tuple(label.name for label in made)
        if not names:
            raise DataError("labels: expected at least one label, got none")
        known = frozenset(names)
        if len(known) < len(names):
            twice = sorted({name for name, count in Counter(names).items() if count > 1})
            raise DataError(f"labels: each name may appear once, these appear twice: {', '.join(twice)}")
        set_field = object.__setattr__
        set_field(self, "labels", made)
        set_field(self, "names", names)
        set_field(self, "known", known)
        set_field(self, "_folded", _folded_names(made))

    def __repr__(self) -> str:
        """Show the names; of definitions, titles and aliases, how many labels have some."""
        more = sum(label != Label(label.name) for label in self.labels)
        return f"LabelSet({list(self.names)})" if not more else f"<LabelSet {', '.join(self.names)}; {more} described>"

    def _repr_html_(self) -> str:
        from genner.show.tables import Column, Table  # not at import: only notebooks draw

        rows = [(one.name, one.title, ", ".join(one.aliases), one.definition) for one in self.labels]
        heads = ("label", "title", "aliases", "definition")
        used = [at for at in range(len(heads)) if not at or any(row[at] for row in rows)]
        return Table([Column(heads[at]) for at in used], [[row[at] for at in used] for row in rows]).to_html()

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
        """Return the label that `name` means, or None when there is none.

        Names, titles and aliases are compared up to case, spacing and the plural, and names come first:
        a title or an alias that is another label's name never hides that label.
        """
        if name in self.known:
            return name
        folded = fold_label(name)
        found = self._folded.get(folded)
        return found if found is not None or "_" not in folded else self._folded.get(folded.replace("_", ""))

    def to_dict(self) -> dict[str, Any]:
        return {"labels": [label.to_dict() for label in self.labels]}

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> LabelSet:
        return cls(Label(**label) for label in value["labels"])


def _labels_of(labels: Iterable[str | Label] | Mapping[str, str] | str) -> tuple[Label, ...]:
    if isinstance(labels, str):
        return tuple(Label(name.strip()) for name in labels.split(",") if name.strip())
    if isinstance(labels, Mapping):
        return tuple(Label(name, definition) for name, definition in labels.items())
    if isinstance(labels, bytes) or not isinstance(labels, Iterable):
        raise WrongTypeError(f"labels: expected names or Label objects, got {type(labels).__name__} {labels!r:.80}")
    return tuple(item if isinstance(item, Label) else Label(item) for item in labels)


def _folded_names(labels: tuple[Label, ...]) -> dict[str, str]:
    """Map folded names, titles and aliases, and their plurals, to the names they mean.

    Of two names that fold alike the first means itself; a title that two labels share means neither;
    an alias that two labels share is an error, for somebody wrote it to tell them apart.
    """
    names: dict[str, str] = {}
    titles: dict[str, str | None] = {}
    aliases: dict[str, str] = {}
    for label in labels:
        names.setdefault(fold_label(label.name), label.name)
        title = fold_label(label.title)
        titles[title] = label.name if title not in titles else None
        for alias in label.aliases:
            owner = aliases.setdefault(fold_label(alias), label.name)
            if owner != label.name:
                raise DataError(f"labels: the alias {alias!r} belongs to {owner} and to {label.name}")
    clear = {title: name for title, name in titles.items() if title and name is not None}
    found = {**clear, **aliases, **names}
    joined = {key.replace("_", ""): name for key, name in found.items()}
    ambiguous = {key.replace("_", "") for key, name in found.items() if joined[key.replace("_", "")] != name}
    found = {**{key: name for key, name in joined.items() if key not in ambiguous}, **found}
    plurals: dict[str, str] = {}  # the heading of a list is often in the plural: `Persons: Ann`, `Personen: Ann`
    for one, many, least in _PLURALS:
        for key, name in found.items():
            stem = key.removesuffix(one)
            if key.endswith(one) and len(stem) >= least:
                plurals.setdefault(stem + many, name)
    return {**plurals, **found}
