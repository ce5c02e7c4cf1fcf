"""Scores of tokens: counted by hand, and as scikit-learn counts flat labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.exceptions import DataError
from genner.metrics.tokens import evaluate_tokens
from genner.types import Document, Mention, Prediction

TEXT = "Ann Lee met Bob in New York"


def test_tokens_are_counted_and_not_entities() -> None:
    """By hand: of PER two of three tokens are found; a LOC of two tokens is half right, one more is wrong."""
    gold = Document(TEXT, [(0, 7, "PER"), (12, 15, "PER"), (19, 27, "LOC")])
    found = Prediction([(0, 7, "PER"), (19, 22, "LOC"), (8, 11, "LOC")], [Mention("Rome", "LOC")], text=TEXT)

    result = evaluate_tokens([gold], [found], labels="PER,LOC,ORG")

    assert [(name, one.tp, one.fp, one.fn) for name, one in result.scores.items()] == [
        ("PER", 2, 0, 1),
        ("LOC", 1, 2, 1),
        ("ORG", 0, 0, 0),
    ]
    assert "by:token" in result.signature


def test_tokens_of_the_document_and_edges_inside_them() -> None:
    """The grid of the document counts where it has one; an entity that cuts a token has the token."""
    gold = Document("anti-EGFR now", [(5, 9, "G")], meta={"tokens": [[0, 4], [4, 5], [5, 9], [10, 13]]})
    plain = Document("anti-EGFR now", [(5, 9, "G")])
    found = Document("anti-EGFR now", [(0, 9, "G")])

    turned = gold.replace(meta={"tokens": [[10, 13], [5, 9], [4, 5], [0, 4]]})

    assert evaluate_tokens([gold], [found]).micro.fp == 2
    assert evaluate_tokens([turned], [found]).counts == evaluate_tokens([gold], [found]).counts
    assert evaluate_tokens([plain], [found]).micro.f1 == 1.0
    with pytest.raises(DataError, match="tokens: expected a list of"):
        evaluate_tokens([plain.replace(meta={"tokens": [7]})], [found])


def test_nested_labels_and_copies() -> None:
    """A token has each label once, however many entities of it there are."""
    gold = Document("a b c", [(0, 5, "X"), (0, 1, "X"), (2, 3, "Y")])

    result = evaluate_tokens([gold], [gold])

    assert (result["X"].support, result["Y"].support, result.micro.f1) == (3, 1, 1.0)
    with pytest.raises(DataError, match="duplicates='count' has no effect"):
        evaluate_tokens([gold], [gold], duplicates="count")


@pytest.mark.extra
@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from(["O", "PER", "LOC"])] * 2), min_size=1, max_size=12))
def test_scikit_learn_counts_the_same(pairs: list[tuple[str, str]]) -> None:
    """Precision, recall and F1 of each label, and over all tokens with a label."""
    sklearn = pytest.importorskip("sklearn.metrics")
    text = "w " * len(pairs)
    sides = [
        Document(text, [(2 * at, 2 * at + 1, label) for at, label in enumerate(side) if label != "O"])
        for side in zip(*pairs, strict=True)
    ]

    result = evaluate_tokens(*[[side] for side in sides], labels="PER,LOC")

    names = ["PER", "LOC"]
    wanted = {"labels": names, "zero_division": 0.0}
    expected = sklearn.precision_recall_fscore_support(*zip(*pairs, strict=True), **wanted)
    for at, label in enumerate(names):
        one = result[label]
        assert (one.precision, one.recall, one.f1) == pytest.approx([column[at] for column in expected[:3]])
    micro = sklearn.precision_recall_fscore_support(*zip(*pairs, strict=True), average="micro", **wanted)
    assert (result.micro.precision, result.micro.recall, result.micro.f1) == pytest.approx(micro[:3])


@pytest.mark.extra
def test_the_command_prints_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--tokens` shows the scores of tokens after those of entities."""
    from genner.cli.app import run

    (tmp_path / "gold.conll").write_text("New B-LOC\nYork I-LOC\nfell O\n", encoding="utf-8")
    (tmp_path / "found.conll").write_text("New B-LOC\nYork O\nfell O\n", encoding="utf-8")

    assert run(["evaluate", str(tmp_path / "gold.conll"), str(tmp_path / "found.conll"), "--tokens"]) == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith(("label", "token", "LOC"))]
    assert [row[:4] for row in rows] == [
        ["label", "precision", "recall", "f1"],
        ["LOC", "0.00", "0.00", "0.00"],
        ["token", "precision", "recall", "f1"],
        ["LOC", "100.00", "50.00", "66.67"],
    ]


@pytest.mark.parametrize("meta", [{}, {"tokens": [[0, 1]]}, {"tokens": []}])
def test_an_entity_that_touches_no_token_is_counted_all_the_same(meta: dict[str, Any]) -> None:
    """White space that somebody annotated, or a place outside the tokens that the document names."""
    gold = [Document("a   b", [(2, 3, "A")], meta=meta)]
    wrong = [Prediction([(1, 2, "A")])]

    assert evaluate_tokens(gold, gold).micro.counts == (1, 1, 1, 1)
    assert evaluate_tokens(gold, wrong).micro.counts == (1, 1, 0, 0)
