"""The strict grammar of inline formats, rule by rule."""

from __future__ import annotations

import pytest

from genner.formats.bracket import Bracket
from genner.formats.inline.markup import derive, read_plain
from genner.formats.inline.walk import Walk, readings
from genner.formats.marks import Marks
from genner.formats.xml import Xml
from genner.types import Document, Entity, LabelSet

LABELS = LabelSet(["PER", "LOC", "ORG"])
XML = Xml().markup
BRACKET = derive("[", " | {label}]", named=False)


def test_a_closer_may_begin_with_the_opener() -> None:
    codec = Marks(label="PER", opener="@", closer="@@")
    document = Document("Ann left", [(0, 3, "PER")])

    assert codec.encode(document) == "@Ann@@ left"
    assert codec.decode("@Ann@@ left", "Ann left").entities == document.entities


def test_a_template_holds_one_label_at_most() -> None:
    with pytest.raises(ValueError, match="once at most"):
        derive("<{label}-{label}>", "</{label}>", named=True)


@pytest.mark.parametrize(
    ("output", "entities"),
    [
        ("<PER><LOC>Ann</PER> left</LOC>", [(0, 8, "LOC"), (0, 3, "PER")]),
        ("<PER><LOC>Ann</LOC></PER> left", [(0, 3, "LOC"), (0, 3, "PER")]),
        ("<PER>Ann <LOC>left</PER></LOC>", [(0, 8, "PER"), (4, 8, "LOC")]),
    ],
)
def test_entities_are_in_canonical_order_however_they_are_nested(
    output: str, entities: list[tuple[int, int, str]]
) -> None:
    assert read_plain(XML, output) == ("Ann left", tuple(Entity(*entity) for entity in entities))
    assert Xml().decode(output, "Ann left", labels=LABELS).entities == tuple(Entity(*entity) for entity in entities)


@pytest.mark.parametrize("output", ["<PER></PER>Ann", "</PER>Ann", "<PER>Ann", "<PER>Ann</LOC>"])
def test_marks_that_are_not_balanced_around_text_are_not_strict(output: str) -> None:
    assert read_plain(XML, output) is None
    assert Xml().read_strict(output, "Ann", LABELS) is None


def test_a_named_closer_ends_its_own_entity_where_the_text_has_marks_too() -> None:
    text = "a <b Ann left"

    found = list(readings(XML, "<PER>a <b <LOC>Ann</PER> left</LOC>", text))

    assert found == [(Entity(0, 8, "PER"), Entity(5, 13, "LOC"))]


def test_a_closer_ends_nothing_where_no_text_is_marked() -> None:
    assert list(readings(BRACKET, "[a | [ | PER]", "[a | ")) == []
    assert list(readings(BRACKET, "[a | PER]", "a |")) == []


def test_a_reading_leaves_nothing_open_and_nothing_out() -> None:
    assert list(readings(BRACKET, "[a", "a")) == []
    assert list(readings(BRACKET, "[a | PER]", "a [")) == []


def test_labels_outside_of_the_set_are_no_marks() -> None:
    text = "[a | X]"

    assert list(readings(BRACKET, text, text, known=frozenset(["PER"]))) == [()]
    assert list(readings(BRACKET, "[a | X]", "a", known=frozenset(["PER"]))) == []


def test_copying_comes_before_marking() -> None:
    """Of two readings the first copies more: the text may hold the bracket that is written first."""
    found = list(readings(BRACKET, "[[a | PER]", "[a"))

    assert found == [(Entity(1, 2, "PER"),), (Entity(0, 2, "PER"),)]


def test_brackets_of_the_text_are_not_torn_apart() -> None:
    """Of two readings the one whose mentions hold both brackets of a pair comes first, however often there is one."""
    text = "We added [3H]a and [1] to [3H]b"
    output = "We added [[3H]a | PER] and [1] to [[3H]b | PER]"

    prediction = Bracket().decode(output, text, labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == ["[3H]a", "[3H]b"]
    assert [issue.kind for issue in prediction.issues] == ["ambiguous"]


def test_a_sign_of_the_text_is_not_torn_off_its_word() -> None:
    """The third `@` is that of the text, and it begins the mention."""
    prediction = Marks().decode("saw @@@Ann## and @@Bob##", "saw @Ann and Bob", labels=["PER"])

    assert [prediction.surface(entity) for entity in prediction] == ["@Ann", "Bob"]


def test_a_backslash_makes_a_mark_text() -> None:
    assert list(readings(BRACKET, "\\[[a | PER]", "[a")) == [(Entity(1, 2, "PER"),)]


def test_readings_that_differ_in_what_is_open_are_all_followed() -> None:
    """Which two of three brackets are openers shows at the second closer only."""
    assert list(readings(BRACKET, "[[[ | PER] | LOC]a[", "[a[")) == [(Entity(0, 1, "LOC"), Entity(0, 1, "PER"))]


def test_pieces_of_an_output_are_read_like_the_whole() -> None:
    output = "[Ann | PER] met \\[Bob] and [Eve | PER]"
    text = "Ann met [Bob] and Eve"
    whole = list(readings(BRACKET, output, text))

    for size in (1, 3, 7):
        walk = Walk(BRACKET, text, None)
        for at in range(0, len(output), size):
            for _ in walk.feed(output[at : at + size]):
                pass
        for _ in walk.feed("", is_last=True):
            pass
        ended = [path for path in walk.paths if path.j == len(text) and path.open is None]

        assert [path.ended for path in ended] == [2]
        assert whole == [(Entity(0, 3, "PER"), Entity(18, 21, "PER"))]


def test_no_more_entities_are_open_than_can_be_closed() -> None:
    """With one closer only one of the brackets is an opener; to follow more at once would crowd the readings out."""
    found = list(readings(BRACKET, "[[[[[[[ | P][[", "[[[[[[[["))

    assert found[:2] == [(Entity(5, 6, "P"),), (Entity(4, 6, "P"),)]


@pytest.mark.parametrize("output", ["| P]", "Here:\n| P]"])
def test_a_copy_without_entities_may_leave_out_the_space_around_it(output: str) -> None:
    """What looks like the rest of a mark is copied from the text."""
    prediction = Bracket().decode(output, " | P]\n", labels=["P"])

    assert prediction.entities == ()
    assert {issue.kind for issue in prediction.issues} <= {"extra_text"}


def test_a_copy_in_another_notation_is_not_preferred_to_a_fuller_answer() -> None:
    output = '{"PER": ["Bob"], "ORG": [], "LOC": ["Ann"]}\n\nAnn met [Bob | PER].'

    prediction = Xml().decode(output, "Ann met Bob.", labels=LABELS)

    assert prediction.entities == (Entity(0, 3, "LOC"), Entity(8, 11, "PER"))
