"""From what a model writes where a label belongs to the labels it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from genner.formats.placing.claims import Claim
from genner.formats.placing.draft import Draft
from genner.text.fuzzy import edits_within
from genner.text.grounding import Source
from genner.types import LabelSet

__all__ = [
    "MAX_CHARS",
    "MAX_WORDS",
    "is_outside",
    "known",
    "label_names",
    "letters_of",
    "looks_like_label",
    "name_claims",
    "spellings",
    "split_tag",
]

MAX_CHARS = 60
MAX_WORDS = 4
"""More characters or words than this are no label but text."""

_OUTSIDE = frozenset(
    ("o", "none", "null", "n/a", "no entity", "not an entity", "no label", "non-entity", "outside", "other entity",
     "not a named entity", "no named entity", "non entity", "not entity")
)  # fmt: skip
_TAG = re.compile(r"([BIESLUM])[-_](?=\S)")
_KIND = re.compile(r"(?:entity|ner|label|tag|type|class)[-_ :]+|[^\W\d]\w{0,40}\.(?=\w)", re.I)
"""What may be before a label: `entity-PER`, `EntityType.PER`."""

_BETWEEN = re.compile(r"[,/;&+|、،，]|\s(?:and|or)\s")
_DECORATION = re.compile(r"[^\w\s.-]+|_(?=\W)|(?<=\W)_|\s-\s")
_MARKS = re.compile(r"[\W_]+")
_SHORTEST_MISSPELT = 3
_LONG_NAME = 5
"""Shorter names differ from others by one letter too often for a substituted letter to be a slip."""

_CONTINUES = frozenset("IELM")
_CLOSED = frozenset(("", "S", "U"))
_MOST_JOINED = 64
"""Tags in one run; a longer run is no entity."""


def known(name: str, labels: LabelSet | None) -> bool:
    """Tell whether `name` is a label of the set, up to case and spacing, or a title or alias of one."""
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


def split_tag(name: str, labels: LabelSet | None) -> tuple[str, str] | None:
    """Split `B-PER` into the position and the label, where the label is one of the set; None otherwise."""
    match = _TAG.match(name.strip().upper()) if labels is not None else None
    if match is None or labels is None or known(name, labels):
        return None
    folded = labels.fold(name.strip()[match.end() :])
    return None if folded is None else (match[1], folded)


def label_names(written: str, labels: LabelSet | None, *, misspelt: bool = True) -> list[str]:
    """Return the labels meant by `written`; a label that is not in the set comes back as written.

    Args:
        misspelt: also take the only label that is a slip away.

    >>> label_names('"per" (0.9)', LabelSet(["PER", "LOC"])), label_names("PER/LOC", LabelSet(["PER", "LOC"]))
    (['PER'], ['PER', 'LOC'])

    """
    plain = " ".join(written.split())
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
    for parts in (_DECORATION.split(plain), plain.split() if len(plain.split()) > 1 else []):
        found = dict.fromkeys(name for name in (_fold(part.strip(" ._-"), labels) for part in parts) if name)
        if len(found) == 1:
            return list(found)
    near = _nearest(plain, labels) if misspelt else None
    return [near or plain]


def _nearest(written: str, labels: LabelSet) -> str | None:
    """Return the only label that is a slip away, or in the plural: `PERR`, `organisations`."""
    name = letters_of(written)
    found: dict[int, set[str]] = {}
    for spelling, label in spellings(labels):
        edits = _slips(name, letters_of(spelling))
        if edits is not None:
            found.setdefault(edits, set()).add(label)
    best = found[min(found)] if found else set()
    return best.pop() if len(best) == 1 else None


def spellings(labels: LabelSet) -> Iterator[tuple[str, str]]:
    """Yield every name, title and alias, each with the label it means."""
    for label in labels.labels:
        yield from ((name, label.name) for name in (label.name, label.title, *label.aliases) if name)


@lru_cache(maxsize=1024)
def letters_of(name: str) -> str:
    """Return the letters and digits of a name, without case."""
    return _MARKS.sub("", name.casefold())


def _slips(written: str, label: str) -> int | None:
    """Count the edits between two names; None when they are too many, or change what tells short names apart."""
    if len(label) < _SHORTEST_MISSPELT:
        return None
    if len(label) >= _LONG_NAME:
        return edits_within(written, label, 2 if len(label) >= 2 * _LONG_NAME - 2 else 1)
    if sorted(written) == sorted(label) and written[:1] == label[:1]:
        return edits_within(written, label, 2)  # two letters changed places
    is_longer = abs(len(written) - len(label)) == 1 and written[:1] == label[:1]
    return edits_within(written, label, 1) if is_longer else None


def _fold(name: str, labels: LabelSet) -> str | None:
    if not name:
        return None
    folded = labels.fold(name)
    if folded is None and (kind := _KIND.match(name)) is not None:
        folded = labels.fold(name[kind.end() :])
    if folded is None and (tag := split_tag(name, labels)) is not None:
        folded = tag[1]
    return folded


def name_claims(claims: Iterable[Claim], labels: LabelSet | None, source: Source, draft: Draft) -> list[Claim]:
    """Give every claim one label: a label of the set, or an unknown one as it was written.

    A claim with several labels becomes several claims; runs of B- and I- tags become one.  What has no label,
    or a label that means "no entity", is named in an issue and left out.
    """
    named = []
    for claim in _joined(claims, labels, source, draft):
        named += [claim if name == claim.label else replace(claim, label=name) for name in _names(claim, labels, draft)]
    return named


def _names(claim: Claim, labels: LabelSet | None, draft: Draft) -> list[str]:
    """Return the labels of one claim, reporting what had to be forgiven; none when it means none."""
    plain = " ".join(claim.label.split())
    if not plain:
        if labels is not None and len(labels) == 1:  # the answer to a question about one label
            return list(labels)
        draft.issue("missing_label", f"{claim.text!r:.100} has no label", claim.place)
        return []
    if labels is None:
        return [plain]
    if claim.label in labels:
        return [claim.label]
    if is_outside(plain, labels):
        draft.issue("skipped", f"{claim.text!r:.100} is labelled {plain!r:.60}, which is no entity", claim.place)
        return []
    names = label_names(plain, labels)
    if names == [plain]:
        draft.issue("unknown_label", f"{plain!r:.100} is not in the label set", claim.place)
    else:
        kind = "label_folded" if len(names) == 1 else "syntax"
        draft.issue(kind, f"{claim.label!r:.100} read as {', '.join(map(repr, names))}", claim.place)
    return names


def _joined(claims: Iterable[Claim], labels: LabelSet | None, source: Source, draft: Draft) -> list[Claim]:
    """Join runs such as `Ann` B-PER, `Reed` I-PER where the text has them one after the other."""
    runs: list[list[Claim]] = []
    last = ("", "")
    for claim in claims:
        tag = (split_tag(claim.label, labels) if source.given else None) or ("", "")
        is_next = tag[0] in _CONTINUES and last[0] not in _CLOSED and tag[1] == last[1]
        if is_next and claim.group == runs[-1][-1].group and len(runs[-1]) < _MOST_JOINED:
            runs[-1].append(claim)
        else:
            runs.append([claim])
        last = tag
    return [claim for run in runs for claim in _join(run, source, draft)]


def _join(run: list[Claim], source: Source, draft: Draft) -> list[Claim]:
    """Join as many claims of a run as the text has in a row; the rest of them stay as they are."""
    first, last = run[0], run[-1]
    if len(run) == 1:
        return run
    text = first.text
    for claim in run[1:]:
        piece = claim.text.removeprefix("##")
        text += piece if piece != claim.text else f" {piece}"
    if not source.has(text):
        return run
    place = (first.place[0], last.place[1])
    draft.issue("shape", f"{len(run)} tagged tokens read as {text!r:.100}", place)
    copied = (first.copied[0], last.copied[1]) if first.copied and last.copied else None
    return [replace(first, text=text, place=place, end=last.end, count=None, copied=copied, spellings=())]
