"""Checking a corpus: statistics, findings, losses, fixes and agreement, each counted by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from genner.check import KINDS, agreement, check, fixed, losses
from genner.exceptions import DataError, UnknownNameError
from genner.types import Document

ODD = [
    Document("Ann Lee left Rome", [(0, 7, "PER"), (0, 3, "PER"), (0, 7, "ORG")], id="a"),
    Document("Ann Lee left Rome", [(0, 4, "PER"), (8, 12, "X"), (8, 12, "X")], id="a"),
    Document("Rome fell", [(0, 3, "LOC"), (2, 9, "EVENT")]),
    Document(" \n"),
    Document("zero\u200bwidth"),
]


def test_every_kind_of_finding() -> None:
    """Each oddity of five documents is found as often as it is there."""
    report = check(ODD, labels="PER,ORG,LOC,EVENT", others={"test": [Document("Rome  fell")]})

    assert dict(report.totals) == {
        "two_labels": 1,
        "edge_space": 1,
        "duplicate": 1,
        "unknown_label": 1,
        "same_text": 1,
        "same_id": 1,
        "inside_word": 2,  # "Rom", and the first edge of "me fell"
        "crossing": 1,
        "leakage": 1,
        "empty_text": 1,
        "control_character": 1,
    }
    assert set(report.totals) == set(KINDS)
    assert not report.ok


def test_statistics_of_the_papers_table_and_more() -> None:
    """Documents, words and entities; nested ones are those inside another, on the same span too."""
    counts = check(ODD).counts

    assert (counts["documents"], counts["without entities"], counts["entities"], counts["labels"]) == (5, 2, 8, 5)
    assert (counts["nested"], counts["deepest"], counts["words"]) == (3, 3, 11)


def test_what_each_format_would_lose() -> None:
    """Brackets cannot cross, and must escape a text that already looks like an answer; offsets say everything."""
    crossing = Document("Ann met Bob", [(0, 7, "X"), (4, 11, "Y")])
    marked = Document("[Ann | PER] left")
    found = {loss.format: loss for loss in check([crossing, marked], formats=["bracket", "offset-json"]).losses}

    assert found["bracket"] == ("bracket", 1, 0, 1)
    assert found["offset-json"] == ("offset-json", 0, 0, 0)


def test_processes_find_the_same_losses() -> None:
    """Two processes count what one does, over documents that one of them would not take at once."""
    corpus = [document for number in range(100) for document in (*ODD, Document(f"[{number} | X] left"))]

    assert losses(corpus, workers=2) == losses(corpus)
    assert any(loss.dropped for loss in losses(corpus))


def test_fixes_are_counted() -> None:
    """Each fix changes what it is for, and nothing else."""
    counted: Counter[str] = Counter()

    made = list(fixed(ODD, ["edge_space", "duplicate", "same_text", "empty_text"], counted))

    assert [document.text for document in made] == ["Ann Lee left Rome", "Rome fell", "zero\u200bwidth"]
    assert counted == {"same_text": 1, "empty_text": 1, "duplicate": 0}
    assert next(fixed(ODD[1:2], ["edge_space"])).entities[0] == (0, 3, "PER")
    assert next(fixed(ODD[2:3], ["inside_word"], counted)).entities == ((0, 9, "EVENT"), (0, 4, "LOC"))
    assert counted["inside_word"] == 2
    with pytest.raises(UnknownNameError, match="did you mean 'duplicate'"):
        list(fixed(ODD, ["duplicates"]))


def test_agreement_of_two_annotators() -> None:
    """F1 is symmetric; kappa by hand: 4 of 5 tokens agree, and 0.56 would by chance."""
    text = "Ann met Bob in Rome"
    first = [Document(text, [(0, 3, "PER"), (8, 11, "PER")])]
    second = [Document(text, [(0, 3, "PER")])]

    there, back = agreement(first, second), agreement(second, first)

    assert there.f1 == back.f1 == pytest.approx(2 / 3)
    assert (there.precision, there.recall, back.precision, back.recall) == (1.0, 0.5, 0.5, 1.0)
    assert there.kappa == pytest.approx((0.8 - 0.56) / (1 - 0.56))
    assert agreement(first, first).kappa == 1.0
    with pytest.raises(DataError, match="expected the same text"):
        agreement(first, [Document("other")])
