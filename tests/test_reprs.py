"""What values look like at a prompt and in a notebook cell: short, and all text is text."""

from __future__ import annotations

import pytest

import genner
from genner import Document, Label, LabelSet, Prediction
from genner.evaluation import analyze_errors, compare, evaluate
from genner.labelsets import get_label_set

TEXT = "Nobody knows that " + "Ann left Rome and " * 12 + "came back"
GOLD = [Document(TEXT, [(90, 93, "PER")], id="a\x1b[31m")]
FOUND = [Prediction([(90, 93, "LOC")], text=TEXT)]
CASES = analyze_errors(GOLD, FOUND).cases


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (LabelSet("PER,LOC"), "LabelSet(['PER', 'LOC'])"),
        (get_label_set("genia"), "<LabelSet DNA, RNA, protein, cell_line, cell_type; 5 described>"),
        (LabelSet([Label("PER", title="person"), "LOC"]), "<LabelSet PER, LOC; 1 described>"),
        (
            evaluate(GOLD, GOLD).interval(),
            "<Interval none: 1 document with entities; at least 20 are needed>",
        ),
        (evaluate(GOLD * 30, GOLD * 30).interval(), "<Interval 1.0000, 95 % from 1.0000 to 1.0000, bootstrap>"),
        (
            compare(GOLD * 30, GOLD * 30, FOUND * 30, resamples=10).difference("f1"),
            "<Difference micro f1: 1 and 0, <Interval 1.0000, 95 % from 1.0000 to 1.0000, bootstrap>, p=0.09091>",
        ),
        (CASES, "(<ErrorCase wrong_type in a\\x1b[31m: predicted LOC 'Ann' 90..93, gold PER 'Ann' 90..93>,)"),
    ],
    ids=["labels", "definitions", "titles", "no interval", "interval", "difference", "cases"],
)
def test_reprs_are_short(value: object, shown: str) -> None:
    """One line each, whatever long definitions or texts are inside."""
    assert repr(value) == shown


def test_a_prompt_shows_what_it_asks_for() -> None:
    """Its repr has one line; a notebook folds the whole text."""
    made = genner.prompt("Ann <b>", "xml", "PER,LOC", demonstrations=[Document("Bob", [(0, 3, "PER")])])

    assert repr(made) == f"<Prompt xml, PER, LOC, 1 demonstration, {len(made.text):,} characters>"
    assert "Ann &lt;b&gt;</pre></details>" in made._repr_html_()


def test_a_label_set_is_a_table_in_a_notebook() -> None:
    """Only columns that hold something are shown, and a definition is text."""
    html = LabelSet({"PER": "a <b>"})._repr_html_()

    assert "a &lt;b&gt;" in html
    assert "title</th>" not in html


def test_a_case_is_cut_at_words() -> None:
    """The part of the text that is shown begins and ends with a word, and an ellipsis says that it is cut."""
    (case,) = CASES
    start, end = case.window(20)

    assert TEXT[start:end] == "Ann left Rome and Ann left Rome and Ann"
    assert case.window(1000) == (0, len(TEXT))
    assert "… " in case._repr_html_()
    assert " …" in case._repr_html_()
