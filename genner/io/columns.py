"""Column files: a token a line with its tag, a blank line between sentences (CoNLL 2002, 2003 and kin).

The text is the tokens joined by one space; the token grid is kept in `meta["tokens"]`.  Tags of any
scheme are read by the rules of conlleval; a tag that is invalid in the file's scheme is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from genner.exceptions import DataError, EncodeError, WrongTypeError
from genner.io._reports import Problem
from genner.io._sink import Sink
from genner.io._source import Block, Source
from genner.io._tokens import cannot, grid_of, join, on_grid
from genner.tags import Scheme, Tag, chunks_of, get_scheme, guess_scheme, parse_tag, tags_of
from genner.types import Document, Entity

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".conll", ".conll03", ".iob", ".iob2", ".bio", ".iobes", ".bilou", ".tsv")
SAMPLE = 1000
"""How many sentences are looked at to tell separator, width and scheme."""

_DOCSTART = "-DOCSTART-"
_ID_COMMENTS = ("# id = ", "# sent_id = ")

Rows = list[tuple[int, list[str]]]


def sniff(name: str, head: str) -> bool:
    """Tell whether most lines that are not blank end in a tag."""
    lines = [line.split() for line in head.split("\n")[:200] if not line.isspace() and line]
    return sum(len(cells) > 1 and _is_tag(cells[-1]) for cells in lines) * 2 > len(lines) > 0


def read(
    source: Source,
    *,
    scheme: str | None = None,
    separator: str | None = None,
    token_column: int = 0,
    tag_column: int | Sequence[int] = -1,
) -> Iterator[Document]:
    """Yield one document a sentence.

    Args:
        scheme: what the tags follow, for the report of invalid ones; guessed when not given.
        separator: tab or space; guessed when not given.
        token_column: 0-based; negative counts from the last column.
        tag_column: the same; several columns hold nested entities, one layer each.
    """
    tag_columns = tuple(tag_column) if isinstance(tag_column, (list, tuple)) else (tag_column,)
    if not tag_columns or any(type(column) is not int for column in (token_column, *tag_columns)):
        raise WrongTypeError(f"columns: expected numbers, got {token_column!r} and {tag_column!r}")
    if separator is not None and not (isinstance(separator, str) and separator):
        raise WrongTypeError(f"separator: expected a tab, a space or another string, got {separator!r}")
    known = None if scheme is None else get_scheme(scheme)
    blocks = source.blocks()
    sample = list(islice(blocks, SAMPLE))
    layout = _Layout(source, [block for _, block in sample if isinstance(block, list)], separator)
    layout.place(token_column, tag_columns)
    layout.schemes = [known or layout.guess(column) for column in layout.tag_columns]
    return source.each(chain(sample, blocks), layout.document)


class _Layout:
    """How one file is laid out."""

    def __init__(self, source: Source, sample: list[Block], separator: str | None) -> None:
        self.source = source
        self.sample = sample
        rows = [line for block in sample for _, line in block if not line.startswith(_DOCSTART)]
        lines = [row for row in rows if not row.startswith("#")] or [row for row in rows if _is_tag(row.split()[-1])]
        tabbed = sum("\t" in line for line in lines)
        self.separator = separator or ("\t" if tabbed * 2 > len(lines) else " ")
        widths = Counter(len(self.split(line)) for line in lines)
        self.width = widths.most_common(1)[0][0] if widths else 0
        self.schemes: list[Scheme] = []

    def place(self, token_column: int, tag_columns: Sequence[int]) -> None:
        """Settle which cells are read."""
        width = self.width
        for name, column in [("token_column", token_column), *(("tag_column", column) for column in tag_columns)]:
            if width and not -width <= column < width:
                shown = {"\t": "tabs", " ": "spaces"}.get(self.separator, repr(self.separator))
                message = f"{name} {column} is missing: the lines have {width} column(s) between {shown}"
                raise DataError(message, path=self.source.name)
        self.token_column = token_column % (width or 1)
        self.tag_columns = [column % (width or 1) for column in tag_columns]
        if width == 1:
            message = "the tag column is missing: the lines have one column; expected a token and its tag"
            raise DataError(message, path=self.source.name)

    def split(self, line: str) -> list[str]:
        cells = line.split(self.separator)
        return [cell for cell in cells if cell] if self.separator == " " else cells

    def rows(self, block: Block) -> tuple[Rows, str | None]:
        """Return the rows of tokens, and the id a comment gives."""
        rows: Rows = []
        identity = None
        for number, line in block:
            cells = self.split(line)
            if not rows and line.startswith("#") and not self._is_row(cells):
                for prefix in _ID_COMMENTS:
                    identity = line[len(prefix) :].strip() if line.startswith(prefix) else identity
            elif not cells[0].startswith(_DOCSTART):
                rows.append((number, cells))
        return rows, identity

    def _is_row(self, cells: list[str]) -> bool:
        return len(cells) >= self.width and all(_is_tag(cells[column].strip()) for column in self.tag_columns)

    def tags(self, rows: Rows, column: int) -> list[Tag]:
        tags = []
        for number, cells in rows:
            if len(cells) < self.width:
                raise DataError(f"a column is missing: expected {self.width}, got {len(cells)}", line=number)
            try:
                tags.append(parse_tag(cells[column].strip()))
            except DataError as error:
                raise DataError(f"{error} in column {column}", line=number) from None
        return tags

    def guess(self, column: int) -> Scheme:
        """Return the scheme of a column, by the sentences at hand that can be read."""
        sequences = []
        for block in self.sample:
            try:
                sequences.append(self.tags(self.rows(block)[0], column))
            except DataError:  # reported when its turn comes
                continue
        return guess_scheme(sequences)

    def document(self, block: Block) -> Document | None:
        """Build the document of a sentence; None when it has no tokens."""
        rows, identity = self.rows(block)
        if not rows:
            return None
        layers = [self.tags(rows, column) for column in self.tag_columns]
        text, grid = join([cells[self.token_column] for _, cells in rows])
        found: dict[Entity, None] = {}
        for tags, scheme in zip(layers, self.schemes, strict=True):
            chunks = chunks_of(tags)
            self._report_invalid(rows, tags, tags_of(chunks, len(tags), scheme), scheme)
            for start, end, label in chunks:
                found[Entity(grid[start][0], grid[end - 1][1], label)] = None
        return Document(text, found, id=identity or None, meta={"tokens": grid})

    def _report_invalid(self, rows: Rows, tags: list[Tag], expected: list[Tag], scheme: Scheme) -> None:
        if tags == expected:
            return
        for (number, _), tag, valid in zip(rows, tags, expected, strict=True):
            if tag != valid:
                message = f"tag {_show(tag)} is read as {_show(valid)}, which {scheme.name} has here"
                self.source.note(Problem("repaired", message, line=number))


def _show(tag: Tag) -> str:
    return "-".join(part for part in tag if part)


def _is_tag(cell: str) -> bool:
    try:
        parse_tag(cell)
    except DataError:
        return False
    return True


def write(
    documents: Iterable[Document], sink: Sink, *, scheme: str = "IOB2", separator: str = "\t", ids: bool = False
) -> Iterator[Document]:
    """Write one sentence per document: its tokens (`meta["tokens"]`, else split at white space) and their tags.

    Args:
        scheme: how the tags are written.
        separator: tab or space.
        ids: write a comment line `# id = ...` before each sentence; not every tool reads comments.
    """
    known = get_scheme(scheme)
    if separator not in ("\t", " "):
        raise DataError(f"separator: expected a tab or a space, got {separator!r}")
    for document in documents:
        try:
            text = _sentence(document, known, separator, sink)
        except EncodeError as error:
            if sink.on_error == "raise":
                raise
            sink.note(Problem("skipped", str(error)))
            continue
        if ids and document.id is not None:
            sink.write(f"# id = {document.id}\n")
        sink.write(text)
        yield document


def _sentence(document: Document, scheme: Scheme, separator: str, sink: Sink) -> str:
    grid = grid_of(document)
    tokens = [document.text[start:end] for start, end in grid]
    _check_tokens(tokens, separator)
    chunks = _flat(document, grid, separator, sink)
    tags = tags_of(chunks, len(grid), scheme)
    return "".join(f"{token}{separator}{_show(tag)}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n"


def _check_tokens(tokens: Sequence[str], separator: str) -> None:
    if not tokens:
        raise EncodeError("a column file cannot hold a document without tokens")
    for token in tokens:
        if separator in token or "\n" in token:
            raise EncodeError(f"a column file cannot hold the token {token!r:.60}: it holds the separator or a newline")
        if token.startswith(_DOCSTART):
            raise EncodeError(f"a column file cannot hold the token {token!r:.60}: it marks a document")


def _flat(document: Document, grid: list[list[int]], separator: str, sink: Sink) -> list[tuple[int, int, str]]:
    """Return the entities as token ranges that do not overlap; the outermost win."""
    placed, lost = on_grid(document.entities, grid)
    reasons = [("its edges are no token edges", entity) for entity in lost]
    kept: list[tuple[int, int, str]] = []
    for first, end, label in placed:
        entity = Entity(grid[first][0], grid[end - 1][1], label)
        if label != label.strip() or separator in label or "\n" in label:
            reasons.append(("its label holds the separator or white space at an edge", entity))
        elif kept and first < kept[-1][1]:
            reasons.append(("it overlaps another entity", entity))
        else:
            kept.append((first, end, label))
    if reasons and sink.on_error == "raise":
        raise cannot(f"tags cannot say an entity where {reasons[0][0]}", [entity for _, entity in reasons])
    for reason, entity in reasons:
        sink.note(Problem("dropped", f"{entity!r}: {reason}", path=document.id))
    return kept
