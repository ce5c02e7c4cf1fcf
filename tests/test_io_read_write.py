"""What every format shares: where records come from and go, and what happens to bad ones."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner import io
from genner.exceptions import DataError, EncodeError, GennerError, UnknownNameError, WrongTypeError
from genner.types import Document, Entity

GOOD = '{"id": "a", "text": "PU.1 binds", "entities": [{"start": 0, "end": 4, "label": "PROTEIN"}]}\n'
HOSTILE = st.text(
    st.sampled_from('\x0c\x0b\x1c\x85\u2028\u2029\x00\ufeff\u200b\xad\xa0\r\n\t"\\[]|<>&{}😀e\u0301') | st.characters(),
    max_size=20,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(HOSTILE)
    edges = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(edges, edges, HOSTILE.filter(bool)), max_size=4))
    keys = st.sampled_from(["id", "text", "entities", "meta", "tokens"]) | HOSTILE
    return Document(
        text,
        [Entity(min(a, b), max(a, b), label) for a, b, label in spans if a != b],
        id=draw(st.none() | HOSTILE),
        meta=draw(st.dictionaries(keys, JSON, max_size=3)),
    )


@given(st.lists(documents(), max_size=4))
@settings(deadline=None)
def test_jsonl_round_trip(tmp_path_factory: pytest.TempPathFactory, written: list[Document]) -> None:
    """Whatever the texts, labels, ids and meta hold, they come back."""
    path = tmp_path_factory.mktemp("jsonl") / "x.jsonl"

    assert io.write(written, path, "jsonl") == len(written)
    assert list(io.read(path, "jsonl")) == written


@given(st.lists(documents(), max_size=3))
@settings(max_examples=40, deadline=None)
def test_brat_round_trip(tmp_path_factory: pytest.TempPathFactory, written: list[Document]) -> None:
    """Texts and places come back exactly; labels are ones brat can say."""
    path = tmp_path_factory.mktemp("brat") / "corpus"
    plain = [
        Document(_encodable(d.text), [(s, e, "X") for s, e, _ in d.entities], id=str(number))
        for number, d in enumerate(written)
    ]

    assert io.write(plain, path, "brat") == len(plain)
    assert list(io.read(path, "brat")) == plain


def _encodable(text: str) -> str:
    return "".join("?" if "\ud800" <= character <= "\udfff" else character for character in text)


@given(st.lists(documents(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_nested_json_round_trip(written: list[Document]) -> None:
    """Text and nested entities come back from triples."""
    plain = [Document(d.text, d.entities, id=d.id) for d in written]
    stream = StringIO(newline="\n")

    io.write(plain, stream, "nested-json")
    stream.seek(0)

    assert list(io.read(stream, "nested-json")) == plain


class TestBadRecords:
    def corpus(self, tmp_path: Path) -> Path:
        path = tmp_path / "x.jsonl"
        path.write_bytes(
            (GOOD * 2).encode() + b'{"text": "a", "entities": [{"start": 0}]}\n' + b"\xff\n\n" + GOOD.encode()
        )
        return path

    def test_raise_names_file_and_line(self, tmp_path: Path) -> None:
        """The first bad record stops the reading, and says where and what."""
        path = self.corpus(tmp_path)

        with pytest.raises(DataError) as caught:
            list(io.read(path))

        assert (caught.value.path, caught.value.line) == (str(path), 3)
        assert str(caught.value).startswith(f"{path}:3: expected [start, end, label] or an object with start")
        assert "\n" not in str(caught.value)

    def test_skip_counts_them(self, tmp_path: Path) -> None:
        """On request bad records are left out, each counted with its line; the good ones all come."""
        report = io.ReadReport()

        found = list(io.read(self.corpus(tmp_path), on_error="skip", report=report))

        assert len(found) == 3
        assert (report.read, report.skipped) == (3, 2)
        assert [problem.line for problem in report.problems] == [3, 4]
        assert "byte 0xff" in report.problems[1].message
        assert str(report).startswith("3 read, 2 skipped; first: ")

    def test_the_list_is_capped_and_the_count_exact(self) -> None:
        """A report of a million problems holds the first hundred of them."""
        report = io.ReadReport()

        assert list(io.read(StringIO("{}\n" * 1000), "jsonl", on_error="skip", report=report)) == []
        assert report.skipped == 1000
        assert len(report.problems) == 100

    def test_skipping_without_a_report_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        """Nothing is lost silently: without a report the count goes to the log."""
        with caplog.at_level(logging.WARNING, "genner.io"):
            list(io.read(StringIO(GOOD + "{}\n"), "jsonl", on_error="skip"))

        assert [record.getMessage() for record in caplog.records] == [
            "<stream>: 1 read, 1 skipped; first: <stream>:2: skipped: "
            "expected 'text' (a string) or 'tokens' (a list of strings); the keys are none"
        ]

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("3", "expected an object, got int"),
            ('{"text": 3}', "text: expected a string, got int 3"),
            ('{"text": "a", "entities": [{"start": 0, "end": 2, "label": "X"}]}', "expected 0 <= start < end <= 1"),
            ('{"text": "a", "entities": [{"start": 1, "end": 1, "label": "X"}]}', "start < end"),
            (
                '{"text": "ab", "entities": [{"start": 0, "end": 1, "label": "X", "text": "b"}]}',
                "is 'a', the annotation says 'b'",
            ),
            ('{"text": "a"', "column 13"),
            ("[" * 100_000, "recursion"),
            ('{"text": "a", "n": ' + "1" * 5000 + "}", "digits"),
        ],
    )
    def test_one_clear_line(self, line: str, message: str) -> None:
        """Whatever is wrong with a record, the error is one of ours and one line long."""
        with pytest.raises(DataError) as caught:
            list(io.read(StringIO(line), "jsonl"))

        assert message in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
        assert caught.value.line == 1

    def test_on_error_is_checked(self) -> None:
        """A misspelt policy is no policy."""
        with pytest.raises(UnknownNameError, match="did you mean 'skip'"):
            io.read(StringIO(""), "jsonl", on_error="skp")


class TestPlaces:
    @pytest.mark.parametrize("path", ["", " ", "a\0b"])
    def test_no_name(self, path: str) -> None:
        """An empty path is not the current directory."""
        with pytest.raises(DataError, match="expected the name of a file"):
            io.read(path)
        with pytest.raises(DataError, match="expected the name of a file"):
            io.write([], path, "jsonl")

    def test_missing_file(self, tmp_path: Path) -> None:
        """It is told at the call, and is the error open() would raise as well."""
        with pytest.raises(FileNotFoundError) as caught:
            io.read(tmp_path / "none.jsonl")

        assert isinstance(caught.value, GennerError)
        assert str(caught.value) == f"{tmp_path / 'none.jsonl'}: no such file"

    def test_directory(self, tmp_path: Path) -> None:
        """Only brat reads directories."""
        with pytest.raises(DataError, match="cannot tell the data format"):
            io.read(tmp_path)
        with pytest.raises(DataError, match="expected a file, got a directory"):
            list(io.read(tmp_path, "jsonl"))
        with pytest.raises(DataError, match="expected a file, got a directory"):
            io.write([], tmp_path, "jsonl")

    def test_binary_file(self, tmp_path: Path) -> None:
        """A binary file is named as such, with or without a format."""
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe" * 9)

        with pytest.raises(DataError, match="expected a text file, got a binary one"):
            io.read(path)
        with pytest.raises(DataError, match="expected a text file, got a binary one"):
            list(io.read(path, "jsonl"))

    def test_utf16_file(self, tmp_path: Path) -> None:
        """A file that begins with the mark of UTF-16 is read as that."""
        path = tmp_path / "x.jsonl"
        path.write_text(GOOD, "utf-16")

        assert [document.id for document in io.read(path)] == ["a"]

    def test_unknown_format(self) -> None:
        """The closest known name is offered, at the call."""
        with pytest.raises(UnknownNameError, match="did you mean 'columns'"):
            io.read("x", "colums")
        with pytest.raises(UnknownNameError, match="unknown option of columns read 'schem'; did you mean 'scheme'"):
            io.read("x", "columns", schem="IOB1")

    @pytest.mark.parametrize("path", [3, None, b"x.jsonl"])
    def test_what_is_no_path(self, path) -> None:
        """Other types say which type was expected."""
        with pytest.raises(WrongTypeError, match="path: expected"):
            io.read(path, "jsonl")

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dash is standard input, guessed from its beginning like any file."""
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(GOOD.encode()), "ascii"))

        (document,) = io.read("-")

        assert document.entities == ((0, 4, "PROTEIN"),)

    @pytest.mark.parametrize("open_stream", [StringIO, lambda text: BytesIO(text.encode())], ids=["text", "bytes"])
    def test_open_stream(self, open_stream) -> None:
        """An open stream is read as it is, and guessed without going back."""
        assert [document.id for document in io.read(open_stream(GOOD * 3))] == ["a"] * 3

    @pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs /dev/fd")
    def test_pipe(self) -> None:
        """What can be read once only is read once."""
        ends = os.pipe()
        with os.fdopen(ends[1], "w") as file:
            file.write(GOOD * 2)

        found = list(io.read(f"/dev/fd/{ends[0]}"))

        os.close(ends[0])
        assert len(found) == 2

    def test_nothing_is_open_before_the_first_document(self, tmp_path: Path) -> None:
        """An iterator that is never used leaves no file open (warnings are errors here)."""
        path = tmp_path / "x.jsonl"
        path.write_text(GOOD)

        assert io.read(path) is not None


class TestWriting:
    def test_nothing_half_written(self, tmp_path: Path) -> None:
        """When something goes wrong the old file is still there, whole, and nothing else."""
        path = tmp_path / "x.jsonl"
        path.write_text("old")

        with pytest.raises(DataError, match=r"document 2: meta: expected what JSON can hold"):
            io.write([Document("a"), Document("b", meta={"x": object()})], path, "jsonl")

        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_an_error_of_the_source_is_not_the_writers(self, tmp_path: Path) -> None:
        """Converting a bad file names the line that was read, not the document to be written."""
        bad = tmp_path / "bad.jsonl"
        bad.write_text(GOOD + "{\n")

        with pytest.raises(DataError) as caught:
            io.write(io.read(bad), tmp_path / "out.conll", "columns")

        assert str(caught.value).startswith(f"{bad}:2: expected JSON")
        assert list(tmp_path.iterdir()) == [bad]

    def test_in_place(self, tmp_path: Path) -> None:
        """A file may be written while it is read: it is replaced at the end."""
        path = tmp_path / "x.jsonl"
        path.write_text(GOOD * 5)

        assert io.write(io.read(path), path, "jsonl") == 5
        assert len(list(io.read(path))) == 5

    def test_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A dash is standard output."""
        assert io.write([Document("é", [(0, 1, "X")], id="1")], "-", "jsonl") == 1
        assert (
            capsys.readouterr().out == '{"id": "1", "text": "é", "entities": [{"start": 0, "end": 1, "label": "X"}]}\n'
        )

    def test_format_by_suffix(self, tmp_path: Path) -> None:
        """The suffix tells the format; where it does not, the known names are listed."""
        io.write([Document("a")], tmp_path / "x.conll")

        assert (tmp_path / "x.conll").read_text() == "a\tO\n\n"
        with pytest.raises(DataError, match="name it: `genner formats` lists all"):
            io.write([Document("a")], tmp_path / "x.unknown")

    def test_permissions_are_those_of_any_new_file(self, tmp_path: Path) -> None:
        """A temporary file's private mode does not stay."""
        other = tmp_path / "other"
        other.write_text("")
        io.write([], tmp_path / "x.jsonl")

        assert stat.S_IMODE((tmp_path / "x.jsonl").stat().st_mode) == stat.S_IMODE(other.stat().st_mode)

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        """What a link points at is replaced, not the link."""
        (tmp_path / "real.jsonl").write_text("")
        (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")

        io.write([Document("a")], tmp_path / "link.jsonl")

        assert (tmp_path / "link.jsonl").is_symlink()
        assert (tmp_path / "real.jsonl").read_text() == '{"text": "a", "entities": []}\n'

    def test_missing_folder(self, tmp_path: Path) -> None:
        """The folder is named."""
        with pytest.raises(FileNotFoundError, match="no such directory"):
            io.write([], tmp_path / "no" / "x.jsonl")

    @pytest.mark.parametrize("format", ["conllu", "webanno"])
    def test_read_only_formats(self, format: str) -> None:
        """A format without a writer lists those that have one."""
        with pytest.raises(DataError, match="can be read only: `genner formats` shows which can be written"):
            io.write([], StringIO(), format)

    def test_what_is_no_document(self) -> None:
        """Each wrong thing is named with its place."""
        with pytest.raises(WrongTypeError, match="document 2: expected a Document, got str 'b'"):
            io.write([Document("a"), "b"], StringIO(), "jsonl")
        with pytest.raises(WrongTypeError, match="put it in a list"):
            io.write(Document("a"), StringIO(), "jsonl")

    def test_brat_needs_a_new_directory(self, tmp_path: Path) -> None:
        """Corpora are not mixed; an empty directory will do."""
        path = tmp_path / "corpus"
        path.mkdir()
        io.write([Document("a b", [(0, 3, "X")])], path, "brat")

        assert sorted(file.name for file in path.iterdir()) == ["000001.ann", "000001.txt"]
        with pytest.raises(DataError, match="expected a new or empty directory"):
            io.write([], path, "brat")

    def test_brat_ids_name_files(self, tmp_path: Path) -> None:
        """An id that would leave the directory, or come twice, is refused; no file is left behind."""
        for ids, message in ((["../x"], "what can name a file"), (["x", "x"], "twice")):
            with pytest.raises((DataError, EncodeError), match=message):
                io.write([Document("a", id=name) for name in ids], tmp_path / "corpus", "brat")
        assert list(tmp_path.iterdir()) == []

    def test_pubtator(self) -> None:
        """One title line and a line for each mention, nested ones too."""
        stream = StringIO(newline="\n")
        document = Document("IL-2 gene", [(0, 9, "DNA"), (0, 4, "protein")], id="7")

        io.write([document], stream, "pubtator")

        assert stream.getvalue() == "7|t|IL-2 gene\n7\t0\t9\tIL-2 gene\tDNA\n7\t0\t4\tIL-2\tprotein\n\n"
        assert list(io.read(StringIO(stream.getvalue()))) == [document]

    def test_token_offsets(self) -> None:
        """Nested entities over tokens; one that cuts a token is refused."""
        stream = StringIO()
        io.write([Document("IL-2 gene", [(0, 9, "DNA"), (0, 4, "protein")])], stream, "nested-json", shape="tokens")

        assert json.loads(stream.getvalue()) == {
            "tokens": ["IL-2", "gene"],
            "entity_mentions": [
                {"start": 0, "end": 2, "type": "DNA", "text": "IL-2 gene"},
                {"start": 0, "end": 1, "type": "protein", "text": "IL-2"},
            ],
        }
        with pytest.raises(EncodeError, match="edges are no token edges"):
            io.write([Document("IL-2 gene", [(0, 2, "X")])], StringIO(), "nested-json", shape="tokens")


def test_a_lone_surrogate_is_written_and_read_again(tmp_path: Path) -> None:
    """UTF-8 cannot hold one, so the line that does is written in ASCII, and the others stay readable."""
    documents = [Document("a \ud800", [(2, 3, "A")]), Document("é")]
    io.write(documents, tmp_path / "some.jsonl")

    assert list(io.read(tmp_path / "some.jsonl")) == documents
    assert (tmp_path / "some.jsonl").read_text(encoding="utf-8").split("\n")[1].count("é") == 1


def test_rows_of_a_table_keep_the_id_of_their_document(tmp_path: Path) -> None:
    """A row for each entity, under a column that names the document, is one document of that id."""
    rows = "doc_id,text,start,end,label\nd1,Ann left Rome,0,3,PER\nd1,Ann left Rome,9,13,LOC\nd2,Bob left,0,3,PER\n"
    (tmp_path / "x.csv").write_text(rows, encoding="utf-8")

    read = list(io.read(tmp_path / "x.csv"))
    assert [(document.id, len(document.entities)) for document in read] == [("d1", 2), ("d2", 1)]
    assert "details" not in read[0].meta


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,Ann left Rome,0,3,PER\n1,Ann left Rome,9,13,LOC\n2,Bob left,0,3,PER\n", [("1", 2), ("2", 1)]),
        ("1,Ann left,0,3,PER\n2,Bob left,0,3,PER\n", [("1", 1), ("2", 1)]),
        ("1,Ann and Bob,0,3,PER\n1,Ann and Bob,8,11,PER\n2,Ann and Bob,0,3,PER\n", [("1", 2), ("2", 1)]),
        ("T1,Ann left Rome,0,3,PER\nT2,Ann left Rome,9,13,LOC\nT1,Bob left,0,3,PER\n", [(None, 2), (None, 1)]),
    ],
    ids=["of documents", "a row each", "one text twice", "of entities"],
)
def test_a_plain_id_in_a_table_is_that_of_the_document(
    tmp_path: Path, rows: str, expected: list[tuple[str | None, int]]
) -> None:
    """Rows with one text and one id are one document; ids that differ in each row of a text number its entities."""
    (tmp_path / "x.csv").write_text("id,text,start,end,label\n" + rows, encoding="utf-8")

    assert [(document.id, len(document.entities)) for document in io.read(tmp_path / "x.csv")] == expected
