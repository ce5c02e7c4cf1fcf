"""brat stand-off: a `.txt` file with the text and an `.ann` file beside it, one `T` line a mention.

`T1<TAB>DNA 10 14;20 25<TAB>surface`.  Only text-bound annotations (`T`) are read: attributes,
relations, events, normalisations and notes have no place in a `Document`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from genner.exceptions import DataError
from genner.io._annotations import Annotations, Unit
from genner.io._reports import Problem
from genner.io._sink import Sink
from genner.io._source import MissingFileError, Source, decode_file
from genner.io._tokens import cannot
from genner.types import Document, Entity

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".ann",)
DIRECTORY = True


def sniff(name: str, head: str) -> bool:
    """Tell whether this is a directory with `.ann` files, or one of a pair."""
    path = Path(name)
    if path.is_dir():
        return next(path.rglob("*.ann"), None) is not None
    return path.suffix == ".ann" or (path.suffix == ".txt" and path.with_suffix(".ann").is_file())


def read(source: Source, *, offsets: Unit = "characters") -> Iterator[Document]:
    """Yield one document a pair of files, in the order of their names; the name is the id.

    Args:
        offsets: what the offsets count.
    """
    if source.path is None:
        raise DataError("brat keeps text and annotations in two files: expected a path, got a stream", path=source.name)
    return source.each(_pairs(source, source.path), partial(_parse, source, offsets))


def _pairs(source: Source, path: Path) -> Iterator[tuple[None, tuple[str, Path]]]:
    if not path.is_dir():
        yield None, (path.stem, path.with_suffix(".ann"))
        return
    for annotated in sorted(path.rglob("*.ann")):
        yield None, (annotated.relative_to(path).with_suffix("").as_posix(), annotated)
    for text in sorted(path.rglob("*.txt")):
        if not text.with_suffix(".ann").exists():
            source.note(Problem("skipped", "no .ann file beside it", path=str(text)))


def _parse(source: Source, unit: Unit, pair: tuple[str, Path]) -> Document:
    identity, path = pair
    for needed in (path, path.with_suffix(".txt")):
        if not needed.is_file():
            raise MissingFileError("no such file; brat keeps text and annotations side by side", path=str(needed))
    annotations = Annotations(source, decode_file(path.with_suffix(".txt")), unit)
    try:
        for number, line in enumerate(decode_file(path).split("\n"), 1):
            if line.startswith("T"):
                _add(annotations, line.rstrip("\r"), number, str(path))
    except DataError as error:
        raise type(error)(str(error.args[0]), path=str(path), line=error.line) from None
    return annotations.document(id=identity)


def _add(annotations: Annotations, line: str, number: int, path: str) -> None:
    cells = line.split("\t", 2)
    try:
        label, offsets = cells[1].split(" ", 1)
        fragments = [[int(edge) for edge in fragment.split()] for fragment in offsets.split(";")]
        if {len(fragment) for fragment in fragments} != {2}:
            raise ValueError
    except (IndexError, ValueError):
        raise DataError(f"expected 'T1<TAB>LABEL START END<TAB>TEXT', got {line!r:.80}", line=number) from None
    annotations.add(fragments, label, mention=cells[2] if len(cells) > 2 else None, line=number, path=path)


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write a pair of files a document into a new directory, named by id, else by number.

    A mention with a line break inside is cut there, as brat does.
    """
    for number, document in enumerate(documents, 1):
        name = f"{number:06}" if document.id is None else document.id
        if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
            raise DataError(f"id: expected what can name a file, got {name!r}")
        bad = [entity for entity in document.entities if len(entity.label.split()) != 1 or ";" in entity.label]
        if bad and sink.on_error == "raise":
            raise cannot("brat cannot say a label with white space or a semicolon", bad)
        for entity in bad:
            sink.note(Problem("dropped", f"{entity!r}: its label holds white space or a semicolon", path=document.id))
        kept = [entity for entity in document.entities if entity not in bad]
        lines = [_line(document.text, entity, index) for index, entity in enumerate(kept, 1)]
        sink.file(f"{name}.txt", document.text)
        sink.file(f"{name}.ann", "".join(lines))
        yield document


def _line(text: str, entity: Entity, index: int) -> str:
    start, end, label = entity
    pieces, position = [], start
    for part in text[start:end].split("\n"):
        if part:
            pieces.append((position, position + len(part)))
        position += len(part) + 1
    if not pieces or pieces[0][0] != start or pieces[-1][1] != end:  # a line break at an edge: cutting would lose it
        pieces = [(start, end)]
    offsets = ";".join(f"{first} {last}" for first, last in pieces)
    surface = " ".join(" ".join(text[first:last].split("\n")) for first, last in pieces)
    return f"T{index}\t{label} {offsets}\t{surface}\n"
