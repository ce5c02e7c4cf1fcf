"""The paper's label sets, and symbols in their place."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner.exceptions import DataError, UnknownNameError
from genner.labelsets import LABEL_SETS, get_label_set, relabel, symbolize
from genner.types import Document, Entity, Issue, Label, LabelSet, Mention, Prediction

NAMES = {
    "conll2003": "ORG PER LOC MISC",
    "ontonotes5": "PERSON NORP FAC ORG GPE LOC PRODUCT EVENT WORK_OF_ART LAW LANGUAGE DATE TIME PERCENT MONEY "
    "QUANTITY ORDINAL CARDINAL",
    "ace2005": "PER ORG GPE LOC FAC VEH WEA",
    "genia": "DNA RNA protein cell_line cell_type",
}


@pytest.mark.parametrize("name", NAMES)
def test_known_sets_have_the_order_and_casing_of_the_released_data(name: str) -> None:
    """Order and casing decide keys of grouped JSON and rows of tables."""
    assert list(LABEL_SETS[name]) == NAMES[name].split()
    assert all(label.definition.endswith(".") for label in LABEL_SETS[name].labels)


def test_titles_and_definitions_are_the_papers() -> None:
    """One of each table (10 to 13), copied by hand."""
    assert LABEL_SETS["conll2003"]["PER"] == Label(
        "PER", "A named individual, including humans, animals, fictional characters, and their aliases.", "person"
    )
    assert LABEL_SETS["ontonotes5"]["PERCENT"] == Label("PERCENT", "Percentage (including “%”).")
    assert LABEL_SETS["ontonotes5"]["ORG"].definition == "Companies, agencies, institutions, etc.."
    assert LABEL_SETS["genia"]["RNA"].definition.startswith("Ribonucleic acid molecules transcribed from DNA, ")
    assert LABEL_SETS["ace2005"]["GPE"].title == "geo-political entity"
    assert [bool(label.title) for name in NAMES for label in LABEL_SETS[name].labels] == (
        [True] * 4 + [False] * 18 + [True] * 7 + [False] * 5
    )


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("GENIA", "genia"),
        ("CoNLL-2003", "conll2003"),
        ("conll03", "conll2003"),
        ("conll", "conll2003"),
        ("OntoNotes5.0", "ontonotes5"),
        ("ontonotes", "ontonotes5"),
        ("ACE 2005", "ace2005"),
        ("ace05", "ace2005"),
    ],
)
def test_names_are_folded(given_name: str, name: str) -> None:
    """Case and punctuation are free, and the usual short names are known."""
    assert get_label_set(given_name) is LABEL_SETS[name]


def test_labels_come_in_many_shapes() -> None:
    """A set, names, Label objects, a generator, a mapping to definitions, nothing."""
    expected = LabelSet(["PER", "LOC"])

    assert get_label_set(None) is None
    assert get_label_set(expected) is expected
    assert get_label_set(["PER", "LOC"]) == expected
    assert get_label_set(("PER", "LOC")) is get_label_set(["PER", "LOC"])
    assert get_label_set(name for name in ("PER", "LOC")) == expected
    assert get_label_set([Label("PER"), "LOC"]) == expected
    assert get_label_set({"PER": "People.", "LOC": ""}) == LabelSet([Label("PER", "People."), "LOC"])
    assert get_label_set(" PER, LOC,") == expected


@pytest.mark.parametrize("word", ["GENE", "PER", "gene", "face", "place", "B-PER", "\u4eba", " DRUG\n"])
def test_one_word_that_resembles_no_known_set_is_a_label(word: str) -> None:
    """Prompts that ask for one type name one label."""
    assert get_label_set(word) == LabelSet([word.strip()])


@pytest.mark.parametrize("word", ["genai", "conll2004", "Ontonote", "ACE-2004", "PER LOC", "labels.json", "a/b", ""])
def test_what_may_be_a_slip_is_refused_with_the_spelling_that_makes_a_label_of_it(word: str) -> None:
    """A misspelt set, names without commas and a missing file must not become a label."""
    with pytest.raises(UnknownNameError) as caught:
        get_label_set(word)

    assert str(caught.value).endswith(
        f"Labels of your own: write [{word!r}] for one, 'PER,LOC' or a list of names for several"
    )
    assert caught.value.name == word
    if word:
        assert get_label_set([word]) == LabelSet([word])


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ("genai", UnknownNameError, "unknown label set 'genai'; did you mean 'genia'? Known: conll2003, onton"),
        ("", UnknownNameError, "unknown label set ''"),
        (["PER", "PER"], DataError, "each name may appear once, these appear twice: PER"),
        ([], DataError, "expected at least one label"),
        (["PER", 5], TypeError, "label name: expected a str, got int 5"),
        ([["PER"]], TypeError, "label name: expected a str, got list"),
        (b"PER", TypeError, "expected names or Label objects, got bytes"),
        (7, TypeError, "expected names or Label objects, got int 7"),
    ],
)
def test_what_is_no_label_set_is_one_clear_error(labels: object, error: type[Exception], message: str) -> None:
    """One clear error each."""
    with pytest.raises(error) as caught:
        get_label_set(labels)  # type: ignore[arg-type]

    assert message in str(caught.value)


def test_nothing_is_read_at_import() -> None:
    """The definitions are loaded on first use."""
    code = "import genner.labelsets; print(genner.labelsets.LABEL_SETS._loaded)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "{}\n"


def test_symbols_of_conll_are_the_papers() -> None:
    """A=ORG, B=PER, C=LOC, D=MISC (Table 4), with and without definitions; titles would give the names away."""
    explained, only = symbolize("conll2003"), symbolize("conll2003", explained=False)

    assert explained.mapping == only.mapping == {"ORG": "A", "PER": "B", "LOC": "C", "MISC": "D"}
    assert explained.inverse == {"A": "ORG", "B": "PER", "C": "LOC", "D": "MISC"}
    assert [label.definition for label in explained.labels.labels] == [
        label.definition for label in LABEL_SETS["conll2003"].labels
    ]
    assert only.labels == LabelSet(["A", "B", "C", "D"])
    assert not any(label.title or label.aliases for label in explained.labels.labels)
    assert symbolize([Label("PER", "People.", "person", ("human",))]).labels == LabelSet([Label("A", "People.")])


def test_symbols_go_on_after_z_and_can_be_chosen() -> None:
    """Spreadsheet columns by default."""
    many = symbolize([f"L{i}" for i in range(54)]).labels.names

    assert (many[0], many[25], many[26], many[53]) == ("A", "Z", "AA", "BB")
    assert symbolize(["PER", "LOC"], symbols=["x", "y", "z"]).labels.names == ("x", "y")
    with pytest.raises(DataError, match="symbols: expected 2, one for each label, got 1"):
        symbolize(["PER", "LOC"], symbols=["x"])
    with pytest.raises(DataError, match="appear twice: x"):
        symbolize(["PER", "LOC"], symbols=["x", "x"])


label_names = st.sampled_from(["A", "B", "ORG", "PER"])
triples = st.tuples(st.integers(0, 4), st.integers(5, 9), label_names)


@given(st.lists(triples, max_size=8), st.permutations(["A", "B", "ORG", "PER"]))
def test_relabelling_there_and_back_changes_nothing(entities: list[tuple[int, int, str]], order: list[str]) -> None:
    """Also where symbols and names are the same words: all labels change at once."""
    renaming = symbolize(order)
    document = Document("ten chars!", entities, id="d", meta={"a": 1})
    prediction = Prediction(entities, [Mention("x", label) for *_, label in entities], text="ten chars!")

    for value in (document, prediction):
        assert relabel(relabel(value, renaming.mapping), renaming.inverse) == value  # type: ignore[type-var]
    assert [e.span for e in relabel(document, renaming.mapping).entities] == [e.span for e in document.entities]


def test_prediction_keeps_its_issues_and_text() -> None:
    """Only labels change, also those of entities with details."""
    issue = Issue("unknown_label", "'ORG' is not in the label set")
    prediction = Prediction([(0, 1, "B")], [Mention("z", "A")], [issue], "xy", {Entity(0, 1, "B"): 0.9}, "xml")
    renamed = relabel(prediction, {"A": "ORG", "B": "PER"})

    assert renamed == Prediction([(0, 1, "PER")], [Mention("z", "ORG")], [issue], "xy", {Entity(0, 1, "PER"): 0.9})
    assert renamed.format == "xml"


def test_labels_outside_the_mapping() -> None:
    """Asked for A, a model wrote ORG: refused, kept, or marked so that nobody credits it with ORG."""
    prediction = Prediction([(0, 1, "A"), (1, 2, "ORG")], [Mention("z", "LOC")])
    mapping = {"A": "ORG"}

    with pytest.raises(DataError, match="no new name for 'LOC', 'ORG'; known: A"):
        relabel(prediction, mapping)
    assert relabel(prediction, mapping, unknown="keep").entities == (Entity(0, 1, "ORG"), Entity(1, 2, "ORG"))
    marked = relabel(prediction, mapping, unknown="mark")
    assert marked.entities == (Entity(0, 1, "ORG"), Entity(1, 2, "?ORG"))
    assert marked.unplaced == (Mention("z", "?LOC"),)


def test_relabel_refuses_what_carries_no_labels() -> None:
    """And names that are no treatment."""
    with pytest.raises(TypeError, match="expected a Document or a Prediction, got str"):
        relabel("text", {})  # type: ignore[type-var]
    with pytest.raises(UnknownNameError, match="did you mean 'mark'"):
        relabel(Document("x"), {}, unknown="marks")  # type: ignore[arg-type]
