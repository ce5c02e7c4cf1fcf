"""From what a model writes where a label belongs to the labels it means."""

from __future__ import annotations

import re

from genner.types import LabelSet

__all__ = ["MAX_CHARS", "MAX_WORDS", "is_outside", "known", "label_names", "looks_like_label"]

MAX_CHARS = 60
MAX_WORDS = 4
"""More characters or words than this are no label but text."""

_OUTSIDE = frozenset(("o", "none", "null", "n/a", "no entity", "not an entity", "no label", "non-entity", "outside"))
_TAGGING = ("B-", "I-", "E-", "S-", "L-", "U-", "B_", "I_")
_BETWEEN = re.compile(r"[,/;&+|、،，]|\s(?:and|or)\s")
_NO_WORD = re.compile(r"[^\w\s.-]+|_(?=\W)|(?<=\W)_|\s-\s")


def known(name: str, labels: LabelSet | None) -> bool:
    """Tell whether `name` is a label of the set, up to case and spacing."""
    return labels is not None and labels.fold(name) is not None


def is_outside(name: str, labels: LabelSet | None) -> bool:
    """Tell whether a label says that there is no entity: `O`, `none`."""
    return labels is not None and name.strip().casefold() in _OUTSIDE and not known(name, labels)


def looks_like_label(name: str, labels: LabelSet | None) -> bool:
    """Tell whether `name` may be a label, known or not; the empty one is a label left out."""
    plain = name.strip()
    if not plain or known(plain, labels):
        return True
    return len(plain) <= MAX_CHARS and len(plain.split()) <= MAX_WORDS and "\n" not in plain


def label_names(said: str, labels: LabelSet | None) -> list[str]:
    """Return the labels meant by `said`; what is none of the set comes back as written.

    >>> label_names('"per" (0.9)', LabelSet(["PER", "LOC"])), label_names("PER/LOC", LabelSet(["PER", "LOC"]))
    (['PER'], ['PER', 'LOC'])

    """
    plain = " ".join(said.split())
    if labels is None or not plain or len(plain) > 4 * MAX_CHARS:
        return [plain]
    whole = _fold(plain, labels)
    if whole is not None:
        return [whole]
    pieces = [_fold(piece.strip(), labels) for piece in _BETWEEN.split(plain)]
    several = [piece for piece in pieces if piece is not None]
    if len(several) == len(pieces) > 1:
        return list(dict.fromkeys(several))
    # a label with decoration: `"PER"`, `**PER**`, `type=PER`, `PER (0.98)`, `ner:PER`
    for parts in (_NO_WORD.split(plain), plain.split() if len(plain.split()) > 1 else []):
        found = dict.fromkeys(name for name in (_fold(part.strip(" ._-"), labels) for part in parts) if name)
        if len(found) == 1:
            return list(found)
    return [plain]


def _fold(name: str, labels: LabelSet) -> str | None:
    if not name:
        return None
    folded = labels.fold(name)
    if folded is None and name[:2].upper() in _TAGGING:
        folded = labels.fold(name[2:])
    return folded
