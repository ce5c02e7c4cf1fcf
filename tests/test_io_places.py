"""Where corpora come from: packed files, other encodings, folders, patterns, rows in memory, readers of one's own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genner import io
from genner.exceptions import DataError, UnknownNameError
from genner.types import Document

LINES = "Zoë\tB-PER\nleft\tO\n"


def surfaces(documents: Iterator[Document]) -> list[str]:
    return [document.surface(entity) for document in documents for entity in document.entities]


def test_gzip(tmp_path: Path) -> None:
    """A packed file is read as if it were not, by its first bytes; a broken one is one clear error."""
    path = tmp_path / "x.conll.gz"
    path.write_bytes(gzip.compress(LINES.encode()))

    assert surfaces(io.read(path)) == ["Zoë"]
    path.write_bytes(gzip.compress(LINES.encode() * 1000)[:40])
    with pytest.raises(DataError, match=r"x\.conll\.gz: expected a whole gzip file"):
        list(io.read(path))


@pytest.mark.extra
def test_zstandard(tmp_path: Path) -> None:
    """The same for zstandard, which needs its extra."""
    import zstandard

    path = tmp_path / "x.conll.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(LINES.encode()))

    assert surfaces(io.read(path)) == ["Zoë"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """An encoding that is named is read, also where characters have two bytes."""
    path = tmp_path / "x.conll"
    path.write_bytes(LINES.encode(encoding))

    assert surfaces(io.read(path, encoding=encoding)) == ["Zoë"]


def test_a_wrong_encoding_names_the_option(tmp_path: Path) -> None:
    """Latin-1 bytes are an error with their line, which says how to read them."""
    path = tmp_path / "x.conll"
    path.write_bytes(LINES.encode("latin-1"))

    with pytest.raises(DataError, match=r"x\.conll:1: expected UTF-8, got byte 0xeb .*encoding='latin-1'"):
        list(io.read(path))
    with pytest.raises(UnknownNameError, match="unknown encoding 'latin-11'"):
        io.read(path, encoding="latin-11")


def test_patterns_and_folders(tmp_path: Path) -> None:
    """Files come in the order of their names, each in its own format; a README is no corpus."""
    (tmp_path / "b.jsonl").write_text('{"text": "Bob", "label": [[0, 3, "PER"]]}\n')
    (tmp_path / "a.conll").write_text("Ann B-PER\n")
    (tmp_path / "README.md").write_text("read me")

    assert surfaces(io.read(tmp_path)) == ["Ann", "Bob"]
    assert surfaces(io.read(str(tmp_path / "*.conll"))) == ["Ann"]
    with pytest.raises(FileNotFoundError, match="no file matches this pattern"):
        io.read(str(tmp_path / "*.txt"))


class Feature:
    """What `datasets` keeps of a column of classes."""

    def __init__(self, names: list[str]) -> None:
        self.feature = type("ClassLabel", (), {"names": names})()


class Rows(list[Any]):
    """Rows with features, as a `datasets.Dataset` has them."""

    features = {"pos_tags": Feature(["X", "Y"]), "ner_tags": Feature(["O", "B-PER"])}  # noqa: RUF012


def test_rows_in_memory() -> None:
    """Rows are read as they are; the names of classes are those of their features, or are given."""
    rows = [{"tokens": ["Ann", "left"], "pos_tags": [1, 1], "ner_tags": [1, 0]}]

    assert surfaces(io.read(Rows(rows))) == ["Ann"]
    assert surfaces(io.read(rows, names=["O", "B-LOC"])) == ["Ann"]
    with pytest.raises(DataError, match="class numbers"):
        list(io.read(rows))


@pytest.mark.extra
def test_a_dataset_of_the_library_that_made_them_known() -> None:
    """`datasets.Dataset` objects bring their own names of classes."""
    import datasets

    features = datasets.Features(
        {
            "tokens": datasets.Sequence(datasets.Value("string")),
            "ner_tags": datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"])),
        }
    )
    made = datasets.Dataset.from_dict({"tokens": [["Ann", "left"]], "ner_tags": [[1, 0]]}, features=features)

    (document,) = io.read(made)

    assert document.entities == ((0, 3, "PER"),)


class Slashes:
    """A reader of one's own: a mention and its label a line."""

    SUFFIXES = (".slashes",)

    def sniff(self, name: str, head: str) -> bool:
        return head.startswith("%slashes")

    def read(self, source: io.Source, *, mark: str = "/") -> Iterator[Document]:
        return source.each(source.lines(), lambda line: self._document(line, mark))

    def _document(self, line: str, mark: str) -> Document | None:
        mention, found, label = line.partition(mark)
        return Document(mention, [(0, len(mention), label)]) if found else None


def test_a_reader_as_a_value(tmp_path: Path) -> None:
    """A reader itself is taken wherever a name is, with its own options; a value without `read` is an error."""
    path = tmp_path / "x"
    path.write_text("%slashes\nRome/LOC\n")

    assert surfaces(io.read(path, Slashes())) == ["Rome"]
    with pytest.raises(UnknownNameError, match="did you mean 'mark'"):
        io.read(path, Slashes(), marks="|")
    with pytest.raises(DataError, match="it needs a `read`"):
        io.read(path, object())


def test_readers_of_other_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group `genner.readers` is found by name and by guess, before those here."""
    entry = type("Entry", (), {"name": "slashes", "load": staticmethod(Slashes)})()
    monkeypatch.setattr("genner.io.registry.points", {"genner.readers": {"slashes": entry}}.__getitem__)
    path = tmp_path / "x"
    path.write_text("%slashes\nRome/LOC\n")

    assert io.guess_format(path) == "slashes"
    assert surfaces(io.read(path)) == surfaces(io.read(path, "slashes")) == ["Rome"]
