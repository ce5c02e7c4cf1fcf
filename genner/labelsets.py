"""The four label sets of the paper, and labels replaced by symbols without meaning.

Names, order and casing are those of the authors' released data; the definitions are quoted in
`genner/data/paper_prompts.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice, product
from string import ascii_uppercase
from typing import Literal, TypeAlias, TypeVar

from genner.data import read_text
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.types import Document, Entity, Label, LabelSet, Mention, Prediction

__all__ = ["LABEL_SETS", "Labels", "Relabelling", "get_label_set", "relabel", "symbolize"]

Labels: TypeAlias = LabelSet | Iterable[str | Label] | str | None
"""A label set, label names, `"PER,LOC"`, or the name of a known set such as `"genia"`."""

_NAMES = ("conll2003", "ontonotes5", "ace2005", "genia")
_ALIASES = {
    "conll": "conll2003",
    "conll03": "conll2003",
    "ontonotes": "ontonotes5",
    "ontonotes50": "ontonotes5",
    "ace": "ace2005",
    "ace05": "ace2005",
}


class _LabelSets(Mapping[str, LabelSet]):
    """The known label sets by name, read when one is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, LabelSet] = {}

    def __getitem__(self, name: str) -> LabelSet:
        if not self._loaded:
            quoted = json.loads(read_text("paper_prompts.json"))["label_sets"]
            self._loaded = {key: LabelSet(Label(**label) for label in quoted[key]) for key in _NAMES}
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    def __repr__(self) -> str:
        return f"LABEL_SETS({', '.join(_NAMES)})"


LABEL_SETS: Mapping[str, LabelSet] = _LabelSets()
"""`"conll2003"`, `"ontonotes5"`, `"ace2005"` and `"genia"` (paper, Tables 10 to 13)."""


def get_label_set(labels: LabelSet | Iterable[str | Label] | Mapping[str, str] | str | None) -> LabelSet | None:
    """Return the label set meant by `labels`; None stays None.

    >>> [list(get_label_set(labels)) for labels in ("conll2003", "PER,LOC", "GENE", ["PER", "LOC"])]
    [['ORG', 'PER', 'LOC', 'MISC'], ['PER', 'LOC'], ['GENE'], ['PER', 'LOC']]

    Args:
        labels: a label set; names or `Label` objects in order; a mapping from names to definitions;
            names with commas between them; the name of a known set (case and punctuation are free:
            `"CoNLL-2003"`); or one other word, which is then the only label.  A word that is almost
            the name of a known set is refused: `["genai"]`, with brackets, makes a label of it.

    Raises:
        UnknownNameError: when a string is neither names with commas, nor the name of a known set,
            nor one word that resembles none.
        DataError: when the labels do not make a set: none, one twice, one that is no string.
    """
    if labels is None or isinstance(labels, LabelSet):
        return labels
    if isinstance(labels, str):
        return _from_string(labels)
    return _of(tuple(labels)) if isinstance(labels, (tuple, list)) else LabelSet(labels)


@lru_cache(maxsize=256)
def _from_string(labels: str) -> LabelSet:
    if "," in labels:
        return LabelSet(labels)
    folded = _folded(labels)
    key = _ALIASES.get(folded, folded)
    if key in _NAMES:
        return LABEL_SETS[key]
    if _WORD.fullmatch(labels) and not _resembles_known(folded):
        return LabelSet([labels.strip()])
    error = UnknownNameError.of("label set", labels, LABEL_SETS)
    hint = f"Labels of your own: write [{labels.strip()!r}] for one, 'PER,LOC' or a list of names for several"
    raise UnknownNameError(f"{error}. {hint}", name=labels, known=error.known)


def _resembles_known(folded: str) -> bool:
    from difflib import get_close_matches  # most label sets are not words, and imports take time

    compared = [name for name in (*_NAMES, *_ALIASES) if len(name) > 3]  # "ace" resembles "face" and "race"
    return bool(get_close_matches(folded, compared, n=1, cutoff=0.8))  # "genai" is "genia", "gene" is a label


def _folded(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


_WORD = re.compile(r"\s*[\w:&+-]+\s*")  # no dot and no slash: "labels.json" is a file that is missing


def _of(items: tuple[str | Label, ...]) -> LabelSet:
    try:
        return _cached(items)
    except TypeError:  # an item without a hash: the constructor describes what is wrong with it
        return LabelSet(items)


_cached = lru_cache(maxsize=256)(LabelSet)


@dataclass(frozen=True, slots=True)
class Relabelling:
    """A label set renamed one to one.

    Args:
        labels: the new label set, in the old order.
        mapping: from old names to new ones.
    """

    labels: LabelSet
    mapping: Mapping[str, str]

    @property
    def inverse(self) -> dict[str, str]:
        """From new names back to old ones."""
        return {new: old for old, new in self.mapping.items()}


def symbolize(
    labels: LabelSet | Iterable[str | Label] | Mapping[str, str] | str,
    *,
    explained: bool = True,
    symbols: Iterable[str] | None = None,
) -> Relabelling:
    """Replace label names by symbols without meaning, as the paper does to tell recognition from memory (Section 4).

    >>> symbolize("conll2003").mapping
    {'ORG': 'A', 'PER': 'B', 'LOC': 'C', 'MISC': 'D'}

    Args:
        labels: the label set to hide.
        explained: keep the definitions (CoNLL2003-SE); without them only symbols remain (CoNLL2003-SO).
            Titles and aliases are left out in both, for they give the names away.
        symbols: the symbols, at least one a label; by default A, B, ... Z, AA, AB, ...

    Raises:
        DataError: when there are fewer symbols than labels, or one comes twice.
    """
    known = get_label_set(labels)
    if known is None:
        raise DataError("labels: expected a label set, got None")
    letters = list(islice(_letters() if symbols is None else symbols, len(known)))
    if len(letters) < len(known):
        raise DataError(f"symbols: expected {len(known)}, one for each label, got {len(letters)}")
    renamed = (
        Label(symbol, label.definition if explained else "")
        for symbol, label in zip(letters, known.labels, strict=True)
    )
    return Relabelling(LabelSet(renamed), dict(zip(known, letters, strict=True)))


def _letters() -> Iterator[str]:
    """Count as spreadsheets count columns: A to Z, AA, AB, ..."""
    for width in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=width))


Relabelled = TypeVar("Relabelled", Document, Prediction)


def relabel(
    value: Relabelled,
    mapping: Mapping[str, str],
    *,
    unknown: Literal["raise", "keep", "mark"] = "raise",
) -> Relabelled:
    """Return the document or prediction with every label replaced.

    Args:
        value: what carries the labels; the issues of a prediction stay as they were written.
        mapping: from old names to new ones; several may become one.
        unknown: what becomes of a label that is not in `mapping`.  `"keep"` leaves it, and it may then
            coincide with a new name: a model that was asked for `A` and wrote `ORG` would be
            credited with ORG.  `"mark"` writes `?ORG`, which no label set holds.

    Raises:
        DataError: naming the labels that are not in `mapping`, under `unknown="raise"`.
    """
    if unknown not in ("raise", "keep", "mark"):
        raise UnknownNameError.of("treatment of unknown labels", unknown, ("raise", "keep", "mark"))
    if not isinstance(value, (Document, Prediction)):
        raise WrongTypeError(f"expected a Document or a Prediction, got {type(value).__name__} {value!r:.80}")
    mentions: tuple[Mention, ...] = value.unplaced if isinstance(value, Prediction) else ()
    used = {entity.label for entity in value.entities} | {mention.label for mention in mentions}
    strangers = used - mapping.keys()
    if strangers and unknown == "raise":
        raise DataError(f"no new name for {', '.join(sorted(map(repr, strangers)))}; known: {', '.join(mapping)}")
    prefix = "?" if unknown == "mark" else ""
    names = {**mapping, **{name: prefix + name for name in strangers}}
    entities = [Entity(start, end, names[label]) for start, end, label in value.entities]
    if isinstance(value, Document):
        return value.replace(entities=entities)
    unplaced = [Mention(mention.text, names[mention.label]) for mention in mentions]
    details = {Entity(start, end, names[label]): known for (start, end, label), known in value.details.items()}
    return Prediction(entities, unplaced, value.issues, value.text, details, value.format)
