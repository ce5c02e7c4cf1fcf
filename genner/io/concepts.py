"""Concept files of i2b2 2010: `c="chest pain" 1:2 1:3||t="problem"` counts lines and words of another file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from genner.exceptions import DataError
from genner.io._companion import companion_text
from genner.io.records import RecordReader
from genner.io.source import Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".con",)
_CONCEPT = re.compile(r'c="(?P<mention>.*)" (\d+):(\d+) (\d+):(\d+)\|\|t="(?P<label>[^"|]+)"(?:\|\|.*)?')


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line is a concept."""
    return _CONCEPT.fullmatch(head.lstrip().split("\n")[0].rstrip()) is not None


def read(source: Source) -> Iterator[Document]:
    """Yield the document of the file; its text is `NAME.txt`, in the same folder or in `txt` next to it."""
    record: Any
    try:
        record = _record(source)
    except DataError as error:
        record = error
    return RecordReader(source, end="exclusive").read([(1, record)])


def _record(source: Source) -> dict[str, Any]:
    text = companion_text(source, f"{source.stem}.txt")
    entities: list[dict[str, Any]] = []
    for number, line in source.lines():
        if isinstance(line, DataError):
            raise line
        match = _CONCEPT.fullmatch(line.strip())
        if match is None and line.strip():
            message = f'expected c="MENTION" LINE:WORD LINE:WORD||t="LABEL", got {line!r:.60}'
            raise DataError(message, line=number)
        if match is not None:
            first, last = (_word(text, int(match[group]), int(match[group + 1]), number) for group in (2, 4))
            place = {"start": first[0], "end": last[1]}
            entities.append({**place, "text": match["mention"], "label": match["label"]})
    return {"id": source.stem or None, "text": text, "entities": entities}


def _word(text: str, line: int, word: int, number: int) -> tuple[int, int]:
    """Return start and end of a word: lines count from 1, words from 0."""
    before = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
    words = [*re.finditer(r"\S+", [*text.split("\n"), ""][min(line, text.count("\n") + 2) - 1])]
    if word >= len(words):
        raise DataError(f"the text has no word {line}:{word}", line=number)
    return before + words[word].start(), before + words[word].end()
