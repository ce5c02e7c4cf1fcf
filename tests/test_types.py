"""The nouns: what they accept, what they refuse and how, and that they survive every journey."""

from __future__ import annotations

import copy
import json
import pickle
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from genner.exceptions import DataError, DecodeError, GennerError, UnknownNameError, WrongTypeError
from genner.testing import documents
from genner.types import (
    ISSUE_KINDS,
    Document,
    Entity,
    Issue,
    Label,
    LabelSet,
    Mention,
    Prediction,
    Span,
)

DOCUMENT = Document("Ann met Bob", [(8, 11, "PER"), (0, 3, "PER")], id="d1", meta={"source": "x"})
PREDICTION = Prediction(
    DOCUMENT.entities, [Mention("Cy", "PER")], [Issue("unplaced", "Cy", Span(0, 2), Span(1, 3))], DOCUMENT.text
)
VALUES = [
    Span(0, 3),
    Entity(0, 3, "PER"),
    Mention("Ann", "PER"),
    DOCUMENT,
    Label("PER", "people", "person"),
    Label("PER", aliases=["person", "human"]),
    LabelSet(["PER", Label("LOC", "places")]),
    Issue("case", "x", Span(0, 1)),
    PREDICTION,
    Prediction(DOCUMENT.entities, details={DOCUMENT.entities[1]: {"confidence": 0.9}}, format="xml"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_immutable_slotted_hashable_and_travel(value: Any) -> None:
    """Frozen, without a dict, equal after pickling, copying, and a trip through JSON and dicts."""
    kind = type(value)
    name = "start" if isinstance(value, Span) else kind.__slots__[0]
    with pytest.raises(AttributeError):
        setattr(value, name, getattr(value, name))
    with pytest.raises((AttributeError, TypeError)):
        value.anything = 1

    assert not hasattr(value, "__dict__")
    assert {value: 1}[copy.deepcopy(value)] == 1
    assert pickle.loads(pickle.dumps(value)) == value
    assert kind.from_json(value.to_json()) == value
    assert kind.from_dict(value.to_dict()) == value
    assert json.loads(value.to_json()) == value.to_dict()
    assert "\n" not in value.to_json()
    assert "\\u" not in Mention("Zürich", "LOC").to_json()
    assert kind.json_schema()["type"] == "object"


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_fields_of_pydantic_models(value: Any) -> None:
    """A model that holds one writes and reads it, and passes an instance through."""

    class Holder(BaseModel):
        value: type(value)  # type: ignore[valid-type]

    holder = Holder(value=value)

    assert Holder.model_validate_json(holder.model_dump_json()) == holder
    assert TypeAdapter(type(value)).validate_python(value) is value


@given(documents())
def test_any_document_survives_json(document: Document) -> None:
    """Also with astral, combining and control characters."""
    assert Document.from_json(document.to_json()) == document


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Span(3, 1), DataError, "0 <= start < end, got start=3, end=1"),
        (lambda: Span(-1, 1), DataError, "start=-1"),
        (lambda: Span(2, 2), DataError, "start=2, end=2"),
        (lambda: Span(0.0, 1), WrongTypeError, "start: expected an int, got float"),
        (lambda: Span(True, 2), WrongTypeError, "start: expected an int, got bool"),
        (lambda: Entity(0, 1, ""), DataError, "label: expected at least one character"),
        (lambda: Entity(0, 1, None), WrongTypeError, "label: expected a str, got NoneType"),
        (lambda: Document("abc", [(0, 4, "X")]), DataError, r"Entity\(0, 4, 'X'\) ends past the end .* 3 characters"),
        (lambda: Document("abc", [(0, 1, "X"), (2, 1, "X")]), DataError, r"entities\[1\]: expected 0 <= start < end"),
        (lambda: Document("abc", [(0, 1)]), WrongTypeError, r"entities\[0\]: expected \(start, end, label\)"),
        (lambda: Document("abc", 5), WrongTypeError, "entities: expected a list of entities, got int 5"),
        (lambda: Document("abc", "PER"), WrongTypeError, "entities: expected a list of entities, got str"),
        (lambda: Document(b"abc"), WrongTypeError, "text: expected a str, got bytes"),
        (lambda: Document("abc", id=3), WrongTypeError, "id: expected a str, got int"),
        (lambda: Document("abc", meta=[1]), WrongTypeError, "meta: expected a mapping, got list"),
        (
            lambda: Document("abc", {"PER": ["a"]}),
            WrongTypeError,
            r"entities\[0\]: expected \(start, end, label\), got 'PER'",
        ),
        (
            lambda: Document("abc", [{"start": 0, "type": "PER"}]),
            DataError,
            r"entities\[0\]: expected the keys start, end and label, got no end and no label in \{'start': 0, 'type'",
        ),
        (
            lambda: Document("abc", [{"start": "0", "end": 1, "label": "X"}]),
            WrongTypeError,
            r"entities\[0\]: start: expected an int, got str",
        ),
        (lambda: LabelSet(" , "), DataError, "labels: expected at least one label"),
        (lambda: LabelSet(b"PER"), WrongTypeError, "labels: expected names or Label objects, got bytes b'PER'"),
        (lambda: Label("PER", aliases="person"), WrongTypeError, "aliases: expected a list of names, got 'person'"),
        (lambda: Label("PER", aliases=[""]), DataError, "alias: expected at least one character"),
        (
            lambda: LabelSet([Label("LOC", aliases=["Place"]), Label("GPE", aliases=["place "])]),
            DataError,
            "labels: the alias 'place ' belongs to LOC and to GPE",
        ),
        (
            lambda: Prediction([(0, 1, "X")], details={Entity(0, 1, "Y"): 1}),
            DataError,
            r"details: Entity\(0, 1, 'Y'\) is none of the entities",
        ),
        (lambda: Prediction([], details=[1]), WrongTypeError, "details: expected a mapping from entities, got list"),
        (lambda: LabelSet([]), DataError, "labels: expected at least one label"),
        (lambda: LabelSet(["A", "B", "A"]), DataError, "these appear twice: A"),
        (lambda: Issue("odd", "x"), DataError, "kind: expected one of no_answer, .*, got 'odd'"),
        (lambda: Prediction([(0, 4, "X")], text="abc"), DataError, "ends past the end"),
        (lambda: DOCUMENT.surface(Span(5, 50)), DataError, "ends past the end"),
        (lambda: Prediction([]).to_document(), DataError, "has no text"),
        (lambda: Document.from_json('{"text": 3}'), DataError, r"got int 3 - at \$\.text"),
        (
            lambda: Document.from_json('{"text": "a", "entities": [{"start": "0", "end": 1}]}'),
            DataError,
            r"got str '0' - at \$\.entities\[0\]\.start; Field required - at \$\.entities\[0\]\.label",
        ),
        (lambda: Document.from_json("{"), DataError, "Invalid JSON"),
        (lambda: Document.from_dict(5), DataError, "got int 5"),
    ],
)
def test_errors_say_what_was_expected_what_was_got_and_where(make: Any, error: type[Exception], words: str) -> None:
    """One line, in the class a caller would catch."""
    with pytest.raises(error, match=words) as caught:
        make()

    assert isinstance(caught.value, (ValueError, GennerError))
    assert "\n" not in str(caught.value)


def test_a_wrong_type_is_a_type_error_too() -> None:
    """Whoever catches the builtin catches it."""
    with pytest.raises(TypeError):
        Span("0", 1)  # type: ignore[arg-type]


def test_entities_have_one_order_whatever_they_came_in() -> None:
    """By start, longest first, then label; repeated ones are kept."""
    entities = [(3, 5, "B"), (0, 2, "A"), (3, 9, "A"), (3, 5, "A"), (0, 2, "A")]

    assert Document("0123456789", entities) == Document("0123456789", entities[::-1])
    assert Document("0123456789", entities).entities == (
        Entity(0, 2, "A"),
        Entity(0, 2, "A"),
        Entity(3, 9, "A"),
        Entity(3, 5, "A"),
        Entity(3, 5, "B"),
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(4, 6), st.sampled_from("AB")), max_size=6))
def test_entities_sort_as_documents_list_them(triples: list[tuple[int, int, str]]) -> None:
    """`sorted` and every comparison agree with the order in a document; spans have the same order."""
    entities = [Entity(*triple) for triple in triples]

    assert tuple(sorted(entities)) == Document("0123456", entities).entities
    for one, other in product(entities, repeat=2):
        assert (one < other) == (not one >= other) == (other > one) == (not other <= one)
        assert (one <= other and other <= one) == (one == other)
        assert (one.span < other.span) == (one.span != other.span and sorted([other.span, one.span])[0] == one.span)
    assert sorted([Span(2, 3), Span(0, 1), Span(0, 4)]) == [Span(0, 4), Span(0, 1), Span(2, 3)]


def test_entities_come_from_dicts() -> None:
    """As JSON has them, in documents and predictions; other keys do not matter."""
    dicts = [{"start": 8, "end": 11, "label": "PER", "text": "Bob"}, {"start": 0, "end": 3, "label": "PER"}]

    assert Document(DOCUMENT.text, dicts).entities == DOCUMENT.entities
    assert Prediction(dicts).entities == DOCUMENT.entities
    assert Prediction.from_dict({"entities": dicts}).entities == DOCUMENT.entities


def test_integers_of_other_kinds_become_plain_ones() -> None:
    """Offsets out of arrays are welcome."""
    numpy = pytest.importorskip("numpy")
    entity = Entity(numpy.int64(0), numpy.int32(3), "PER")

    assert type(entity.start) is int
    assert entity == Entity(0, 3, "PER")


def test_spans_know_their_relations() -> None:
    """Touching is not overlapping; equal spans contain each other."""
    assert not Span(0, 3).overlaps(Span(3, 5))
    assert Span(0, 3).overlaps(Span(2, 5))
    assert Span(0, 3).crosses(Span(2, 5))
    assert Span(0, 5).contains(Span(2, 5))
    assert not Span(0, 5).crosses(Span(2, 5))
    assert Entity(1, 4, "X").span == Span(1, 4)
    assert Span(1, 4).length == 3


def test_meta_is_read_only_and_keeps_what_json_has_besides() -> None:
    """Unknown keys of a record are not lost."""
    document = Document.from_dict({"text": "a", "tokens": [[0, 1]], "meta": {"k": 1}})

    assert document.meta == {"k": 1, "tokens": [[0, 1]]}
    with pytest.raises(TypeError):
        document.meta["k"] = 2  # type: ignore[index]
    assert document.replace(text="b").meta == document.meta


def test_label_sets_are_ordered_and_fold_names() -> None:
    """Iteration gives names in order; case, spaces and hyphens may vary."""
    labels = LabelSet(["cell_line", Label("PER", "people", "person")])

    assert list(labels) == ["cell_line", "PER"]
    assert len(labels) == 2
    assert "PER" in labels
    assert "per" not in labels
    assert labels["PER"].title == "person"
    assert [labels.fold(name) for name in ("Cell-Line", " cell line ", "per", "LOC")] == [
        "cell_line",
        "cell_line",
        "PER",
        None,
    ]
    with pytest.raises(KeyError):
        labels["LOC"]


def test_titles_and_aliases_mean_their_label() -> None:
    """Names come first, then aliases, then titles that only one label has."""
    labels = LabelSet(
        [
            Label("PER", title="Person", aliases=["human being", "LOC"]),
            Label("LOC", title="place", aliases=["Area"]),
            Label("GPE", title="place", aliases=["person"]),
        ]
    )

    assert [labels.fold(name) for name in ("person", "Human_Being", "loc", "AREA", "place", "PER")] == [
        "GPE",
        "PER",
        "LOC",
        "LOC",
        None,
        "PER",
    ]
    assert "person" not in labels


def test_label_sets_come_from_commas_and_mappings() -> None:
    """`"PER,LOC"` is two labels, a mapping has definitions."""
    assert LabelSet("PER, LOC,") == LabelSet(["PER", "LOC"])
    assert LabelSet("PER") == LabelSet(["PER"])
    assert LabelSet({"PER": "People."}) == LabelSet([Label("PER", "People.")])


def test_predictions_iterate_count_and_show_surfaces() -> None:
    """Over their entities; one without entities is still true."""
    assert list(PREDICTION) == list(PREDICTION.entities)
    assert len(PREDICTION) == 2
    assert Prediction([])
    assert [PREDICTION.surface(entity) for entity in PREDICTION] == ["Ann", "Bob"]
    with pytest.raises(DataError, match="has no text"):
        Prediction([(0, 3, "PER")]).surface(Span(0, 3))


def test_details_belong_to_entities() -> None:
    """They cross into JSON with the entity, count in comparisons and cannot be changed."""
    entity = Entity(0, 3, "PER")
    prediction = Prediction([entity], details={(0, 3, "PER"): {"confidence": 0.9}})  # type: ignore[dict-item]

    assert prediction.to_dict()["entities"] == [
        {"start": 0, "end": 3, "label": "PER", "details": {"confidence": 0.9}},
    ]
    assert [type(key) for key in prediction.details] == [Entity]
    assert prediction != Prediction([entity])
    assert Prediction([entity]).details == {}
    assert "0.9" in prediction._repr_html_()
    with pytest.raises(TypeError):
        prediction.details[entity] = 1  # type: ignore[index]


@pytest.mark.parametrize(
    "value",
    [
        DOCUMENT,
        Document("a"),
        PREDICTION,
        Prediction([]),
        Prediction([(0, 1, "X")], details={Entity(0, 1, "X"): 1}, format="xml"),
    ],
)
def test_representations_are_expressions(value: Any) -> None:
    """What `repr` shows builds an equal value, and empty fields are left out."""
    assert eval(repr(value)) == value
    assert repr(Document("a")) == "Document('a', [])"
    assert repr(Prediction([(0, 1, "X")])) == "Prediction([Entity(0, 1, 'X')])"


def test_the_format_of_a_prediction_takes_no_part_in_comparisons() -> None:
    """The same reading of two formats is the same."""
    assert Prediction([], format="xml") == Prediction([], format="bracket")
    assert Prediction([], format="xml").format == "xml"


def test_a_prediction_is_ok_without_issues_and_raises_on_request() -> None:
    """`raise_issues` carries the whole prediction."""
    assert Prediction([]).ok
    assert Prediction([]).raise_issues() == Prediction([])
    assert not PREDICTION.ok
    with pytest.raises(DecodeError, match="1 issue in the output; the first: unplaced: Cy") as caught:
        PREDICTION.raise_issues()
    assert caught.value.prediction is PREDICTION
    assert caught.value.issues == PREDICTION.issues
    assert PREDICTION.to_document(id="x") == Document(DOCUMENT.text, DOCUMENT.entities, id="x")


def test_an_unknown_name_offers_the_closest() -> None:
    """It is a lookup error, and says what is known."""
    error = UnknownNameError.of("format", "braket", ["bracket", "xml"])

    assert str(error) == "unknown format 'braket'; did you mean 'bracket'? Known: bracket, xml"
    assert isinstance(error, LookupError)
    assert (error.name, error.known) == ("braket", ("bracket", "xml"))
    assert pickle.loads(pickle.dumps(error)).known == error.known


def test_errors_with_a_place_show_it_and_survive_pickling() -> None:
    """`path:line: message`."""
    error = DataError("expected a str", path="a.jsonl", line=3)

    assert str(pickle.loads(pickle.dumps(error))) == "a.jsonl:3: expected a str"


def test_every_issue_kind_can_be_made() -> None:
    """The set is closed, and small enough to know."""
    assert len({Issue(kind, "x") for kind in ISSUE_KINDS}) == len(ISSUE_KINDS) == 23
