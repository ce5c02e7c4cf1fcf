"""Lines that are sentences with their tags: `Ann|B-PER`, `Ann/PER`, `Ann:B-PER`, `<START:PER> Ann <END>`, two fields.

spaCy's converter, WikiNER, Stanford's tagger, corpora of SIGHAN, data for slot filling and OpenNLP have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from genner.exceptions import DataError
from genner.io._tagged import STANDARD, form_of

__all__ = ["split_items"]

_MARK = re.compile(r"<START(?::([^>\s]+))?>|<END>")
_INTENT = re.compile(r"\s<=>\s.*")
"""What follows a sentence of Snips."""


def split_items(lines: Sequence[str]) -> Callable[[str], list[str]] | None:
    """Return what turns such a line into rows of token and tag; None where the lines are none."""
    if any(_MARK.search(line) for line in lines) and all(_balanced(line) for line in lines):
        return lambda line: [*_marked(line)]
    pairs = [line.split("\t") for line in lines]
    if pairs and all(len(pair) == 2 and pair[0].count(" ") == pair[1].count(" ") for pair in pairs):
        tags = {tag for pair in pairs for tag in pair[1].split(" ")}
        if any(" " in pair[1] for pair in pairs) and form_of(tags) is STANDARD and tags != {"O"}:
            return _of_two_fields
    for sign in "|/:":
        items = [item for line in lines for item in _INTENT.sub("", line).split()]
        if not items or not all(sign in item[1:-1] for item in items):
            continue
        tags = {item.rpartition(sign)[2] for item in items}
        form = form_of(tags)
        if form is not None and (form is STANDARD or tags & {"O", "o"}) and (form is STANDARD or len(items) > 2):
            return partial(_rows, sign)
    return None


def _of_two_fields(line: str) -> list[str]:
    words, _, tags = line.partition("\t")
    return [f"{word}\t{tag}" for word, tag in zip(words.split(" "), tags.split(" "), strict=True)]


def _rows(sign: str, line: str) -> list[str]:
    rows = []
    for item in _INTENT.sub("", line).split():
        token, _, tag = item.rpartition(sign)
        rows.append(f"{token.partition(sign)[0] if sign == '|' else token}\t{tag}")  # token|part of speech|tag
    return rows


def _balanced(line: str) -> bool:
    marks = [match[0] for match in _MARK.finditer(line)]
    return all(mark.startswith("<START") == (number % 2 == 0) for number, mark in enumerate(marks)) and not (
        len(marks) % 2
    )


def _marked(line: str) -> Iterator[str]:
    label, first = "", True
    for word in line.split():
        match = _MARK.fullmatch(word)
        if match is None:
            if _MARK.search(word):
                raise DataError(f"expected white space around <START:TYPE> and <END>, got {word!r:.60}")
            yield f"{word}\t{('B-' if first else 'I-') + label if label else 'O'}"
            first = False
        else:
            label, first = ("" if word == "<END>" else match[1] or "default"), True
