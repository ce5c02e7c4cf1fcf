"""Where an answer marks an entity is known in every format, and its probability is that of the tokens there."""

from __future__ import annotations

import json
import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner import Document, Entity
from genner.confidence import entity_scores, with_probabilities
from genner.confidence.probabilities import answer_places, token_spans

DOCUMENT = Document("myeloid PU.1 site binds P", [(0, 17, "DNA"), (8, 12, "PROTEIN"), (24, 25, "P")])
LABELS = ["DNA", "PROTEIN", "P"]

PLACES = {
    "bracket": (["[", " | DNA]"], ["[", " | PROTEIN]"], ["[P | P]"]),
    "xml": (["<DNA>", "</DNA>"], ["<PROTEIN>", "</PROTEIN>"], ["<P>P</P>"]),
    "grouped-json": (['"myeloid PU.1 site"'], ['"PU.1"'], ['"P"']),
    "occurrence-json": (
        ['{"text": "myeloid PU.1 site", "label": "DNA", "occurrence_index": 1}, '],
        [', {"text": "PU.1", "label": "PROTEIN", "occurrence_index": 1}'],
        [', {"text": "P", "label": "P", "occurrence_index": 2}'],
    ),
    "offset-json": (
        ['{"text": "myeloid PU.1 site", "label": "DNA", "start": 0, "end": 17}, '],
        [', {"text": "PU.1", "label": "PROTEIN", "start": 8, "end": 12}'],
        [', {"text": "P", "label": "P", "start": 24, "end": 25}'],
    ),
    "lines": (["myeloid PU.1 site (DNA)\n"], ["\nPU.1 (PROTEIN)"], ["\nP (P)"]),
    "code": (
        ['DNA(span="myeloid PU.1 site"), '],
        [', PROTEIN(span="PU.1")'],
        [', P(span="P")'],
    ),
}
"""What each format writes of each entity, cut out of the answer by hand."""


@pytest.mark.parametrize("format", PLACES)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("Here it is:\n", "\nDone.")])
def test_places_of_entities(format: str, before: str, after: str) -> None:
    """Marks and label of a copy, and the whole item of a list, are its place, wherever the answer begins."""
    codec = genner.get_codec(format)
    output = before + codec.encode(DOCUMENT, labels=LABELS) + after
    prediction = genner.Prediction(DOCUMENT.entities, text=DOCUMENT.text)
    places = answer_places(prediction, output, codec, LABELS)

    found = tuple([output[start:end] for start, end in places[entity]] for entity in DOCUMENT.entities)
    assert found == PLACES[format]


@given(st.text("abc", min_size=1, max_size=12), st.data())
@pytest.mark.parametrize(("opener", "closer", "format"), [("[", " | {}]", "bracket"), ("<{}>", "</{}>", "xml")])
def test_places_are_where_the_marks_were_written(
    opener: str, closer: str, format: str, text: str, data: st.DataObject
) -> None:
    """An answer put together here, mark by mark, is cut where its marks are, neighbours and nested ones included."""
    codec = genner.get_codec(format)
    draw = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text)), st.sampled_from(["X", "YZ"]))
    spans = {Entity(*one) for one in data.draw(st.lists(draw, max_size=4)) if one[0] < one[1]}
    kept: list[Entity] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end, one.label)):
        crosses = any(one.start < span.start < one.end < span.end or one.span == span.span for one in kept)
        kept += [] if crosses else [span]
    expected: dict[Entity, list[str]] = {span: [] for span in kept}
    output, opened = "", list[Entity]()
    for at in range(len(text) + 1):
        while opened and opened[-1].end == at:
            span = opened.pop()
            expected[span].append(closer.format(span.label))
            output += expected[span][-1]
        for span in (one for one in kept if one.start == at):
            opened.append(span)
            expected[span].append(opener.format(span.label))
            output += expected[span][-1]
        output += text[at : at + 1]
    prediction = genner.Prediction(kept, text=text)
    places = answer_places(prediction, output, codec)
    found = {span: "".join(output[start:end] for start, end in places[span]) for span in kept}

    assert output == codec.encode(Document(text, kept))
    assert found == {span: "".join(marks) for span, marks in expected.items()}


def test_places_in_an_answer_that_was_repaired() -> None:
    """An answer in another layout is aligned with what the format writes; the label is inside the place."""
    output = 'Sure! [\n {"text":"PU.1",\n "label":"PROTEIN","start":8,"end":12}]'
    prediction = genner.decode(output, DOCUMENT.text, "offset-json")
    (place,) = answer_places(prediction, output, genner.get_codec("offset-json")).values()

    marked = "".join(output[start:end] for start, end in place)
    assert "PROTEIN" in marked
    assert "Sure" not in marked


@pytest.mark.parametrize("format", [*PLACES, "tags"])
@given(data=st.data())
def test_places_lie_inside_any_output(format: str, data: st.DataObject) -> None:
    """Whatever the model wrote, places are inside the output, and every decoded entity has an entry."""
    codec = genner.get_codec(format)
    good = codec.encode(DOCUMENT, labels=LABELS, dropped=[])
    cut, at = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, len(good)))
    output = good[:cut] + data.draw(st.text(alphabet='[]{}<>|/",PU.1 \\', max_size=6)) + good[at:]
    prediction = codec.decode(output, DOCUMENT.text)
    places = answer_places(prediction, output, codec)

    assert set(places) == set(prediction.entities)
    assert all(0 <= start < end <= len(output) for one in places.values() for start, end in one)


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(-5, 0)), max_size=8), st.text(max_size=2), st.text(max_size=2))
def test_tokens_cover_the_answer(tokens: list[tuple[str, float]], before: str, after: str) -> None:
    """Spans of tokens follow each other from the beginning of the answer to its end."""
    output = "".join(text for text, _ in tokens)
    spans = token_spans(output, [before, *(text for text, _ in tokens), after])

    assert [start for start, _ in spans] == [0, *(end for _, end in spans)][:-1]
    assert all(0 <= start <= end <= len(output) for start, end in spans)


def test_the_probability_is_the_product_over_the_marks() -> None:
    """Tokens of marks and label count, those that copy the text do not; multiplied by hand."""
    output = "<PER>Ann</PER> left"
    tokens = [("<PER", 0.5), (">", 0.9), ("Ann", 0.1), ("</", 0.8), ("PER>", 0.5), (" left", 0.2), ("<end>", 0.3)]
    prediction = genner.decode(output, "Ann left", "xml")
    scored = with_probabilities(prediction, output, [(text, math.log(p)) for text, p in tokens], format="xml")

    assert entity_scores(scored, "probability")[Entity(0, 3, "PER")] == pytest.approx(0.5 * 0.9 * 0.8 * 0.5)


def test_an_entity_without_a_place_has_the_probability_of_the_answer() -> None:
    """What cannot be found in the answer gets the lowest probability that it can have."""
    output = "no marks at all"
    prediction = genner.Prediction([(0, 3, "PER")], text="Ann left")
    scored = with_probabilities(prediction, output, [(output, math.log(0.25))], format="grouped-json")

    assert entity_scores(scored, "probability")[Entity(0, 3, "PER")] == pytest.approx(0.25)


def test_tokens_of_another_answer_are_refused() -> None:
    """Tokens that do not spell the answer are an error that shows both."""
    prediction = genner.decode("<PER>Ann</PER> left", "Ann left", "xml")

    with pytest.raises(genner.DataError, match="the tokens do not spell the answer"):
        with_probabilities(prediction, "<PER>Ann</PER> left", [("else", -1.0)], format="xml")
    with pytest.raises(genner.DataError, match="give format="):
        with_probabilities(prediction, "<PER>Ann</PER> left", [("else", -1.0)])


def test_long_answers_in_another_layout_are_aligned_in_time() -> None:
    """An answer of 19,000 characters that is indented takes as long, but for a constant, as one that is not."""
    text = " ".join(f"Ann{number} saw Rome{number}." for number in range(120))
    found = [(match.start(), match.end(), "A") for match in re.finditer(r"Ann\d+|Rome\d+", text)]
    codec = genner.get_codec("offset-json")
    output = json.dumps(json.loads(codec.encode(Document(text, found))), indent=2)
    began = time.perf_counter()
    places = answer_places(codec.decode(output, text), output, codec)

    assert time.perf_counter() - began < 20
    assert len(output) > 15_000
    assert all('"A"' in "".join(output[start:end] for start, end in one) for one in places.values())
