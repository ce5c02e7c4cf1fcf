"""CoNLL-U with entities in the MISC column: `Entity=(1-person` as GUM and CorefUD write it, or tags.

Tags are the value of a key whose values are all tags (`NE=B-PER`, `name=B-PER`, `NER=O`), or stand in MISC alone.

One document a sentence, `sent_id` as its id.  The text is `# text`, or the tokens and their
`SpaceAfter`.  The words of a multiword token have its characters where they add up to it ("I'm"),
and share them where they do not ("aux").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeAlias

from genner.exceptions import DataError
from genner.io._annotations import Annotations
from genner.io._tagged import STANDARD, Form, form_of, is_tag
from genner.io._tokens import join, locate
from genner.io.keys import fold
from genner.io.reports import Problem
from genner.io.source import Block, Source
from genner.tags import OUTSIDE, chunks_of
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".conllu", ".conllup")
SAMPLE = 1000
"""How many sentences are looked at to find the key of the tags."""

NAMES = ("ner", "ne", "name", "nertag", "netag", "namedentity", "entity")
"""Keys of MISC whose values may be labels without letters."""

GLOBAL_ENTITY = "GRP-etype"
"""Fields of an opening bracket where the file has no `# global.Entity` line."""

_BRACKET = re.compile(r"\((?P<fields>[^()]+)(?P<closed>\))?|(?P<name>[^()]+)\)")
_PART = re.compile(r"(.*)\[(\d+)/(\d+)\]")

Word: TypeAlias = "tuple[tuple[int, int], int, str]"
"""Its characters, its line, its MISC."""


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line of a token has ten columns, the first of them a number."""
    for line in head.split("\n"):
        if line and not line.startswith("#") and not line.isspace():
            fields = line.split("\t")
            return len(fields) == 10 and fields[0].replace("-", "").replace(".", "").isdecimal()
    return False


def read(source: Source, *, misc: str | None = None) -> Iterator[Document]:
    """Yield one document a sentence.

    Args:
        misc: the key of MISC that holds the tags; found when not given, empty for tags without a key.
    """
    blocks = source.blocks()
    sample = list(islice(blocks, SAMPLE))
    whole = [block for _, block in sample if isinstance(block, list)]
    key = _tag_key(whole) if misc is None else misc
    if key is None and not any(name == "Entity" for block in whole for _, line in block for name, _ in _misc(line)):
        source.guessed("the last column has no tags of entities: misc='KEY' names another key")
    tags = {value for block in whole for _, line in block for name, value in _misc(line) if name == key}
    form = form_of({*tags, "O"}) or STANDARD  # where most tokens have no such key
    return source.each(chain(sample, blocks), _Reader(source, key, form).document)


def _misc(line: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of each item of MISC; a bare item has the empty key."""
    fields = line.split("\t")
    for item in fields[9].split("|") if len(fields) == 10 and fields[9] != "_" else ():
        key, equals, value = item.partition("=")
        yield (key, value) if equals else ("", key)


def _tag_key(blocks: Sequence[Block]) -> str | None:
    """Return the key of MISC whose values are all tags; None where there is none, or `Entity` is used."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for block in blocks:
        for _, line in block:
            if not line.startswith("#"):
                for key, value in _misc(line):
                    values[key].add(value)
    if "Entity" in values and any("(" in value for value in values["Entity"]):
        return None
    found = [key for key, some in values.items() if all(map(is_tag, some)) and some != {"O"}]
    found += [key for key, some in values.items() if fold(key) in NAMES and key != "Entity" and _may_be_labels(some)]
    return next((key for key in found if key), found[0] if found else None)


def _may_be_labels(values: set[str]) -> bool:
    """Tell whether values are tags or labels; tokens outside need not have the key."""
    return form_of({*values, "O"}) is not None and not any(set(value) & set("()") for value in values)


def _surfaces(rows: list[tuple[int, list[str]]]) -> Iterator[tuple[str, str, list[tuple[int, list[str]]]]]:
    """Yield each token of the text: a form, the space after it, and the rows of its words."""
    left = iter(row for row in rows if "." not in row[1][0])  # an empty node (8.1) has no characters
    for number, fields in left:
        first, hyphen, last = fields[0].partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not hyphen)):
            raise DataError(f"expected a token number, got {fields[0]!r}", line=number)
        size = int(last) - int(first) + 1 if hyphen else 0
        group = list(islice(left, size)) if hyphen else [(number, fields)]
        if hyphen and len(group) != size:
            raise DataError(f"expected {size} words of the token {fields[0]}, got {len(group)}", line=number)
        yield fields[1], "" if "SpaceAfter=No" in fields[9].split("|") else " ", group


def _words(form: str, space: str, rows: list[tuple[int, list[str]]], start: int) -> list[Word]:
    """Return the words of a token with their characters, where they add up to it: "I'm" is "I" and "'m"."""
    if "".join(fields[1] for _, fields in rows) != form:
        return [((start, start + len(form)), number, fields[9]) for number, fields in rows]
    words = []
    for number, fields in rows:
        words.append(((start, start + len(fields[1])), number, fields[9]))
        start += len(fields[1])
    return words


class _Reader:
    """Keeps what `# global.Entity` declares, for all sentences that follow."""

    def __init__(self, source: Source, tag_key: str | None, form: Form) -> None:
        self.source = source
        self.tag_key = tag_key
        self.form = form
        self.fields = GLOBAL_ENTITY.split("-")
        self.declared = False

    def document(self, block: Block) -> Document | None:
        comments: dict[str, str] = {}
        rows: list[tuple[int, list[str]]] = []
        for number, line in block:
            if line.startswith("#"):
                key, _, value = line[1:].partition("=")
                comments[key.strip()] = value.removeprefix(" ")
            else:
                fields = line.split("\t")
                if len(fields) != 10:
                    raise DataError(f"a column is missing: expected 10 between tabs, got {len(fields)}", line=number)
                rows.append((number, fields))
        if "global.Entity" in comments:
            self.fields = comments["global.Entity"].strip().split("-")
            self.declared = True
        return self._build(rows, comments) if rows else None

    def _build(self, rows: list[tuple[int, list[str]]], comments: dict[str, str]) -> Document:
        surfaces = list(_surfaces(rows))
        if not surfaces:
            raise DataError("expected at least one token")
        forms = [form for form, _, _ in surfaces]
        text, grid = join(forms, [*(space for _, space, _ in surfaces[:-1]), ""])
        given = comments.get("text", text)
        if given != text:
            found = locate(forms, given)
            if found is None:
                self.source.note(Problem("repaired", "'# text' differs from the tokens", line=rows[0][0]))
            else:
                text, grid = given, found
        placed = [_words(*surface, start) for surface, (start, _) in zip(surfaces, grid, strict=True)]
        annotations = Annotations(self.source, text)
        edges: set[int] = set()
        words = [word for words in placed for word in words]
        for fragments, label in self._mentions(words) if self.tag_key is None else self._tagged(words):
            annotations.add(fragments, label, line=rows[0][0])
            edges.update(edge for fragment in fragments for edge in fragment)
        tokens: list[list[int]] = []
        for token, words in zip(grid, placed, strict=True):  # a token is cut where an entity cuts it
            cut = not edges.isdisjoint(range(token[0] + 1, token[1]))
            tokens += [[start, end] for (start, end), _, _ in words] if cut else [token]
        return annotations.document(id=comments.get("sent_id", "").strip() or None, meta={"tokens": tokens})

    def _tagged(self, words: Sequence[Word]) -> Iterator[tuple[list[tuple[int, int]], str]]:
        """Yield the mentions that tags say."""
        tags = []
        for _, number, misc in words:
            found = [value for key, value in _misc("\t" * 9 + misc) if key == self.tag_key]
            try:
                tags.append(self.form.parse(found[0]) if found else OUTSIDE)
            except DataError as error:
                raise DataError(str(error.args[0]), line=number) from None
        for first, end, label in chunks_of(tags):
            yield [(words[first][0][0], words[end - 1][0][1])], label

    def _mentions(self, words: Iterable[Word]) -> Iterator[tuple[list[tuple[int, int]], str]]:
        """Yield fragments and label of each mention; parts of one with a gap together."""
        opened: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        parts: defaultdict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        for (start, end), number, misc in words:
            for name, label, is_open, is_closed in self._brackets(misc, number):
                if is_open:
                    opened[name].append((start, number, label))
                if is_closed:
                    if not opened[name]:
                        raise DataError(f"Entity {name!r} is closed and was never opened", line=number)
                    first, _, kept = opened[name].pop()
                    part = _PART.fullmatch(name)
                    if part is None:
                        yield [(first, end)], kept
                    else:
                        parts[part[1], part[3], kept].append((first, end))
        for name, left in opened.items():
            if left:
                raise DataError(f"Entity {name!r} is opened and never closed in its sentence", line=left[0][1])
        for (_, size, label), fragments in parts.items():
            for start in range(0, len(fragments), int(size)):
                yield fragments[start : start + int(size)], label

    def _brackets(self, misc: str, number: int) -> Iterator[tuple[str, str, bool, bool]]:
        for item in misc.split("|"):
            key, _, value = item.partition("=")
            if key != "Entity":
                continue
            position = 0
            for match in _BRACKET.finditer(value):
                if match.start() != position:
                    break
                position = match.end()
                if match["name"] is not None:
                    yield match["name"], "", False, True
                    continue
                written = match["fields"].split("-")
                if len(written) == 2 and written[1].isdecimal() and not written[0].isdecimal() and not self.declared:
                    yield match["fields"], written[0], True, match["closed"] is not None  # older GUM: (person-1)
                    continue
                fields = dict(zip(self.fields, written, strict=False))
                label = fields.get("etype", "")
                if not label:
                    raise DataError(f"expected {'-'.join(self.fields)}, got {match['fields']!r:.60}", line=number)
                yield fields[self.fields[0]], label, True, match["closed"] is not None
            if position != len(value):
                raise DataError(f"expected brackets such as (1-person or 1), got {value!r:.60}", line=number)
