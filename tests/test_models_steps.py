"""Few-shot retrieval and self-verification: steps that can be put together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner import DataError, Document, Entity, LabelSet, Prediction, UnknownNameError
from genner.models.generator import Completion, Request
from genner.models.recipe import Recipe
from genner.models.retrieval import BM25, Nearest, words
from genner.models.verification import question, verify

LABELS = LabelSet(["PER", "LOC"])
POOL = [
    Document("Ann left Rome on Monday", [(0, 3, "PER"), (9, 13, "LOC")]),
    Document("The price of oil rose on Monday", []),
    Document("Bob and Ann saw Paris", [(0, 3, "PER"), (8, 11, "PER"), (16, 21, "LOC")]),
]


@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=8).map(" ".join), min_size=1, max_size=6),
    st.lists(st.sampled_from("abcdef"), max_size=5).map(" ".join),
)
def test_bm25_is_its_formula(texts: list[str], query: str) -> None:
    """The index gives what the formula, written down plainly, gives."""
    found = BM25(texts).scores(query)

    mean = sum(len(text.split()) for text in texts) / len(texts)
    for text, score in zip(texts, found, strict=True):
        counts, expected = Counter(text.split()), 0.0
        for word in query.split():
            holding = sum(word in other.split() for other in texts)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            damped = 1.5 * (1 - 0.75 + 0.75 * len(text.split()) / mean)
            expected += idf * counts[word] * 2.5 / (counts[word] + damped)
        assert score == pytest.approx(expected)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4).map(" ".join), min_size=1, max_size=9), st.integers(1, 9))
def test_the_nearest_are_those_of_a_whole_sort(texts: list[str], count: int) -> None:
    """Whatever is alike or equal, what is picked is the beginning of all documents sorted by score and place."""
    documents = [Document(text, id=f"{at}") for at, text in enumerate(texts)]
    scores = BM25(texts).scores("a b")

    picked = Nearest(documents, count)(Document("a b"))

    order = sorted(range(len(texts)), key=lambda at: (-scores[at], at))
    assert picked[::-1] == [documents[at] for at in order if texts[at] != "a b"][:count]


def test_scripts_without_spaces_are_compared_by_pairs() -> None:
    """A Japanese sentence is no single word."""
    assert words("Ann 東京都に") == ["ann", "東京", "京都", "都に"]


def test_the_nearest_document_is_shown_last_and_never_the_answer_itself() -> None:
    """Nearest by words; the document that is asked about is left out."""
    nearest = Nearest(POOL, 2)

    assert nearest(Document("Did Ann see Paris ?"))[-1] is POOL[2]
    assert POOL[0] not in nearest(POOL[0])


def test_nearest_by_entity() -> None:
    """Compared with the entities alone, a shared weekday says nothing."""
    query = Document("On Monday oil was cheap for Ann")

    assert Nearest(POOL, 1)(query) == [POOL[1]]
    assert Nearest(POOL, 1, by="entity")(query) == [POOL[0]]


def test_nearest_by_any_embedding() -> None:
    """A function from texts to vectors takes the place of BM25."""
    nearest = Nearest(POOL, 1, embed=lambda texts: [(text.count("o"), 1.0) for text in texts])

    assert nearest(Document("ooo")) == [POOL[0]]


def test_demonstrations_go_into_the_prompt() -> None:
    """What is picked becomes turns with answers in the format of the recipe."""
    shown = Nearest(POOL, 1)(Document("Ann saw Paris"))

    messages = Recipe.make("xml", LABELS).messages("Ann saw Paris", shown)

    assert messages[1]["content"] == "<PER>Bob</PER> and <PER>Ann</PER> saw <LOC>Paris</LOC>"


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [(([],), {}, DataError), ((POOL, 0), {}, DataError), ((POOL,), {"by": "colour"}, UnknownNameError)],
)
def test_what_cannot_be_picked_from(arguments: tuple, options: dict, error: type[Exception]) -> None:
    """No documents, no demonstrations, an unknown way of comparing."""
    with pytest.raises(error):
        Nearest(*arguments, **options)


class Judge:
    """Says no about one word, mumbles about another, and yes otherwise."""

    name = "judge"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        for request in reversed(requests):
            asked = request.messages[-1]["content"]
            self.asked.append(asked)
            answer = "<think>yes?</think> No." if "'Rome'" in asked else "perhaps" if "'Bob'" in asked else "Yes"
            yield Completion(request.key, answer)


def test_denied_entities_are_taken_out() -> None:
    """No takes out, yes and anything unclear keep; nothing else of a prediction changes."""
    said = [
        Prediction(POOL[0].entities, text=POOL[0].text),
        Prediction((*POOL[2].entities, POOL[2].entities[0]), text=POOL[2].text),
    ]
    judge = Judge()

    kept, verdicts = verify(said, judge, LABELS)

    assert [prediction.entities for prediction in kept] == [(Entity(0, 3, "PER"),), said[1].entities]
    assert len(judge.asked) == len(verdicts) == 5
    assert [verdict.entity for verdict in verdicts if not verdict.kept] == [Entity(9, 13, "LOC")]
    assert [verdict.clear for verdict in verdicts].count(False) == 1


def test_the_question_shows_examples_and_definitions() -> None:
    """Worked examples are turns of their own, right and wrong ones."""
    labels = LabelSet.from_dict({"labels": [{"name": "PER", "definition": "a human being"}]})

    asked = question("Ann left", Entity(0, 3, "PER"), labels, [(POOL[0], Entity(9, 13, "PER"), False)])

    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == "no"
    assert "PER (a human being)" in asked[2]["content"]
    assert "Words: 'Ann'" in asked[2]["content"]


def test_predictions_without_a_text_cannot_be_verified() -> None:
    """The question needs the sentence."""
    with pytest.raises(DataError, match="prediction 1 has no text"):
        verify([Prediction([(0, 3, "PER")])], Judge(), LABELS)
