"""brat stand-off: a `.txt` file with the text and an `.ann` file next to it, one `T` line a mention.

`T1<TAB>DNA 10 14;20 25<TAB>surface`.  Attributes (`A`), normalisations (`N`) and notes (`#`) of mentions are
kept in `meta["details"]`, relations and events as they are in `meta["brat"]`; all are written back.  The files
of the BioNLP shared tasks (`.a1`, `.a2`) are read too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from genner.exceptions import DataError, EncodeError
from genner.io._annotations import Annotations, Unit
from genner.io._writing import Details
from genner.io.reports import Problem
from genner.io.sink import Sink
from genner.io.source import MissingFileError, Source, decode_file
from genner.types import Document, Entity

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".ann", ".a1")
DIRECTORY = True
KEEPS = ("details", "discontinuous")


def sniff(name: str, head: str) -> bool:
    """Tell whether this is a directory with annotation files, or one of a pair."""
    path = Path(name)
    if path.is_dir():
        return any(next(path.rglob(f"*{suffix}"), None) is not None for suffix in SUFFIXES)
    return path.suffix in SUFFIXES or (path.suffix == ".txt" and _annotated(path) is not None)


def _annotated(text: Path) -> Path | None:
    """Return the annotation file of a text."""
    return next((text.with_suffix(suffix) for suffix in SUFFIXES if text.with_suffix(suffix).is_file()), None)


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
        yield None, (path.stem, path if path.suffix in SUFFIXES else _annotated(path) or path.with_suffix(".ann"))
        return
    for annotated in sorted(file for suffix in SUFFIXES for file in path.rglob(f"*{suffix}")):
        yield None, (annotated.relative_to(path).with_suffix("").as_posix(), annotated)
    for text in sorted(path.rglob("*.txt")):
        if _annotated(text) is None:
            source.note(Problem("skipped", "no .ann file with its annotations", path=str(text)))


def _parse(source: Source, unit: Unit, pair: tuple[str, Path]) -> Document:
    identity, path = pair
    for needed in (path, path.with_suffix(".txt")):
        if not needed.is_file():
            raise MissingFileError("no such file; brat keeps text and annotations side by side", path=str(needed))
        _check_inside(source.path, needed)
    text = decode_file(path.with_suffix(".txt"), source.encoding)
    lines = list(enumerate(decode_file(path, source.encoding).removeprefix("\ufeff").split("\n"), 1))
    more = path.with_suffix(".a2")
    if path.suffix == ".a1" and more.is_file():
        _check_inside(source.path, more)
        lines += enumerate(decode_file(more, source.encoding).removeprefix("\ufeff").split("\n"), 1)
    others = [(number, line.rstrip("\r")) for number, line in lines if line.strip() and not line.startswith("T")]
    mentions = [(number, line.rstrip("\r")) for number, line in lines if line.startswith("T")]
    try:
        known, rest = _others(others)
        try:
            annotations = _annotations(source, text, unit, mentions, path, known)
        except DataError:
            if not text.startswith("\ufeff"):
                raise  # a byte-order mark that an editor added after the offsets were counted
            annotations = _annotations(source, text[1:], unit, mentions, path, known)
    except DataError as error:
        raise type(error)(str(error.args[0]), path=str(path), line=error.line) from None
    return annotations.document(id=identity, meta={"brat": rest} if rest else None)


def _check_inside(folder: Path | None, file: Path) -> None:
    """Refuse a link that leads out of a folder: whoever made the corpus may not choose which files are read."""
    if folder is not None and folder.is_dir() and not file.resolve().is_relative_to(folder.resolve()):
        raise DataError("expected a file of this folder, got a link that leads out of it", path=str(file))


def _annotations(
    source: Source, text: str, unit: Unit, mentions: Iterable[tuple[int, str]], path: Path, known: Mapping[str, Any]
) -> Annotations:
    annotations = Annotations(source, text, unit)
    for number, line in mentions:
        _add(annotations, line, number, str(path), known)
    return annotations


def _others(lines: Iterable[tuple[int, str]]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return what `A`, `N` and `#` lines say of each mention, by its id, and all lines about several of them."""
    known: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    rest = []
    for number, line in lines:
        name, _, body = line.partition("\t")
        words = body.split()
        kind = name[:1]
        if kind not in "AMNER#*" or not words:
            raise DataError(f"expected a line of brat: T, A, M, N, R, E, # or *, got {line!r:.60}", line=number)
        target = words[1] if len(words) > 1 else ""
        if not target.startswith("T") or kind in "RE*":
            rest.append(line)
        elif kind in "AM":
            known[target].setdefault("attributes", {})[words[0]] = words[2] if len(words) > 2 else True
        elif kind == "N":
            name_at = body.split("\t")[1:]
            known[target].setdefault("normalizations", []).append([words[2] if len(words) > 2 else "", *name_at])
        else:
            known[target].setdefault("notes", []).append(body.partition("\t")[2])
    for line in rest:
        for word in line.replace(":", " ").split():
            if word.startswith("T") and word[1:].isdecimal():
                known[word]["id"] = word
    return known, rest


def _add(annotations: Annotations, line: str, number: int, path: str, known: Mapping[str, Any]) -> None:
    fields = line.split("\t", 2)
    try:
        label, offsets = fields[1].split(" ", 1)
        fragments = [[int(edge) for edge in fragment.split()] for fragment in offsets.split(";")]
        if {len(fragment) for fragment in fragments} != {2}:
            raise ValueError
    except (IndexError, ValueError):
        raise DataError(f"expected 'T1<TAB>LABEL START END<TAB>TEXT', got {line!r:.80}", line=number) from None
    mention = fields[2] if len(fields) > 2 else None
    annotations.add(fragments, label, mention=mention, line=number, path=path, details=known.get(fields[0]))


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write a pair of files a document into a new directory, named by id, else by number.

    A mention with a line break inside is cut there, as brat does.
    """
    numbers = count(1)

    def files(document: Document) -> tuple[str, str]:
        number = next(numbers)
        name = f"{number:06}" if document.id is None else document.id
        if not name or {".", ".."} & {*name.split("/")} or name.startswith("/") or "\\" in name or "\0" in name:
            raise EncodeError(f"id: expected what can name a file, got {name!r}")
        bad = [entity for entity in document.entities if len(entity.label.split()) != 1 or ";" in entity.label]
        sink.leave_out(document, [(one, "its label holds white space or a semicolon") for one in bad], "files of brat")
        return name, "".join(_lines(document, [entity for entity in document.entities if entity not in bad]))

    for document, (name, written) in sink.each(documents, files):
        sink.file(f"{name}.txt", document.text)
        sink.file(f"{name}.ann", written)
        yield document


def _lines(document: Document, entities: Iterable[Entity]) -> Iterator[str]:
    """Yield the lines of an annotation file: mentions, what is known of each, then the rest."""
    details = Details(document)
    mentions = [(_pieces(document.text, entity), entity.label, details.take(*entity)) for entity in entities]
    for one in document.meta.get("discontinuous") or ():
        more = {key: value for key, value in one.items() if key not in ("fragments", "label", "text")}
        mentions.append(([(start, end) for start, end in one["fragments"]], one["label"], more))
    taken = {more["id"] for _, _, more in mentions if "id" in more}
    free = (name for name in (f"T{number}" for number in range(1, 2 * len(mentions) + 2)) if name not in taken)
    counts: defaultdict[str, int] = defaultdict(int)
    for pieces, label, more in mentions:
        name = more["id"] if _is_name(more.get("id")) else next(free)
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        surface = " ".join(" ".join(document.text[start:end].split("\n")) for start, end in pieces)
        yield f"{name}\t{label} {offsets}\t{surface}\n"
        for line in _details(name, more):
            counts[line[0]] += 1
            yield f"{line[0]}{counts[line[0]]}{line[1:]}\n"
    for line in document.meta.get("brat") or ():
        yield f"{line}\n"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("T") and value[1:].isdecimal()


def _details(name: str, more: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about one mention, each without the number behind its first letter."""
    attributes = more.get("attributes")
    for key, value in attributes.items() if isinstance(attributes, Mapping) else ():
        yield f"A\t{key} {name}" + ("" if value is True else f" {value}")
    for reference in more.get("normalizations") or ():
        fields = reference if isinstance(reference, list) else [str(reference)]
        yield "\t".join((f"N\tReference {name} {fields[0]}", *fields[1:]))
    for note in more.get("notes") or ():
        yield f"#\tAnnotatorNotes {name}\t{note}"


def _pieces(text: str, entity: Entity) -> list[tuple[int, int]]:
    start, end, _ = entity
    pieces, position = [], start
    for part in text[start:end].split("\n"):
        if part:
            pieces.append((position, position + len(part)))
        position += len(part) + 1
    if not pieces or pieces[0][0] != start or pieces[-1][1] != end:  # a line break at an edge: cutting would lose it
        return [(start, end)]
    return pieces
