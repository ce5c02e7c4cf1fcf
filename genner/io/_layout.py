"""Which column of a column file holds what: found on its first sentences, or given by the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from genner.exceptions import DataError
from genner.io._tagged import PLAIN, STANDARD, Form, form_of, is_tag
from genner.io.keys import TAG_NAMES
from genner.io.source import Block, Source
from genner.tags import OUTSIDE, Scheme, Tag, chunks_of, guess_scheme, invalid_tags, parse_tag

__all__ = ["DOCSTART", "SIGNS", "Columns", "Layout", "Rows", "tag_columns_of"]

DOCSTART = "-DOCSTART-"
SIGNS = (",", ";", "|")
"""What is between columns where no line has a space or a tab."""
CHUNKS = frozenset(
    ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "NX", "VX", "NC", "VC", "PC")
)
"""Labels of phrases, which CoNLL 2000 and 2003 (also the German part) have in a column of tags of its own."""
TOKEN_NAMES = frozenset(("token", "tokens", "word", "words", "form", "text", "wordform", "surface"))

Rows = list[tuple[int, list[str]]]


class Columns(NamedTuple):
    """What was found.

    Args:
        token: the column of the tokens.
        tags: the columns whose tags are read, outermost first.
        predicted: the column of predicted tags, where the file holds gold and predicted ones.
        note: what else the file might mean; empty where it leaves one reading.
    """

    token: int
    tags: list[int]
    predicted: int | None = None
    note: str = ""


class Layout:
    """How one file is laid out.

    Args:
        source: where errors and notes go.
        sample: the first sentences.
        separator: what is between columns; found when not given.
    """

    def __init__(self, source: Source, sample: Sequence[Block], separator: str | None) -> None:
        self.source = source
        rows = [line for block in sample for _, line in block if not line.startswith(DOCSTART)]
        lines = [row for row in rows if not row.startswith("#")] or [row for row in rows if is_tag(row.split()[-1])]
        tabbed = sum("\t" in line for line in lines)
        spaced = any(" " in line or "\t" in line for line in lines)
        sign = next((sign for sign in SIGNS if all(sign in line for line in lines)), ",")
        self.separator = separator or ("\t" if tabbed * 2 > len(lines) else " " if spaced or not lines else sign)
        self.width = 0
        split = [self.split(line) for line in lines]
        widths = Counter(map(len, split))
        self.width = widths.most_common(1)[0][0] if widths else 0
        while self.width > 1 and all(len(row) < self.width or not row[self.width - 1] for row in split):
            self.width -= 1  # a separator at the end of each line
        self.sample = sample
        self.header: list[str] = []
        self.token_column = 0
        self.tag_columns: list[int] = []
        self.predicted: int | None = None
        self.forms: list[Form] = []
        self.schemes: list[Scheme] = []

    def split(self, line: str) -> list[str]:
        """Return the fields of a line."""
        fields = line.split(self.separator)
        if self.separator == " ":
            fields = [field for field in fields if field]
        while self.width and len(fields) > self.width and not fields[-1].strip():
            fields.pop()
        return fields

    def place(
        self, token_column: int | None, tag_columns: Sequence[int] | None, header: bool | None, scheme: Scheme | None
    ) -> None:
        """Settle which fields are read, and in which form their tags are.

        Raises:
            DataError: when a column that is asked for is missing.
        """
        for name, column in [("token_column", token_column), *(("tag_column", one) for one in tag_columns or ())]:
            if column is not None and self.width and not -self.width <= column < self.width:
                shown = {"\t": "tabs", " ": "spaces"}.get(self.separator, repr(self.separator))
                message = f"{name} {column} is missing: the lines have {self.width} column(s) between {shown}"
                raise DataError(message, path=self.source.name)
        if self.width == 1:
            message = "the tag column is missing: the lines have one column; expected a token and its tag"
            raise DataError(message, path=self.source.name)
        width = self.width or 1
        blocks = [self._fields(block) for block in self.sample]
        rows = [row for block in blocks for row in block if len(row) >= self.width]
        wanted = None if tag_columns is None else [column % width for column in tag_columns]
        if header is not False and rows and self._is_header(rows, wanted, header):
            self.header, rows = rows[0], rows[1:]
            blocks = [block[1:] if block and block[0] is self.header else block for block in blocks]
        found = find_columns(blocks, width, self.header, spaced=self.separator == " ")
        self.predicted = found.predicted
        self.token_column = found.token if token_column is None else token_column % width
        self.tag_columns = found.tags if wanted is None else wanted
        if wanted is None and found.note:
            self.source.guessed(found.note)
        for column in self.tag_columns:
            form = form_of({row[column].strip() for row in rows}) or STANDARD
            self.forms.append(form)
            if form is not STANDARD:
                self.source.guessed(f"the tags in column {column} are read as {form.name}")
        self.schemes = [scheme or self._guess(index) for index in range(len(self.tag_columns))]

    def _fields(self, block: Block) -> list[list[str]]:
        split = [self.split(line) for _, line in block if not line.startswith(DOCSTART) and not _is_comment(line)]
        return [fields for fields in split if len(fields) >= min(2, self.width)]

    def _is_header(self, rows: list[list[str]], wanted: list[int] | None, header: bool | None) -> bool:
        """Tell whether the first row names the columns: it has no tag where all the others have one."""
        if header:
            return True
        fields = [_folded(field) for field in rows[0]]
        known = [field for field in fields if field in TOKEN_NAMES], [field for field in fields if field in TAG_NAMES]
        if len(rows) > 1 and all(known) and known[0] != known[1] and rows[0][-1] not in {row[-1] for row in rows[1:]}:
            return True
        columns = wanted or [
            column
            for column in range(self.width)
            if len(rows) > 1 and all(is_tag(row[column].strip()) for row in rows[1:])
        ]
        if not columns or len(rows) < 2:
            return False
        rest = {row[columns[0]].strip() for row in rows[1:]}
        form = form_of(rest)
        fields = [field.strip() for field in rows[0]]
        first = rows[0][columns[0]].strip()
        if form is None or form_of({first, *rest}, plain=False) is not None or not first:
            return False
        if _folded(fields[0]) in TOKEN_NAMES:
            return True
        named = any(_folded(field) in (*TOKEN_NAMES, *TAG_NAMES) for field in fields)
        return named and form is STANDARD and all(field and not is_tag(field) for field in fields)

    def rows(self, block: Block) -> tuple[Rows, dict[str, str]]:
        """Return the rows of tokens, and what the comments say: `id` and `text`."""
        rows: Rows = []
        comments: dict[str, str] = {}
        for number, line in block:
            fields = self.split(line)
            if line.startswith("#") and not self._is_row(fields):
                comments.update(_comment(line))
            elif not fields[0].startswith(DOCSTART) and fields != self.header:
                rows.append((number, fields))
        return rows, comments

    def _is_row(self, fields: list[str]) -> bool:
        if len(fields) < self.width:
            return False
        return all(
            is_tag(fields[column].strip()) or form is not STANDARD
            for column, form in zip(self.tag_columns, self.forms, strict=True)
        )

    def tags(self, rows: Rows, index: int) -> list[Tag]:
        """Return the tags of one of the tag columns."""
        column, form = self.tag_columns[index], self.forms[index]
        tags = []
        for number, fields in rows:
            if len(fields) < self.width:
                raise DataError(f"a column is missing: expected {self.width}, got {len(fields)}", line=number)
            if len(fields) > self.width:
                raise DataError(f"a column too many: expected {self.width}, got {len(fields)}", line=number)
            try:
                tags.append(form.parse(fields[column].strip()))
            except DataError as error:
                raise DataError(f"{error} in column {column}", line=number) from None
        return tags

    def several(self, rows: Rows) -> list[list[Tag]]:
        """Return tags label by label where one column holds several a token, as `B-ORG|B-LOC`; empty elsewhere."""
        if len(self.tag_columns) != 1 or self.forms[0] is not STANDARD:
            return []
        column = self.tag_columns[0]
        split = [fields[column].strip().split("|") if len(fields) == self.width else [] for _, fields in rows]
        if not any(len(parts) > 1 for parts in split) or not all(parts and all(map(is_tag, parts)) for parts in split):
            return []
        self.source.guessed("a field such as B-ORG|B-LOC is read as several tags of one token")
        parsed = [[parse_tag(part) for part in parts] for parts in split]
        labels = dict.fromkeys(label for tags in parsed for _, label in tags if label)
        return [[next((tag for tag in tags if tag[1] == label), OUTSIDE) for tags in parsed] for label in labels]

    def _guess(self, index: int) -> Scheme:
        """Return the scheme of a column, by the sentences at hand that can be read."""
        sequences = []
        for block in self.sample:
            try:
                sequences.append(self.tags(self.rows(block)[0], index))
            except DataError:  # reported when its turn comes
                continue
        return guess_scheme(sequences)

    def invalid(self, tags: Sequence[Tag], index: int) -> list[tuple[int, Tag, Tag]]:
        """Return position, tag and reading of each tag that its scheme has not there."""
        if self.forms[index] is not STANDARD and all(tag == OUTSIDE or tag[0] == "I" for tag in tags):
            return []
        return invalid_tags(tags, chunks_of(tags), self.schemes[index])


def _is_comment(line: str) -> bool:
    """Tell whether a line can only be a comment: `#` and a space, or a mark with a value behind it."""
    return line.startswith(("# ", "#\t")) and not is_tag(line.split()[-1])


def _comment(line: str) -> dict[str, str]:
    """Return what a comment says: `# id = 7`, `# sent_id = s1`, `# text = ...`, `# id 5239<TAB>domain=train`."""
    body = line[1:].strip()
    key, equals, value = body.partition("=")
    key = key.strip()
    if equals and key in ("id", "sent_id"):
        return {"id": value.strip()}
    if equals and key == "text":
        return {"text": value.removeprefix(" ")}
    words = body.split()
    return {"id": words[1]} if len(words) > 1 and words[0] == "id" and "=" not in words[1] else {}


def _folded(field: str) -> str:
    return "".join(filter(str.isalnum, field.casefold()))


def find_columns(blocks: Sequence[list[list[str]]], width: int, header: list[str], *, spaced: bool) -> Columns:
    """Return the columns of tokens and tags.

    Args:
        blocks: the rows of each sentence.
        width: how many columns there are.
        header: the names of the columns; empty where the file has none.
        spaced: whether spaces separate the columns, as the output of taggers has it.
    """
    rows = [row for block in blocks for row in block if len(row) >= width]
    tagged = tag_columns_of(rows, width)
    names = [_folded(field) for field in header]
    numbered = width > 2 and all(_counts(block) for block in blocks) and bool(rows)
    others = [column for column in range(width) if column not in tagged]
    words = [column for column in others if not _is_index([row[column] for row in rows])]
    usual = 1 if numbered else next(iter(words), 0)
    token = next((index for index, name in enumerate(names) if name in TOKEN_NAMES), usual)
    if token in tagged and others and all(is_tag(row[token].strip()) for row in rows):
        token = others[0]
    tagged = [column for column in tagged if column != token]
    named = [index for wanted in TAG_NAMES for index, name in enumerate(names) if name == wanted and index != token]
    if named and (named[0] in tagged or not tagged):
        rest = [column for column in tagged if column != named[0]]
        note = f"the tags are those of column {named[0]} ({header[named[0]]}); others may be in {rest}" if rest else ""
        return Columns(token, [named[0]], None, note)
    if not tagged:
        return Columns(token, [width - 1])
    if len(tagged) == 1:
        return Columns(token, tagged)
    if header:
        return Columns(token, tagged[:1], None, f"the tags are those of column {tagged[0]}; others are in {tagged[1:]}")
    shown = ", ".join(map(str, tagged))
    if len(tagged) == 2 and (agreement(rows, *tagged) > 0.3 or (spaced and not numbered)):
        gold, predicted = tagged
        note = f"columns {shown} are read as gold and predicted tags: tag_column={predicted} reads the predicted ones"
        return Columns(token, [gold], predicted, note)
    note = f"columns {shown} are read as layers of nested entities: tag_column={tagged[0]} reads the first alone"
    return Columns(token, tagged, None, note)


def tag_columns_of(rows: Sequence[list[str]], width: int) -> list[int]:
    """Return the columns that hold tags of entities: all fields are tags, or in the best column most are."""
    shares = {}
    for column in range(width):
        values = [row[column].strip() for row in rows]
        shares[column] = sum(map(is_tag, values)) / (len(values) or 1)
        labels = {value.partition("-")[2] for value in values if value != "O"}
        if labels and shares[column] == 1 and labels <= CHUNKS:
            shares[column] = 0.0
    full = [column for column, share in shares.items() if share == 1]
    if full and len(full) < width:
        filled = [column for column in full if any(row[column].strip() != "O" for row in rows)]
        return full if len(filled) != 1 or len(full) <= 2 else filled
    if len(full) == width:
        return full[1:]
    best = max(shares, key=lambda column: (shares[column], column), default=None)
    if best is not None and shares[best] > 0.5:
        return [best]
    return [column for column in range(width) if width > 1 and is_tagged([row[column].strip() for row in rows])][:1]


def is_tagged(fields: Sequence[str]) -> bool:
    """Tell whether fields are tags in a form that needs more evidence than `B-PER`: PER and O, or PER_B and a dash."""
    distinct, form = set(fields), form_of(set(fields))
    outside = sum(field in ("O", "o", "-", "_") for field in fields)
    few = len(distinct) * 2 <= len(fields) + 2 or form is not PLAIN
    return form is not None and form is not STANDARD and outside * 6 >= len(fields) and few


def _is_index(fields: Sequence[str]) -> bool:
    """Tell whether fields are numbers, or the name of a document again and again."""
    return all(map(str.isdecimal, fields)) or (len(fields) > 3 and len(set(fields)) == 1)


def _counts(block: Sequence[list[str]]) -> bool:
    """Tell whether the first field numbers the tokens of a sentence."""
    numbers = [row[0].rpartition("-")[2] if row[0][:1].isdecimal() else row[0] for row in block]
    if not all(number.isdecimal() for number in numbers):
        return False
    made = [int(number) for number in numbers]
    return all(after == before + 1 for before, after in pairwise(made))


def agreement(rows: Sequence[list[str]], one: int, other: int) -> float:
    """Return the share of tokens with a tag in either column that have the same in both."""
    either = [row for row in rows if not row[one].strip() == row[other].strip() == "O"]
    return sum(row[one].strip() == row[other].strip() for row in either) / (len(either) or 1)
