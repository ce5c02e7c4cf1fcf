"""Tags of tokens in any of the forms that files write: `B-PER`, `PER-B`, `B_PER`, `PER`, class numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from genner.exceptions import DataError
from genner.io._tokens import Grid
from genner.io.json_text import in_string
from genner.io.keys import TAG_KEYS, fold
from genner.io.reports import Problem
from genner.io.source import Source
from genner.tags import OUTSIDE, Scheme, Tag, chunks_of, guess_scheme, invalid_tags, parse_tag

__all__ = [
    "OUTSIDE_TAGS",
    "PLAIN",
    "STANDARD",
    "Form",
    "TagReader",
    "form_of",
    "is_tag",
    "plain_tag",
    "tag_list",
    "tags_of_tokens",
    "tags_words",
]

NOT_NER = ("pos", "chunk", "lemma", "dep", "xpos", "upos", "phrase", "srl", "head")

OUTSIDE_TAGS = frozenset(("O", "_", "-", "o", ""))
_SUFFIXED = re.compile(r"(.+)[-_]([BIELSUM])")
_UNDERSCORED = re.compile(r"([BIELSUM])[_:.](.+)")
_LOWER = re.compile(r"([bielsum])-(.+)")
_ONLY_LETTERS = re.compile(r"[OBIESLUMW\-]*")


class Form(NamedTuple):
    """How tags are written.

    Args:
        name: in words.
        parse: turns one tag into letter and label; raises `DataError`.
    """

    name: str
    parse: Callable[[str], Tag]


def _matched(pattern: re.Pattern[str], letter: int, label: int) -> Callable[[str], Tag]:
    def parse(tag: str) -> Tag:
        if tag in OUTSIDE_TAGS:
            return OUTSIDE
        match = pattern.fullmatch(tag)
        if match is None:
            raise DataError(f"expected a tag such as O or B-PER, got {tag!r:.60}")
        return match[letter].upper(), match[label]

    return parse


def plain_tag(tag: str) -> Tag:
    """Read a tag that is the label alone: tokens of one label next to each other are one entity."""
    return OUTSIDE if tag in OUTSIDE_TAGS else ("I", tag)


def _outside_too(tag: str) -> Tag:
    return OUTSIDE if tag in ("_", "-", "o") else parse_tag(tag)


STANDARD = Form("a letter, a hyphen and a label", parse_tag)
PLAIN = Form("labels without letters", plain_tag)
FORMS = (
    STANDARD,
    Form("tags with another sign for outside", _outside_too),
    Form("a label, a hyphen and a letter", _matched(_SUFFIXED, 2, 1)),
    Form("a letter, an underscore and a label", _matched(_UNDERSCORED, 1, 2)),
    Form("a small letter, a hyphen and a label", _matched(_LOWER, 1, 2)),
)


def is_tag(tag: str) -> bool:
    """Tell whether this is O, or a known letter, a hyphen and a label."""
    try:
        parse_tag(tag)
    except DataError:
        return False
    return True


def form_of(tags: Iterable[str], *, plain: bool = True) -> Form | None:
    """Return the form in which all of these tags can be read; None where there is none.

    Args:
        tags: the distinct tags of a file.
        plain: whether labels without letters will do; they need an O among them.
    """
    distinct = set(tags)
    for form in FORMS:
        try:
            parsed = [form.parse(tag) for tag in distinct]
        except DataError:
            continue
        if form is STANDARD or any(tag != OUTSIDE for tag in parsed):
            return form
    outside = distinct & {"O", "_", "o"}
    rest = distinct - OUTSIDE_TAGS
    if plain and outside and rest and not any(_ONLY_LETTERS.fullmatch(tag) or is_tag(tag) for tag in rest):
        return PLAIN
    return None


def tag_list(value: Any, length: int) -> list[Any] | None:
    """Return a list of tags as long as the tokens are: strings, or numbers of classes; None for anything else."""
    if isinstance(value, str):
        spaced = length > 1 and value.count(" ") == length - 1 and not value.startswith("[")
        value = value.split(" ") if spaced else in_string(value)
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, list) for item in value):
        value = [inner for item in value for inner in item]
    if len(value) != length:
        return None
    return value if all(type(tag) is str for tag in value) or all(type(tag) is int for tag in value) else None


def tags_words(text: str, value: Any) -> bool:
    """Tell whether a value has a tag for each word of a text that has no list of tokens."""
    if not isinstance(value, (str, list)):
        return False
    tags = tag_list(value, len(text.split()))
    return tags is not None and type(tags[0]) is str and form_of(tags) is not None


class TagReader:
    """Finds tags of tokens in records.

    Args:
        source: where notes go.
        names: names of the classes, in order or by number.
    """

    def __init__(self, source: Source, names: Sequence[str] | Mapping[Any, str] | None) -> None:
        self.source = source
        self.form: dict[str, Form] = {}
        self.scheme: Scheme | None = None
        if isinstance(names, str):
            names = [name.strip() for name in names.split(",")]
        pairs = names.items() if isinstance(names, Mapping) else enumerate(names or ())
        self.names = {str(number): str(name) for number, name in pairs}

    def name(self, number: int) -> str | None:
        """Return the name of a class."""
        return self.names.get(str(number))

    def layers(
        self,
        record: Mapping[str, Any],
        folded: Mapping[str, str],
        used: set[str],
        text: str,
        grid: Grid,
        wanted: str | None,
    ) -> list[tuple[int, int, str]] | None:
        """Return the entities that the tags of a record say; None where it has no tags.

        Args:
            folded: the keys of the record by their folded form.
            used: keys that were read; those of the tags are added.
            wanted: the key that the user names.
        """
        found = [(key, tags) for key in folded for tags in [tag_list(record[folded[key]], len(grid))] if tags]
        if wanted is not None:
            named = [(key, tags) for key, tags in found if key == wanted]
        else:
            order = {key: index for index, key in enumerate(TAG_KEYS)}
            named = [(key, tags) for key, tags in found if key in order and self._reads(key, tags)]
            named.sort(key=lambda pair: order[pair[0]])
            named = named or [
                (key, tags)
                for key, tags in found
                if folded[key] not in used
                and type(tags[0]) is str
                and not any(word in key for word in NOT_NER)
                and form_of(map(str, tags), plain=False)
                and any(tag != "O" for tag in tags)
            ]
        inside = [key for key in ("tokens", "words", "sentences") if key in folded and wanted is None and not named]
        for key in inside:
            tags = tags_of_tokens(record[folded[key]])
            if tags:
                named = [(key, tags)]
        if not named:
            return None
        chosen = [named[0]]
        chosen += [pair for pair in named[1:] + found if "nested" in pair[0] and pair[0] != named[0][0]][:3]
        entities: dict[tuple[int, int, str], None] = {}
        for key, tags in chosen:
            used.add(folded[key])
            for start, end, label in chunks_of(self._parsed(key, folded[key], tags)):
                entities[(grid[start][0], grid[end - 1][1], label)] = None
        return list(entities)

    def _reads(self, key: str, tags: list[Any]) -> bool:
        if type(tags[0]) is int:
            return True
        return key in self.form or form_of(tags) is not None or any(is_tag(tag) and tag != "O" for tag in tags)

    def _parsed(self, key: str, shown: str, tags: list[Any]) -> list[Tag]:
        if type(tags[0]) is int:
            missing = next((tag for tag in tags if str(tag) not in self.names and tag != -100), None)
            if missing is not None:
                detail = f"no name for {missing}" if self.names else f"such as {missing}"
                raise DataError(
                    f"{shown!r} holds class numbers, {detail}: names=['O', 'B-PER', ...] gives their names in order"
                )
            tags = [self.names.get(str(tag), "O") for tag in tags]
        form = self.form.get(key)
        try:
            parsed = [(form or STANDARD).parse(tag) for tag in tags]
        except DataError:
            form = form_of(tags)
            if form is None:
                raise
            self.form[key] = form
            self.source.guessed(f"the tags of {shown!r} are read as {form.name}")
            parsed = [form.parse(tag) for tag in tags]
        self._report(parsed)
        return parsed

    def _report(self, tags: list[Tag]) -> None:
        """Note a tag that no scheme has where it is."""
        if tags and not any(tag in (OUTSIDE, ("I", tag[1])) for tag in tags):
            return
        scheme = guess_scheme([tags])
        wrong = len(invalid_tags(tags, chunks_of(tags), scheme))
        if wrong:
            self.source.note(Problem("repaired", f"{wrong} tags are invalid in {scheme.name}"))


def tags_of_tokens(value: Any) -> list[str] | None:
    """Return the tags that tokens carry themselves: `[{"text": "Ann", "ner": "B-PER"}]`."""
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, list) for item in value):
        value = [inner for item in value for inner in item]
    if not all(isinstance(item, Mapping) for item in value):
        return None
    for key in TAG_KEYS:
        tags = [next((inner for name, inner in item.items() if fold(str(name)) == key), None) for item in value]
        if all(isinstance(tag, str) for tag in tags) and form_of(map(str, tags)) is not None:
            return [str(tag) for tag in tags]
    return None
