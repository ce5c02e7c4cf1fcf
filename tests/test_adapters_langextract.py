"""The resolver for langextract, in its own annotator."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langextract")

import langextract
from langextract.core.base_model import BaseLanguageModel
from langextract.core.types import ScoredOutput

from genner.adapters.langextract import GennerResolver

TEXT = "Ann left Rome with Bob. Sad Ann went to Rome."
RIGHT = """```json
{"extractions": [{"person": "Ann", "person_attributes": {"mood": "Sad"}}, {"city": "Rome", "city_index": 2},
 {"person": "Bob", "person_attributes": null}, {"person": "Ann"}, {"city": "Rome"}]}
```"""
PLACES = [("person", 0, 3), ("city", 9, 13), ("person", 19, 22), ("person", 28, 31), ("city", 40, 44)]


class Model(BaseLanguageModel):
    """Gives one answer to every prompt."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer

    def infer(self, batch_prompts: Any, **options: Any) -> Any:
        for _ in batch_prompts:
            yield [ScoredOutput(score=1.0, output=self.answer)]


def annotated(answer: str, resolver: Any, text: str = TEXT, **options: Any) -> list[Any]:
    """Return the extractions of a text, by langextract's own annotator."""
    prompt = langextract.prompting.PromptTemplateStructured(description="Extract.")
    annotator = langextract.annotation.Annotator(Model(answer), prompt)
    options = {"max_char_buffer": 1000, "show_progress": False, "debug": False, **options}
    return list(annotator.annotate_text(text, resolver=resolver, suppress_parse_errors=True, **options).extractions)


def places(found: list[Any]) -> list[tuple[str, int, int]]:
    return [
        (one.extraction_class, one.char_interval.start_pos, one.char_interval.end_pos)
        for one in found
        if one.char_interval is not None
    ]


def test_right_answers_are_placed_with_their_attributes() -> None:
    """Every extraction has its place, and what the answer says more about one stays with it."""
    found = annotated(RIGHT, GennerResolver(labels=["person", "city"]))

    assert places(found) == PLACES
    assert [one.attributes for one in found] == [{"mood": "Sad"}, None, None, None, None]
    assert {one.alignment_status for one in found} == {langextract.data.AlignmentStatus.MATCH_EXACT}


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT.replace('"Ann"', "'Ann'"),
        RIGHT.removesuffix("]}\n```"),
        "Sure! Here it is:\n" + RIGHT + "\nI hope this helps.",
        RIGHT.replace("```json\n", "").replace("```", "").replace("}, {", "},, {"),
        '[["Ann", "person"], ["Rome", "city"], ["Bob", "person"], ["Ann", "person"], ["Rome", "city"]]',
    ],
    ids=["quotes", "cut off", "chat", "commas", "pairs"],
)
def test_broken_answers_lose_nothing(answer: str) -> None:
    """Where langextract's own resolver reads nothing or raises, every entity is found."""
    assert places(annotated(answer, GennerResolver(labels=["person", "city"]))) == PLACES


def test_chunks_have_places_in_the_whole_text() -> None:
    """Offsets are those of the text, not of the chunk; what is not in a chunk has no place and is kept."""
    resolver = GennerResolver(labels=["person"])
    found = annotated('[{"person": "Bob"}]', resolver, "Bob is here. Nobody. Bob left.", max_char_buffer=14)

    assert places(found) == [("person", 0, 3), ("person", 21, 24)]
    assert len(found) == len(resolver.predictions)
    assert [one.extraction_text for one in found if one.char_interval is None] == ["Bob"]
    assert [len(one.unplaced) for one in resolver.predictions] == [0, 1, 0]


def test_what_is_written_otherwise_is_marked_as_fuzzy() -> None:
    """The extraction has the characters of the text, and langextract's mark for a match that is not exact."""
    (found,) = annotated('[{"person": "ann"}]', GennerResolver(labels=["person"]), "Here is Ann.")

    assert (found.extraction_text, found.alignment_status.value) == ("Ann", "match_fuzzy")
