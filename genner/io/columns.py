"""Column files: a token a line with its tag, a blank line between sentences (CoNLL 2002, 2003 and kin).

The text is `# text` where the file has it, else the tokens joined by one space; the token grid is kept
in `meta["tokens"]`.  Tags of any scheme are read by the rules of conlleval; a tag that is invalid in the
file's scheme is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice

from genner.exceptions import DataError, EncodeError, WrongTypeError
from genner.io._brackets import as_tags, bracket_columns, rows_of
from genner.io._layout import DOCSTART, SIGNS, Layout, Rows, tag_columns_of
from genner.io._sentences import split_items
from genner.io._tokens import Grid, by_character, flat_chunks, join, locate, words
from genner.io.reports import Problem
from genner.io.sink import Sink
from genner.io.source import Block, Source
from genner.tags import Scheme, Tag, chunks_of, get_scheme, tags_of
from genner.types import Document, Entity

__all__ = ["predicted_column", "read", "sniff", "write"]

SUFFIXES = (".conll", ".conll03", ".iob", ".iob2", ".bio", ".iobes", ".bilou", ".bioes", ".bmes", ".tsv")
SAMPLE = 1000
"""How many sentences are looked at to tell separator, width, columns and scheme."""


def sniff(name: str, head: str) -> bool:
    """Tell whether the lines that are not blank have a column of tags."""
    lines = [line for line in head.split("\n")[:200] if line and not line.isspace()]
    if bracket_columns([line.split() for line in lines if not line.startswith("#")]) is not None:
        return True
    lines = [line for line in lines if not line.startswith(DOCSTART) and not (line[0] == "#" and "\t" not in line)]
    if split_items(lines[:-1] or lines) is not None:
        return True
    for separator in ("\t", None, *SIGNS):
        rows = [row for row in (line.rstrip("\r\t ").split(separator) for line in lines) if len(row) > 1]
        widths = [len(row) for row in rows]
        width = max(set(widths), key=widths.count, default=0)
        rows = [row for row in rows if len(row) == width]
        if len(rows) * 2 > len(lines) and (tag_columns_of(rows, width) or tag_columns_of(rows[1:], width)):
            return True
    return False


def read(
    source: Source,
    *,
    scheme: str | None = None,
    separator: str | None = None,
    token_column: int | None = None,
    tag_column: int | Sequence[int] | None = None,
    header: bool | None = None,
    joiner: str | None = None,
) -> Iterator[Document]:
    """Yield one document a sentence.

    Args:
        scheme: what the tags follow, for the report of invalid ones; guessed when not given.
        separator: tab or space; guessed when not given.
        token_column: 0-based; negative counts from the last column; found when not given.
        tag_column: the same; several columns hold nested entities, one layer each.
        header: whether the first line names the columns; found when not given.
        joiner: what is between tokens in the text; one space, but nothing between single Chinese characters.
    """
    listed = tag_column if isinstance(tag_column, (list, tuple)) else (tag_column,)
    tag_columns = None if tag_column is None else [*listed]
    if tag_columns == [] or any(type(column) is not int for column in (token_column or 0, *(tag_columns or ()))):
        raise WrongTypeError(f"columns: expected numbers, got {token_column!r} and {tag_column!r}")
    if separator is not None and not (isinstance(separator, str) and separator):
        raise WrongTypeError(f"separator: expected a tab, a space or another string, got {separator!r}")
    known = None if scheme is None else get_scheme(scheme)
    blocks = source.blocks()
    sample = list(islice(blocks, SAMPLE))
    split = split_items([line for _, block in sample for line in rows_of(block)])
    if split is not None:
        unfolded = partial(_unfolded, split)
        sample = [one for numbered in sample for one in unfolded(numbered)]
        blocks = (one for numbered in blocks for one in unfolded(numbered))
    if (separator, token_column, tag_column) == (None, None, None):
        brackets = bracket_columns([line.split() for _, block in sample for line in rows_of(block)])
        if brackets is not None:
            tagged = partial(as_tags, brackets)
            sample, blocks = [*map(tagged, sample)], map(tagged, blocks)
    layout = Layout(source, [block for _, block in sample if isinstance(block, list)], separator)
    layout.place(token_column, tag_columns, header, known)
    mend = _mended(layout)
    if mend is not None:
        source.guessed("a language before each token (en:Rome), or a number behind it, is left out")
    if joiner is None and _is_by_character(layout, mend):
        joiner = ""
        source.guessed("each line holds one character: the text is joined without spaces; joiner=' ' puts them in")
    return source.each(chain(sample, blocks), _Sentences(source, layout, joiner, mend).document)


def _unfolded(
    split: Callable[[str], list[str]], numbered: tuple[int, Block | DataError]
) -> Iterator[tuple[int, Block | DataError]]:
    """Yield a sentence of rows for each line that is a whole sentence."""
    _, block = numbered
    if isinstance(block, DataError):
        yield numbered
        return
    yield from ((at, [(at, row) for row in split(line)]) for at, line in block)


def predicted_column(source: Source) -> int | None:
    """Return the column of predicted tags of a file that holds gold and predicted ones; None of any other."""
    sample = [block for _, block in islice(source.blocks(), SAMPLE) if isinstance(block, list)]
    layout = Layout(source, sample, None)
    layout.place(None, None, None, None)
    return layout.predicted


def _tokens(layout: Layout) -> list[str]:
    """Return the tokens of the sample."""
    rows = [fields for block in layout.sample for _, fields in layout.rows(block)[0]]
    return [fields[layout.token_column] for fields in rows if len(fields) > layout.token_column]


def _mended(layout: Layout) -> re.Pattern[str] | None:
    """Return what is no part of the tokens: the language in WikiANN (`en:Rome`), a number in Weibo (`京1`)."""
    tokens = _tokens(layout)
    language = re.match(r"[a-z]{2,3}(?:-[a-z]+)*:(?=.)", tokens[0] if tokens else "")
    if language is not None and len(tokens) > 1 and all(token.startswith(language[0]) for token in tokens):
        return re.compile(rf"^{language[0]}(?=.)")
    numbered = [token for token in tokens if len(token) == 2 and token[1].isdecimal()]
    if len(numbered) * 10 > len(tokens) * 9 and by_character([token[0] for token in numbered]):
        return re.compile(r"(?<=^.)\d$")
    return None


def _is_by_character(layout: Layout, mend: re.Pattern[str] | None) -> bool:
    """Tell whether the tokens of the sample are single characters; see `by_character`."""
    return by_character([token if mend is None else mend.sub("", token) for token in _tokens(layout)])


class _Sentences:
    """Builds the document of each sentence."""

    def __init__(self, source: Source, layout: Layout, joiner: str | None, mend: re.Pattern[str] | None) -> None:
        self.mend = mend
        self.source = source
        self.layout = layout
        self.joiner = joiner

    def document(self, block: Block) -> Document | None:
        """Build the document of a sentence; None when it has no tokens."""
        rows, comments = self.layout.rows(block)
        if not rows:
            return None
        several = self.layout.several(rows)
        layers = [] if several else [self.layout.tags(rows, index) for index in range(len(self.layout.tag_columns))]
        text, grid = self._text(rows, comments.get("text"))
        found: dict[Entity, None] = {}
        for index, tags in enumerate(layers):
            for position, tag, valid in self.layout.invalid(tags, index):
                scheme = self.layout.schemes[index].name
                message = f"tag {_show(tag)} is read as {_show(valid)}, which {scheme} has here"
                self.source.note(Problem("repaired", message, line=rows[position][0]))
            for start, end, label in chunks_of(tags):
                found[Entity(grid[start][0], grid[end - 1][1], label)] = None
        for tags in several:
            found |= {Entity(grid[start][0], grid[end - 1][1], label): None for start, end, label in chunks_of(tags)}
        return Document(text, found, id=comments.get("id") or None, meta={"tokens": grid})

    def _text(self, rows: Rows, given: str | None) -> tuple[str, Grid]:
        tokens = [fields[self.layout.token_column] for _, fields in rows]
        if self.mend is not None:
            tokens = [self.mend.sub("", token) for token in tokens]
        if "" in tokens:
            index = tokens.index("")
            message = f"token {index + 1}: expected at least one character, got an empty field"
            raise DataError(message, line=rows[index][0])
        placed = None if given is None else locate(tokens, given)
        if given is not None and placed is not None:
            return given, placed
        if given is not None:
            self.source.note(Problem("repaired", "'# text' differs from the tokens", line=rows[0][0]))
        space = " " if self.joiner is None else self.joiner
        spaces = ["" if _no_space(fields) else space for _, fields in rows]
        return join(tokens, [*spaces[:-1], ""])


def _no_space(fields: list[str]) -> bool:
    """Tell whether a row says that no space follows its token."""
    marks = fields[-1].split("|") if len(fields) > 2 else ()
    return "NoSpaceAfter" in marks or "SpaceAfter=No" in marks


def _show(tag: Tag) -> str:
    return "-".join(part for part in tag if part)


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
    for document, text in sink.each(documents, lambda document: _sentence(document, known, separator, sink)):
        if ids and document.id is not None:
            sink.write(f"# id = {document.id}\n")
        sink.write(text)
        yield document


def _sentence(document: Document, scheme: Scheme, separator: str, sink: Sink) -> str:
    tokens, grid = words(document, sink)
    _check_tokens(tokens, separator)
    chunks = flat_chunks(document, grid, sink, partial(_refusal, separator))
    tags = tags_of(chunks, len(grid), scheme)
    return "".join(f"{token}{separator}{_show(tag)}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n"


def _check_tokens(tokens: Sequence[str], separator: str) -> None:
    if not tokens:
        raise EncodeError("a column file cannot hold a document without tokens")
    for token in tokens:
        if separator in token or "\n" in token:
            raise EncodeError(f"a column file cannot hold the token {token!r:.60}: it holds the separator or a newline")
        if token.startswith(DOCSTART):
            raise EncodeError(f"a column file cannot hold the token {token!r:.60}: it marks a document")


def _refusal(separator: str, label: str) -> str:
    bad = label != label.strip() or separator in label or "\n" in label
    return "its label holds the separator or white space at an edge" if bad else ""
