"""Whatever bytes a file holds, a reader gives documents or one of our errors, and skipping never raises midway."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner import io
from genner.exceptions import DataError, GennerError
from genner.types import Document

NATIVE = Path(__file__).parent / "data" / "native"

SEEDS = {
    "jsonl": b'{"id": "a", "text": "ab c", "entities": [{"start": 0, "end": 2, "label": "X"}], "tokens": [[0, 2]]}\n'
    * 3,
    "columns": (NATIVE / "turku" / "dev.head.tsv").read_bytes(),
    "pubtator": (NATIVE / "ncbi_pubtator" / "ncbi.txt").read_bytes()[-700:],
    "conllu": (NATIVE / "gum_conllu" / "gum.conllu").read_bytes()[-1500:],
    "webanno": (NATIVE / "gum_webanno" / "gum.tsv").read_bytes()[:2500],
    "nested-json": b'{"tokens": ["a", "b"], "ner": [[0, 1, "X"]], "id": 1}\n[["a b", {"entities": [[0, 1, "X"]]}]]\n'
    b'{"sentence": ["a"], "ner": [{"index": [0], "type": "X"}]}\n'
    b'{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X"}]}',
}
PIECES = st.sampled_from(
    [b"\t", b"\n", b"\n\n", b" ", b"|", b"-", b"[", b"]", b"{", b'"', b"(", b")", b"null", b"1e9", b"\xff", b"-1", b"."]
)


@st.composite
def mutated(draw: st.DrawFn, seed: bytes) -> bytes:
    data = bytearray(seed)
    for place, length, piece in draw(
        st.lists(st.tuples(st.integers(0, len(seed)), st.integers(0, 6), PIECES | st.binary(max_size=3)), max_size=6)
    ):
        data[place : place + length] = piece
    return bytes(data)


@pytest.mark.parametrize("format", SEEDS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_bytes_near_a_format(format: str, data: st.DataObject) -> None:
    """A broken file is one of our errors with its line, or is read."""
    raw = data.draw(mutated(SEEDS[format]))

    for name in (format, None):
        error = error_of(raw, name)

        assert error is None or (error.path == "<stream>" and "\n" not in str(error))


def error_of(raw: bytes, format: str | None) -> DataError | None:
    """Return the error that reading ends in, if it does; any other exception goes through."""
    try:
        for document in io.read(BytesIO(raw), format):
            assert isinstance(document, Document)
    except DataError as error:
        return error
    return None


@pytest.mark.parametrize("format", SEEDS)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_skipping_counts_what_it_leaves_out(format: str, data: st.DataObject) -> None:
    """Under `skip` an error is raised only for what is no record, and the report adds up."""
    raw = data.draw(mutated(SEEDS[format]))
    report = io.ReadReport()
    found = []

    with suppress(GennerError):
        for document in io.read(BytesIO(raw), format, on_error="skip", report=report):
            found.append(document)

    assert report.read == len(found)
    assert report.skipped == sum(problem.kind == "skipped" for problem in report.problems)


@given(annotations=mutated(b"T1\tX 0 2\tab\nT2\tY 0 2;3 4\tab c\nR1\tRel Arg1:T1\nA1\tNeg T1\n"))
@settings(max_examples=150, deadline=None)
def test_annotations_near_brat(tmp_path_factory: pytest.TempPathFactory, annotations: bytes) -> None:
    """A broken annotation file is one of our errors, or is read."""
    path = tmp_path_factory.mktemp("brat")
    (path / "d.txt").write_bytes(b"ab c")
    (path / "d.ann").write_bytes(annotations)

    with suppress(DataError):
        list(io.read(path, "brat"))
