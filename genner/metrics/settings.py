"""Every setting that can change a number, in one value and in one line.

>>> print(Settings(labels=("DNA", "RNA"), version="0.1.0"))
genner:0.1.0|matching:strict|duplicates:count|unplaced:count|grounding:n/a|zero_division:0.0|macro:seen|labels:DNA,RNA

"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypedDict
from urllib.parse import unquote

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.labelsets import Labels, get_label_set
from genner.metrics.matching import AnyMatching, Matching, get_matching
from genner.plugins import installed

__all__ = ["Labels", "Scoring", "Settings", "parse_signature", "refuse", "resolved"]

_CHOICES = {
    "duplicates": ("count", "ignore"),
    "unplaced": ("count", "ignore"),
    "macro": ("seen", "gold", "labels"),
}


def _quote(value: str) -> str:
    """Write a value so that the marks of the signature stay free; all scripts stay readable."""
    return re.sub(r"[%|,>\s\x00-\x1f]", lambda match: "".join(f"%{b:02X}" for b in match[0].encode()), value)


def _written(value: Any) -> str:
    """Write names, pairs of names, or anything else."""
    if not isinstance(value, tuple):
        return _quote(str(value))
    if value == ("any",):
        return "%61ny"  # a label of that name, where the plain word means every label
    return ",".join(
        _quote(one) if isinstance(one, str) else f"{_quote(one[0])}>{_quote(one[1] or '')}" for one in value
    )


def _read(text: str) -> tuple[Any, ...] | None:
    """Read names, or pairs of names; the plain word "any" is none of them."""
    parts = [tuple(unquote(name) or None for name in one.split(">")) for one in text.split(",") if one]
    return None if text == "any" else tuple(part if len(part) > 1 else part[0] for part in parts)


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("labels", "only", "buckets", "decode_labels", "label_map"), _read),
    **dict.fromkeys(("depth", "resamples", "seed"), int),
    "zero_division": lambda text: None if text == "None" else float(text),
}
"""What reads a setting that is no plain text."""


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _listed(name: str, value: Any, expected: str, fits: Callable[[Any], bool]) -> tuple[Any, ...]:
    items = None if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if items is None or not all(map(fits, items)):
        raise WrongTypeError(f"{name}: expected {expected}, got {value if items is None else items!r:.80}")
    return items


class Scoring(TypedDict, total=False):
    """The keywords of everything that scores; `Settings` explains them, but for:

    Args:
        labels: a label set, names, or the name of a known set.
        matching: a name of `genner.metrics.MATCHINGS`, a `Matching`, or the function of one.
    """

    labels: Labels
    matching: AnyMatching
    duplicates: str
    unplaced: str
    grounding: str
    zero_division: float | None
    macro: str
    label_map: Mapping[str, str | None] | Iterable[tuple[str, str | None]] | None
    depth: int | None
    separator: str
    only: Iterable[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How gold and predictions are compared, and what else made a result.

    Args:
        matching: the name of a matching.
        duplicates: "count" keeps repeated entities (a repeated prediction is a false positive),
            "ignore" takes each side as a set.
        unplaced: "count" takes mentions that are not in the text as false positives.
        grounding: how far the decoder went to place mentions; only recorded.
        zero_division: the value of 0/0: 0.0, 1.0 or None.
        macro: the rows macro and weighted averages are over: labels "seen" on either side,
            in the "gold", or the given "labels" (all of them and no others).
        labels: the label set; labels outside it are counted in rows of their own.
        label_map: renames labels on both sides, and in the label set, before anything else; None
            drops the entity.
        depth: keeps this many steps of labels such as `ORG.company`, in the label set too.
        separator: what parts the steps.
        only: keeps entities with these labels alone, on both sides and in the label set.
        policy: which rules name the kind of an error; None where no errors were analysed.
        by: what a breakdown is by; its rows are buckets instead of labels.
        buckets: the rows of a breakdown, where they are known beforehand.
        training: the number of training documents of a breakdown and a digest of them.
        format: the output format that was decoded.
        decode_labels: the label set outputs were decoded with, where it is another one.
        scheme: how tag sequences were read.
        test: how p-values came about, with its `resamples` and `seed`.
        correction: of the p-values of several comparisons.
        version: of genner; this one when empty.
    """

    version: str = field(default="", compare=False)
    matching: str = "strict"
    duplicates: str = "count"
    unplaced: str = "count"
    grounding: str = "n/a"
    zero_division: float | None = 0.0
    macro: str = "seen"
    labels: tuple[str, ...] | None = None
    label_map: tuple[tuple[str, str | None], ...] = ()
    depth: int | None = None
    separator: str = "."
    only: tuple[str, ...] | None = None
    policy: str | None = None
    by: str | None = None
    buckets: tuple[str, ...] | None = None
    training: str | None = None
    format: str | None = None
    decode_labels: tuple[str, ...] | None = None
    scheme: str | None = None
    test: str | None = None
    resamples: int | None = None
    seed: int | None = None
    correction: str | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UnknownNameError.of(name, getattr(self, name), choices)
        label_set, zero, only, pairs = get_label_set(self.labels), self.zero_division, self.only, self.label_map
        if isinstance(zero, bool) or zero not in (None, 0, 1):
            raise DataError(f"zero_division: expected None, 0 or 1, got {zero!r}")
        if self.macro == "labels" and label_set is None:
            raise DataError("macro='labels' averages over the label set: give `labels`")
        if self.depth is not None and (type(self.depth) is not int or self.depth < 1):
            raise DataError(f"depth: expected an int of at least 1, got {self.depth!r}")
        if not (isinstance(self.separator, str) and self.separator):
            raise DataError(f"separator: expected a character or more, got {self.separator!r}")
        if isinstance(only, str):
            only = tuple(name.strip() for name in only.split(","))
        made: dict[str, Any] = {
            "labels": None if label_set is None else label_set.names,
            "zero_division": None if zero is None else float(zero),
            "only": None if only is None else _listed("only", only, "names of labels", _is_name),
            "label_map": _listed(
                "label_map",
                pairs.items() if isinstance(pairs, Mapping) else pairs or (),
                "pairs of label names, or a name and None",
                lambda pair: isinstance(pair, tuple) and len(pair) == 2 and all(o is None or _is_name(o) for o in pair),
            ),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        """The signature: later settings appear when they differ from their default."""
        always = ("matching", "duplicates", "unplaced", "grounding", "zero_division", "macro", "labels")
        parts = [f"genner:{_quote(self.version or installed('genner') or 'unknown')}"]
        for one in fields(self)[1:]:
            value = getattr(self, one.name)
            if one.name in always or value != one.default:
                parts.append(f"{one.name}:{'any' if value is None and one.name == 'labels' else _written(value)}")
        return "|".join(parts)

    @property
    def relabels(self) -> bool:
        """Whether entities must be renamed or dropped before matching."""
        return bool(self.label_map) or self.depth is not None or self.only is not None

    def relabel(self) -> Callable[[str], str | None]:
        """Return the function that renames a label; None means drop."""
        mapping, steps, separator = dict(self.label_map), self.depth, self.separator
        kept = None if self.only is None else frozenset(self.only)

        @cache
        def rename(label: str) -> str | None:
            new = mapping.get(label, label)
            if new is not None and steps is not None:
                new = separator.join(new.split(separator)[:steps]) or new
            return new if kept is None or new in kept else None

        return rename

    @property
    def scored_labels(self) -> tuple[str, ...] | None:
        """The label set after renaming, shortening and selecting, as entities are compared; None for any label."""
        if self.labels is None or not self.relabels:
            return self.labels
        return tuple(dict.fromkeys(filter(None, map(self.relabel(), self.labels))))

    @property
    def declared_rows(self) -> tuple[str, ...]:
        """The rows a result has in any case, in order: the label set, or the buckets of a breakdown."""
        return (self.scored_labels if self.by is None else self.buckets) or ()


def resolved(options: Scoring, settings: Settings | None = None) -> tuple[Settings, Matching]:
    """Return the settings that keywords ask for, and the matching; without a keyword, what `settings` says holds."""
    base = Settings() if settings is None else settings
    if not isinstance(base, Settings):
        raise WrongTypeError(f"settings: expected Settings, got {type(settings).__name__} {settings!r:.60}")
    matching = get_matching(options.get("matching", base.matching))
    asked: dict[str, Any] = {**options, "version": "", "matching": matching.name}
    return replace(base, **asked), matching


def refuse(options: Mapping[str, Any], unused: Iterable[str], where: str) -> None:
    """Raise when a keyword is given that has no effect."""
    for name in unused:
        if name in options:
            raise DataError(f"{name}={options[name]!r} has no effect on {where}: leave it out")


def parse_signature(line: str) -> Settings:
    """Read a signature, the `line` that tables print, back into the settings it names.

    Raises:
        DataError: when it is not a signature.
    """
    pieces = dict(part.partition(":")[::2] for part in str(line).strip().split("|"))
    names = {one.name for one in fields(Settings)}
    version = pieces.pop("genner", "")
    unknown = sorted(pieces.keys() - names)
    if not version or unknown:
        wrong = f"unknown settings {', '.join(unknown)}" if version else "no 'genner:<version>' at its start"
        raise DataError(f"expected a signature such as {Settings()!s:.60}..., got {line!r:.120}: {wrong}")
    try:
        values: dict[str, Any] = {name: _READERS.get(name, unquote)(text) for name, text in pieces.items()}
    except ValueError as error:
        raise DataError(f"signature {line!r:.120}: {error}") from None
    return Settings(version=unquote(version), **values)
