"""Readings of tag sequences, by hand; `test_metrics_parity.py` runs the tools themselves."""

from __future__ import annotations

from typing import Any

import pytest

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.metrics import parse_signature
from genner.metrics.tags import READINGS, evaluate_tags, spans
from genner.tags import SCHEMES, Scheme, tags_of


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-A I-A O B-A", ["0-2A", "3-4A"], ["0-2A", "3-4A"]),
        ("I-A I-A", ["0-2A"], []),
        ("B-A B-A", ["0-1A", "1-2A"], ["0-1A", "1-2A"]),
        ("B-A I-B", ["0-1A", "1-2B"], ["0-1A"]),
        ("O O", [], []),
        ("", [], []),
        ("B-a-b I-a-b", ["0-2a-b"], ["0-2a-b"]),
    ],
)
def test_lenient_and_strict(tags: str, lenient: list[str], strict: list[str]) -> None:
    def shown(how: str) -> list[str]:
        return [f"{start}-{end}{label}" for start, end, label in spans(tags.split(), how)]

    assert shown("conlleval") == lenient
    assert shown("IOB2") == strict


@pytest.mark.parametrize("tags", ["B-A I-A", "B-A I-A O", "I-A E-A", "E-A"])
def test_a_chunk_that_is_wrong_anywhere_is_none_of_its_scheme(tags: str) -> None:
    """By the definition of IOBES an entity ends in E or S and begins in B or S; conlleval asks for neither."""
    assert len(spans(tags.split())) == 1
    assert spans(tags.split(), "IOBES") == []


@pytest.mark.parametrize("scheme", SCHEMES.values())
@pytest.mark.parametrize("strict", [True, False])
def test_a_valid_sequence_counts_whole_in_every_scheme(scheme: Scheme, strict: bool) -> None:
    reading = scheme.name if strict else "conlleval"
    chunks = [(0, 1, "A"), (1, 2, "A"), (3, 5, "B"), (5, 8, "B")]
    tags = [["O" if tag == ("O", "") else "-".join(tag) for tag in tags_of(chunks, 9, scheme)]]
    evaluation = evaluate_tags(tags, tags, scheme=reading)

    assert [tuple(entity) for entity in spans(tags[0], reading)] == chunks
    assert (evaluation.micro.tp, evaluation.micro.f1) == (4, 1.0)
    assert evaluation.settings.scheme == reading
    assert parse_signature(evaluation.signature) == evaluation.settings


@pytest.mark.parametrize("reading", READINGS)
def test_a_perfect_answer_scores_one(reading: str) -> None:
    chunks = [(0, 1, "A"), (2, 4, "B")]
    tags = [["-".join(tag).rstrip("-") for tag in tags_of(chunks, 4, SCHEMES.get(reading, SCHEMES["IOB2"]))], ["O"]]
    evaluation = evaluate_tags(tags, tags, scheme=reading)

    assert (evaluation.micro.f1, evaluation.micro.tp, evaluation.labels) == (1.0, 2, ("A", "B"))
    assert evaluation.signature.endswith(f"|scheme:{reading}")


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(UnknownNameError, match="unknown tag scheme 'IOX'"):
        spans(["O"], "IOX")
    with pytest.raises(DataError, match="sentence 0, token 1: expected a tag such as O or B-PER, got 'PER'"):
        evaluate_tags([["O", "PER"]], [["O", "O"]])
    with pytest.raises(DataError, match="token 0: 'S-PER' is no tag of IOB2"):
        spans(["S-PER"], "IOB2")
    with pytest.raises(WrongTypeError, match="class numbers must be replaced by their names"):
        evaluate_tags([[0, 3]], [[0, 3]])  # type: ignore[list-item]
    with pytest.raises(WrongTypeError, match="expected a sequence of tags, got str"):
        spans("O")
    with pytest.raises(DataError, match="sentence 1: expected 1 tags as in gold, got 2"):
        evaluate_tags([["O"], ["O"]], [["O"], ["O", "O"]])
    with pytest.raises(DataError, match="got 1 gold and 0 predicted"):
        evaluate_tags([["O"]], [])


def test_sentences_may_be_iterators() -> None:
    assert evaluate_tags(iter([iter(["B-PER", "O"])]), [["B-PER", "O"]]).micro.f1 == 1.0


@pytest.mark.parametrize("sentence", [None, 3, "B"])
def test_a_sentence_is_a_sequence_of_tags(sentence: Any) -> None:
    with pytest.raises(WrongTypeError, match="sentence 0, tags: expected a sequence of tags"):
        evaluate_tags([["B-PER"]], [sentence])
