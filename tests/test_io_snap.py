"""Edges that cut a token go to edges of tokens: as spaCy moves them, and counted."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner import io
from genner.exceptions import EncodeError, UnknownNameError
from genner.types import Document

TEXT = "anti-EGFR therapy, now"
CUT = Document(TEXT, [(5, 9, "GENE"), (10, 17, "X")], id="7")
"""Tokens are the runs without white space: the first entity cuts one, the second the comma off."""


@pytest.mark.parametrize(
    ("snap", "expected"),
    [("expand", [(0, 9, "GENE"), (10, 18, "X")]), ("contract", [(5, 9, "GENE"), (10, 17, "X")])],
)
def test_edges_go_to_tokens(snap: io.Snap, expected: list[tuple[int, int, str]], tmp_path: Path) -> None:
    """Expanding takes tokens in; contracting leaves an entity without a whole token where it is."""
    report = io.WriteReport()

    io.write([CUT], tmp_path / "x.jsonl", snap=snap, report=report)

    assert list(next(io.read(tmp_path / "x.jsonl")).entities) == expected
    assert report.moved == (2 if snap == "expand" else 0)


def test_splitting_cuts_the_tokens_and_keeps_the_entities(tmp_path: Path) -> None:
    """Every edge of an entity becomes an edge of a token; tokens that no entity cuts stay whole."""
    report = io.WriteReport()

    io.write([CUT], tmp_path / "x.conll", snap="split", report=report)

    (read,) = io.read(tmp_path / "x.conll")
    assert [read.text[start:end] for start, end in read.meta["tokens"]] == ["anti-", "EGFR", "therapy", ",", "now"]
    assert [(read.surface(entity), entity.label) for entity in read.entities] == [("EGFR", "GENE"), ("therapy", "X")]
    assert (report.moved, report.dropped) == (0, 0)


def test_contracting_keeps_the_whole_tokens(tmp_path: Path) -> None:
    """Of two tokens, the one that is cut is left out."""
    report = io.WriteReport()

    io.write([Document(TEXT, [(2, 18, "X")], id="7")], tmp_path / "x.conll", snap="contract", report=report)

    assert next(io.read(tmp_path / "x.conll")).entities == ((10, 18, "X"),)
    assert str(report.problems[0]) == "7: moved: 'ti-EGFR therapy,' X at 2 becomes 'therapy,'"


def test_the_error_offers_it() -> None:
    """Without it, a format of tokens refuses the entity and says what to do."""
    with pytest.raises(EncodeError, match=r"edges are no token edges \(snap='split' cuts the tokens there"):
        io.write([CUT], StringIO(), "gliner")
    with pytest.raises(UnknownNameError, match="did you mean 'expand'"):
        io.write([CUT], StringIO(), "gliner", snap="expnd")  # type: ignore[arg-type]


def test_details_go_with_their_entity(tmp_path: Path) -> None:
    """What else is known of an entity is written with it."""
    meta = {"details": [{"start": 5, "end": 9, "label": "GENE", "score": 0.5}]}

    io.write([CUT.replace(meta=meta)], tmp_path / "x.jsonl", snap="expand")

    written = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))
    assert written["entities"][0] == {"start": 0, "end": 9, "label": "GENE", "score": 0.5}


@pytest.mark.extra
@given(
    words=st.lists(st.sampled_from(["a", "bc", "def", "-", "ghij"]), min_size=1, max_size=6),
    edges=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
@settings(max_examples=40)
def test_spacy_moves_them_to_the_same_places(words: list[str], edges: tuple[int, int]) -> None:
    """The reference is `Doc.char_span` with the same alignment mode."""
    spacy = pytest.importorskip("spacy")
    text = " ".join(words)
    start, end = sorted(edge % (len(text) + 1) for edge in edges)
    if start == end or not text[start:end].strip() or text[start].isspace() or text[end - 1].isspace():
        return  # spaCy's tokens have the white space, ours have not
    doc = spacy.tokens.Doc(spacy.vocab.Vocab(), words=words, spaces=[True] * (len(words) - 1) + [False])
    for snap in ("expand", "contract"):
        target = StringIO()

        io.write([Document(text, [(start, end, "X")])], target, "jsonl", snap=snap)

        span = doc.char_span(start, end, label="X", alignment_mode=snap)
        expected = (start, end) if span is None else (span.start_char, span.end_char)
        (entity,) = json.loads(target.getvalue())["entities"]
        assert (entity["start"], entity["end"]) == expected
