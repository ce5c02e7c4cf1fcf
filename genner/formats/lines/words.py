"""What a field of a line is: a label of the set, a string of the text, numbers, or a word for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise, zip_longest
from typing import Literal, NamedTuple

from genner.formats.answer import Answer
from genner.formats.keys import Role, is_nothing, role_of
from genner.formats.lines.fields import OPENING, Field, fields_of, joined
from genner.formats.naming import MAX_CHARS, known, looks_like_label, spellings

__all__ = ["SHORTENED", "Numbers", "Words", "is_false", "is_true", "is_verdict", "numbers_of", "says_none"]

_CAPTION = frozenset(
    """the der die das list of all named entity entities mention mentions mentioned names found identified extracted
    present in text sentence passage are is include""".split()  # noqa: SIM905
)
"""What is written next to a label in the heading of a list: `List of PER entities`."""

_IN_NO_LABEL = frozenset(("the", "mention", "mentions", "entity", "entities"))

_FALSE = frozenset(["false", "no", "not_an_entity", "✗", "❌", "✘"])
_TRUE = frozenset(["true", "yes", "✓", "✔", "✅"])
_SAYS_NONE = re.compile(
    r"(?:\W*(?:sorry|answer|output|entities|result)\W+)?"
    r"(?:(?:there|i|we|the|this|it|sentence|text|given|input|passage)\b[\w' ]{0,60}?\b)?"
    r"(?:no|not|none|n't|nothing|without|any)\b[\w,' -]{0,80}?"
    r"\b(?:entit(?:y|ies)|mention(?:s|ed)?|found|present|identified|labels?|in th(?:e|is) (?:text|sentence|passage))\b"
    r"[\w,' ()-]{0,80}",
    re.I,
)
_COPULA = re.compile(r"(?<=[^\x00-\x7f])\s?(?:です|である|입니다|이다)\Z")
"""What ends a sentence that states a label in Japanese or Korean."""

_LONGEST_DENIAL = 60
_DENIED = re.compile(r"entit|entidad|entità|сущност|实体|實體|エンティティ|固有表現|개체|كيان", re.I)
_DENIES = re.compile(
    r"\b(?:keine?|aucune?|ningun[ao]|ningún|nessuna?|nenhuma?|geen|inga?|ingen|нет|не|brak|žádn\w+|no hay)\b"
    r"|没有|沒有|[无無](?=\s?(?:命名|相关|任何)?(?:实体|實體|エンティティ|固有表現)|\W*\Z)|なし|ない|ません|없|\bلا\b",
    re.I,
)
"""No entities, in other languages than English."""

_NEGATION = re.compile(r"\b(?:no|not|none|nothing|without)\b|n['’]t\b", re.I)
_BOTH = re.compile(
    r"([A-Za-z_ ]{0,24}?)\s*[#=:]?\s*(\d{1,9})\s*(?:-|–|:|,|\.{2,3}|to|\s)\s*(\d{1,9})\s*([A-Za-z_]{0,16})"
)
_ONE = re.compile(r"([A-Za-z_ ]{0,24}?)\s*[#=:x×]?\s*(\d{1,9})(?:st|nd|rd|th)?\s*([A-Za-z_]{0,16})")
_LONGEST_QUESTION = 200
_MOST_JOINED = 8
"""Fields of one mention; it seldom holds more delimiters."""

_MOST_PLACES = 8
"""Places of a string whose surroundings are looked at."""

_WORDS_OF_ITEM = 4
"""Words of a member of a list that the text has as well; a longer one is a clause."""

_COMMAS = (",", "、", "，", "،", "and", ", and", "&", "und", "et", "y")
_GOES_ON = re.compile(r"\s?(?:[,、，،;&]|(?:and|or|und|et|y)\b)")
_ENDS_LIST = re.compile(r"\s?(?:[及和与與と]|(?:and|or|und|oder|et|ou|y|e|o|&)\s)")
_NUMBERED = re.compile(r"\d+(?:[A-Za-z]?\s|\Z)")
_SEMICOLONS = (";", "；")
_BRACKET = re.compile(r"[:=>|;\[{\])}]")
_IN_BRACKETS = re.compile(r"\([^()\n]{0,60}\)")
_AROUND_COMMA = " \t\"'`*_"
_NO_SPACE = re.compile(r"\S+")
_WORD = re.compile(r"\w+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # also next to letters of scripts without spaces
_TOTAL = re.compile(
    r"(?:appears|occurs|mentioned|found|repeated)?\s?"
    r"(?:[x×]\s?(\d{1,4})|(\d{1,4})\s?(?:[x×]|times|occurrences?|mentions?|instances?)|(twice))",
    re.I,
)
_PLACED = re.compile(r"\d{1,9}\s?[-–:,\s]\s?\d{1,9}\s+(\S+)\s")
"""Offsets before a label and its mention: `0-3 person Jon`."""

_COUNTED = re.compile(r"\b(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|several)\Z", re.I)

_TAIL = re.compile(r"(?:Inc|Ltd|LLC|L\.?P|Corp|Co|PLC|GmbH|AG|SA|S\.A|Jr|Sr|M\.?D|Ph\.?D|Esq|D\.C|I{2,3})\.?", re.I)
"""What belongs to the name before it, behind a comma."""

SHORTENED = re.compile(r"(?:\b(?:Inc|Corp|Ltd|Co|Jr|Sr|Bros|Dr|St|Ph\.D|al|[^\W\d_]))\.\Z", re.I)
"""A word that ends with a full stop of its own."""

_FRACTION = re.compile(r"[-+]?(?:\d*\.|[01]?,)\d+|\d{0,3}(?:[.,]\d+)?\s*%")  # `8,11` are two numbers


class Numbers(NamedTuple):
    """Numbers in a field, and what they are where the field names it; a total counts the places of a mention."""

    values: tuple[int, ...]
    role: Role | Literal["total"] | None


class Words:
    """Answers what the strings of one answer are; each distinct string is looked up once."""

    def __init__(self, answer: Answer) -> None:
        self.labels = answer.labels
        self.source = answer.source
        self._labels: dict[str, str | None] = {}
        self._has: dict[str, bool] = {}
        self._words: frozenset[str] | None = None
        self._names: frozenset[str] | None = None
        self._body = answer.body
        self._commas: bool | None = None

    def label(self, text: str) -> str | None:
        """Return `text` as a label, without decoration, when it names one of the set."""
        if self.labels is None or len(text) > MAX_CHARS:
            return None
        if text not in self._labels:
            self._labels[text] = self._label(text)
        return self._labels[text]

    def _label(self, text: str) -> str | None:
        name = _COPULA.sub("", text.strip(" .,;:!?*_#\"'`。"))
        for form in dict.fromkeys((text, name)):
            if known(form, self.labels) or (form[1:2] in ("-", "_") and known(form[2:], self.labels)):
                return form
        words = [word for word in name.split() if word.casefold() not in _CAPTION]
        while words and words[-1].isdigit():
            words.pop()
        plain = " ".join(words)
        if plain != name and known(plain, self.labels):
            return plain
        parts = [part.strip() for part in re.split(r"[/,&+|]", name)]
        return name if len(parts) > 1 and all(part and known(part, self.labels) for part in parts) else None

    def are_same(self, first: str, second: str) -> bool:
        """Tell whether two names mean one label."""
        return self.labels is not None and self.labels.fold(first) == self.labels.fold(second) is not None

    def fields(self, content: str) -> list[Field]:
        """Split the content of a line into its fields: a string of the text is one, whatever delimiters it holds."""
        whole_fields = fields_of(content, self.source.text)
        fields = [
            piece
            for field, after in zip_longest(whole_fields, whole_fields[1:])
            for piece in self._cut_at_labels(content, field, "" if after is None else after.before)
        ]
        found: list[Field] = []
        at = listed = 0
        while at < len(fields):
            one, size = fields[at], 1
            if not at and one.before in tuple(OPENING) and self.has_exactly(content[: one.end + 1]):
                one = Field(0, one.end + 1, content[: one.end + 1], "")  # brackets of the text
            for count in range(min(_MOST_JOINED, len(fields) - at), 1, -1) if one.text and at >= listed else ():
                whole = joined(content, fields[at : at + count])
                if self.labels is not None and whole.text in self.labels:
                    one, size = whole, count
                    break
                if self.source.given and self.has(whole.text):
                    if self._is_list(content, fields, at, at + count):
                        listed = at + count
                    else:
                        one, size = whole, count
                    break
            if at < listed and self._is_name(content, fields[at : at + 3]):
                one, size = joined(content, fields[at : at + 2]), 2
            found.append(self._extended(content, one))
            at += size
        if found and self._ends_sentence(found[-1].text):
            found[-1] = found[-1]._replace(text=found[-1].text[:-1])
        return found

    def _extended(self, content: str, field: Field) -> Field:
        """Return a field with the sign before it, or the brackets behind it, that the text has too: `#NLP`, `f()`."""
        start, end = field.start, field.end
        if field.before[-1:] in ("#", "@") and self.has_exactly(content[start - 1 : end]):
            return Field(start - 1, end, content[start - 1 : end], field.before[:-1])
        if content[end : end + 2] == "()" and self.has_exactly(content[start : end + 2]):
            return Field(start, end + 2, content[start : end + 2], field.before)
        return field

    def _ends_sentence(self, text: str) -> bool:
        """Tell whether the full stop behind a mention ends the line, or the text, and is no part of a name."""
        if text[-1:] not in (".", "。") or not self.has(text[:-1]):
            return False
        source = self.source.text
        is_last = source.rstrip().endswith(text) and source.count(text) == 1
        return not self.has(text) or (is_last and not SHORTENED.search(text))

    def _is_name(self, content: str, fields: list[Field]) -> bool:
        """Tell whether the first two of three members of a list are one name: `Procter and Gamble, Apple`."""
        signs = [_sign(content, *pair) for pair in pairwise(fields)]
        is_joined = len(signs) == 2 and signs[0] in ("and", "&", "und", "et", "y") and signs[1] in _COMMAS[:4]
        return is_joined and self.has(joined(content, fields[:2]).text)

    def _is_list(self, content: str, fields: list[Field], low: int, high: int) -> bool:
        """Tell whether fields are a list that the text has too: `Ann, Bob, Carl`, or `Ann, Bob` of a longer one."""
        parts = fields[low:high]
        signs = [_sign(content, *pair) for pair in pairwise(parts)]
        around = [one for one in fields[max(low - 1, 0) : low] + fields[high : high + 1] if not self.label(one.text)]
        outer = [
            _sign(content, *sorted((one, parts[0] if one.start < parts[0].start else parts[-1]))) for one in around
        ]
        are_names = all(len(one.text.split()) <= _WORDS_OF_ITEM and self.has(one.text) for one in parts)
        if not (are_names and all(sign in _COMMAS or sign in _SEMICOLONS for sign in signs)):
            return False
        if any(_TAIL.fullmatch(one.text) for one in parts) or any(
            content[one.end : two.start] == "," for one, two in pairwise(parts)
        ):
            return False  # `Acme Holdings, Inc.`, `N,N-dimethylformamide`
        numbered = [_NUMBERED.match(one.text) is not None for one in parts]
        if signs[0] in (*_SEMICOLONS, "、"):
            return True
        if any(numbered) and not all(numbered):
            return False  # `14, rue Royale, 75008 Paris`, `Monday, June 5, 2023`
        if len(parts) > 2:
            return True
        if signs[0].isalpha() or signs[0] == "&":
            return False
        pair = content[parts[0].start : parts[-1].end]
        if any(sign in _COMMAS for sign in outer):
            return self._enumerates(pair, _GOES_ON)
        is_line = any(self.label(one.text) for one in fields[high : high + 1])  # `Kim, Lee (PER)`: one mention a line
        return self._splits_at_commas() or (not is_line and self._enumerates(pair, _ENDS_LIST))

    def _enumerates(self, pair: str, behind: re.Pattern[str]) -> bool:
        """Tell whether the text has two names between commas as parts of a longer list.

        Args:
            behind: what the text has behind them, where it is such a list.
        """
        text, places = self.source.text, self.source.exact(pair).whole
        if not places:
            return True
        start, end = places[0]
        return text[max(start - 2, 0) : start].strip() in _COMMAS or behind.match(text, end) is not None

    def _splits_at_commas(self) -> bool:
        """Tell whether a comma parts two mentions of the answer that the text does not have so.

        One that the text lacks inside of a mention, or has another sign for, is a slip: `AT&,T`, `A,&T`.
        """
        if self._commas is None:
            pairs = (
                (_BRACKET.split(one)[-1].strip(_AROUND_COMMA), _BRACKET.split(other)[0].strip(_AROUND_COMMA))
                for line in _IN_BRACKETS.sub(self._without_remark, self._body).split("\n")
                for one, other in pairwise(line.split(","))
            )
            self._commas = any(
                self.has(one)
                and self.has(other)
                and not self.has(f"{one}, {other}")
                and not self._is_joined(one, other)
                for one, other in pairs
                if not one.isdigit()
            )
        return self._commas

    def _is_joined(self, one: str, other: str) -> bool:
        """Tell whether the text has one string right behind another, or with one sign between them."""
        text, ends = self.source.text, [end for _, end in self.source.exact(one).spans[:_MOST_PLACES]]
        return any(
            text.startswith(other, end) or (text.startswith(other, end + 1) and not text[end].isspace()) for end in ends
        )

    def _without_remark(self, brackets: re.Match[str]) -> str:
        return brackets[0] if self.label(brackets[0][1:-1]) else ""

    def _cut_at_labels(self, content: str, field: Field, after: str) -> Iterable[Field]:
        """Cut a field at the names of labels that are written in it without a delimiter: `Ann Reed PER`."""
        if field.end - field.start != len(field.text) or not re.search(r".[\s/]", field.text):
            return (field,)
        if self._names is None:
            names = self.labels.known if self.labels is not None else frozenset[str]()
            self._names = frozenset(
                name for name in names if (name != name.lower() or name == name.upper()) and " " not in name
            )
        cuts: list[tuple[int, int]] = []
        placed = _PLACED.match(field.text)
        if placed is not None and self.label(placed[1]):
            cuts = [(field.start + placed.start(1), field.start + placed.end(1))]
        for match in () if cuts else _NO_SPACE.finditer(content, field.start, field.end):
            word = match[0].rstrip(".,")
            name = word.rpartition("/")[2]
            if name in self._names:
                end = match.start() + len(word)
                cuts.append((end - len(name), end))
        head, _, last = field.text.rpartition(" ")
        if not cuts and after[:1] == "(" and _COUNTED.search(head) and self.label(last):
            cuts = [(field.end - len(last), field.end)]  # `two genes (TP53 and BRCA1)`
        if not cuts or self.label(field.text) or self.has_exactly(field.text):
            return (field,)
        return self._pieces(content, field, cuts)

    def _pieces(self, content: str, field: Field, cuts: list[tuple[int, int]]) -> Iterator[Field]:
        """Yield the parts of a field before, between and behind the names of labels."""
        before, low = field.before, field.start
        for start, end in [*cuts, (field.end, field.end)]:
            text = content[low:start].strip(" /.,")
            if text:
                first = content.index(text, low, start)
                if self.has_exactly(f"{text}.") and SHORTENED.search(f"{text}."):
                    text += content[first + len(text) : start][:1]
                yield Field(first, first + len(text), text, before)
                before = "/" if content[first + len(text) : start].strip() == "/" else ""
            if end > start:
                yield Field(start, end, content[start:end], before)
                before = ""
            low = end

    def asked(self, content: str) -> str | None:
        """Return the only label that a question names: `Which persons are mentioned?`."""
        if self.labels is None or not content.endswith("?") or len(content) > _LONGEST_QUESTION:
            return None
        words = _WORD.findall(content.replace("_", " ").casefold())
        forms = [f" {' '.join(words)} ", f" {' '.join(word.removesuffix('s') for word in words)} "]
        named = {
            label
            for spelling, label in spellings(self.labels)
            if any(f" {' '.join(_WORD.findall(spelling.replace('_', ' ').casefold()))} " in form for form in forms)
        }
        return named.pop() if len(named) == 1 else None

    def is_no_place(self, number: str, mention: str) -> bool:
        """Tell whether a number next to a mention is one itself: the text has it, and not the mention so often."""
        numbers = numbers_of(number)
        if numbers is None or numbers.role not in (None, "remark", "total"):
            return numbers is None
        text = self.source.text
        is_count = len(numbers.values) == 1 and 0 < numbers.values[0] <= text.count(mention)
        is_range = len(numbers.values) == 2 and text[slice(*numbers.values)] == mention
        return not (is_count or is_range)

    def is_range(self, start: int, end: int) -> bool:
        """Tell whether two numbers can be offsets of a mention."""
        return start < end <= len(self.source.text)

    def may_be_label(self, text: str) -> bool:
        """Tell whether `text` may be a label that nobody asked for."""
        word = text[:1].isalpha() and looks_like_label(text, None) and role_of(text) is None
        word = word and _IN_NO_LABEL.isdisjoint(text.casefold().split())
        return word and not is_verdict(text)

    def has(self, text: str) -> bool:
        """Tell whether the text has `text`, not only within a word."""
        if not text or not self.source.given:
            return bool(text)
        if text not in self._has:
            is_there = self._has_words_of(text) and self.source.has(text)
            self._has[text] = is_there and bool(self.source.exact(text).whole or not self.source.exact(text))
        return self._has[text]

    def has_exactly(self, text: str) -> bool:
        """Tell whether there is a text, and it has `text` to the letter."""
        return self.source.given and text in self.source.text

    def _has_words_of(self, text: str) -> bool:
        """Tell whether the first and the last word of `text` are words of the text.

        A search of the whole text for each string of the answer would take quadratic time.
        """
        if not text.isascii():
            return True
        if self._words is None:
            self._words = frozenset(_ASCII_WORD.findall(self.source.text.casefold()))
        words = _ASCII_WORD.findall(text.casefold())
        return not words or (words[0] in self._words and words[-1] in self._words)


def _sign(content: str, one: Field, other: Field) -> str:
    """Return what is between two fields, without quotes and emphasis; a space before a semicolon is part of it."""
    between = content[one.end : other.start]
    return between if between.strip() == ";" and between[0] == " " else between.strip(_AROUND_COMMA)


def is_false(text: str) -> bool:
    return "_".join(text.casefold().strip(" .").split()) in _FALSE


def is_true(text: str) -> bool:
    return text.casefold().strip(" .") in _TRUE


def is_verdict(text: str) -> bool:
    """Tell whether a string says that something is true or false, or that there is nothing."""
    return is_nothing(text) or is_true(text) or is_false(text)


def says_none(line: str) -> bool:
    """Tell whether a line says that there are no entities at all."""
    if len(line) > 250:
        return False
    plain = line.strip(" .!*_`\"'()")
    if is_nothing(plain):
        return True
    if len(plain) < _LONGEST_DENIAL and _DENIED.search(plain) and _DENIES.search(plain):
        return True
    return _SAYS_NONE.fullmatch(plain) is not None and _NEGATION.search(plain) is not None


def numbers_of(text: str) -> Numbers | None:
    """Read a field of numbers: `0:8`, `chars 0-8`, `occurrence 2`, `2nd`; None when it is anything else."""
    total = _TOTAL.fullmatch(text)
    if total is not None:
        return Numbers((2 if total[3] else int(total[1] or total[2]),), "total")
    if len(text) > 60 or not any(char.isdigit() for char in text):
        return None
    if _FRACTION.fullmatch(text):
        return Numbers((), "remark")
    both = _BOTH.fullmatch(text)
    if both:
        name = both[1].strip()
        if not name or role_of(name) or name.casefold() in ("chars", "characters", "at", "between"):
            return Numbers((int(both[2]), int(both[3])), "offsets")
        return None
    one = _ONE.fullmatch(text)
    if one is None:
        return None
    name = " ".join(part for part in (one[1].strip(), one[3].strip()) if part)
    role = role_of(name) if name else None
    return Numbers((int(one[2]),), role) if role or not name else None
