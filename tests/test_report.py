"""The HTML report: one file, complete, and nothing in the data can become markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from genner.assessment import Study, assess, labels_of, score
from genner.data import load_sample, sample_labels
from genner.exceptions import DataError
from genner.formats import FORMATS, get_codec
from genner.lexicon import Lexicon
from genner.metrics import ErrorType
from genner.report import report_data, to_html, write_report
from genner.types import Document, Issue, LabelSet, Mention, Prediction

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</script><!--", "{{ 7 * 7 }}", "&amp;&#39;")


@pytest.fixture(scope="module")
def sample() -> Study:
    """The nested sample, answered by the lexicon in all formats."""
    lexicon = Lexicon.fit(load_sample("nested", "train"), nested=True)
    return assess(load_sample("nested"), lexicon.predict, labels=sample_labels("nested"), name="nested")


@pytest.fixture(scope="module")
def hostile() -> Study:
    """One document for each hostile string, in every place where a string can stand."""
    labels = LabelSet([*HOSTILE, "known"])
    gold, predictions = [], []
    for text in HOSTILE:
        gold.append(Document(text, [(0, 3, text), (1, len(text), "known")], id=text))
        wrong = [(0, 3, "known"), (2, len(text), text)]
        predictions.append(Prediction(wrong, [Mention(text + "x", text)], [Issue("unplaced", text)], text))
    return Study(HOSTILE[0], HOSTILE[1], tuple(gold), labels, (score(HOSTILE[2], gold, predictions, labels=labels),))


class Tags(HTMLParser):
    """Collects every element and attribute of a page, and the text of its JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.data = ""
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._in_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    tags.close()
    return tags


def test_the_page_holds_the_data_it_shows(sample: Study) -> None:
    """The JSON in the page is `report_data`, and reads back as it was."""
    data = json.loads(parsed(to_html([sample])).data)

    assert data["studies"] == json.loads(json.dumps(report_data([sample])["studies"]))


def test_figures_are_those_of_the_evaluation(sample: Study) -> None:
    """What the page says of a format is what the library says."""
    (study,) = report_data([sample])["studies"]
    for result, shown in zip(sample.results, study["results"], strict=True):
        assert shown["strict"]["f1"] == result.strict.micro.f1
        assert shown["text"]["f1"] == result.text.micro.f1
        assert shown["errors"] == {str(kind): count for kind, count in result.errors.counts.items()}
        assert f"{100 * result.strict.micro.f1:.2f}" in to_html([sample])


def test_every_error_is_on_some_document(sample: Study) -> None:
    """Each case of the error report is marked once where it happened, so a bar can lead to its cases."""
    (study,) = report_data([sample])["studies"]
    for place, result in enumerate(sample.results):
        views = [document["views"][document["of"][place]] for document in study["docs"]]
        marked = [kind for view in views for kind in view["gold"]]
        marked += [item[3] for view in views for item in view["predicted"]]
        marked += [item[2] for view in views for item in view["unplaced"]]
        for kind in ErrorType:
            assert marked.count(kind.value) == result.errors.counts[kind], kind
        assert marked.count("touched") == result.errors.touched


def test_a_repeated_prediction_is_marked_once() -> None:
    """Of two equal predictions one is right and one the duplicate."""
    gold = [Document("Ann left", [(0, 3, "PER")])]
    said = [Prediction([(0, 3, "PER"), (0, 3, "PER")], text="Ann left")]
    study = Study("c", "s", tuple(gold), labels_of(gold), (score("xml", gold, said),))

    (view,) = report_data([study])["studies"][0]["docs"][0]["views"]
    assert sorted(item[3] for item in view["predicted"]) == ["", "duplicate"]


def test_equal_views_are_kept_once(sample: Study) -> None:
    """Formats that say the same of a document share one view."""
    (study,) = report_data([sample])["studies"]

    assert all(len(document["of"]) == len(FORMATS) for document in study["docs"])
    assert all(
        view not in document["views"][:at] for document in study["docs"] for at, view in enumerate(document["views"])
    )


def test_nothing_in_the_data_becomes_markup(hostile: Study) -> None:
    """Hostile text in documents, ids, labels, names and issues adds no element and no attribute."""
    plain = Study("c", "s", *_harmless(hostile))
    page, harmless = to_html([hostile], title=HOSTILE[0]), to_html([plain], title="title")

    assert sorted(parsed(page).tags) == sorted(parsed(harmless).tags)
    assert {name for name, _ in parsed(page).attributes} == {name for name, _ in parsed(harmless).attributes}
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49" not in re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def _harmless(study: Study) -> tuple[tuple[Document, ...], LabelSet, tuple[object, ...]]:
    """Return a study of the same shape whose strings hold letters alone."""
    names = {text: "l" + "abcde"[place] * (len(text) - 1) for place, text in enumerate(HOSTILE)} | {"known": "known"}
    gold, predictions = [], []
    for document, said in zip(study.gold, study.results[0].predictions, strict=True):
        text = names[document.text]
        gold.append(Document(text, [(s, e, names[label]) for s, e, label in document.entities], id=text))
        wrong = [(s, e, names[label]) for s, e, label in said.entities]
        predictions.append(Prediction(wrong, [Mention(text + "x", text)], [Issue("unplaced", text)], text))
    labels = LabelSet(names.values())
    return tuple(gold), labels, (score("f", gold, predictions, labels=labels),)


def test_the_page_loads_nothing(sample: Study) -> None:
    """No script, style, font or image comes from elsewhere."""
    page = parsed(to_html([sample]))

    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "srcset") or "//" in (value or "")]


def test_the_page_is_written_whole_and_in_utf8(tmp_path: Path) -> None:
    """Any text can be shown, a lone surrogate included; the file is there at once or not at all."""
    gold = [Document("北京 \ud800 😀", [(0, 2, "地名")])]
    said = [get_codec("xml").decode("<地名>北京</地名> \ud800 😀", gold[0].text)]
    study = Study("語", "\udc00", tuple(gold), labels_of(gold), (score("xml", gold, said),))

    write_report(tmp_path / "report.html", [study])

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads(parsed(page).data)["studies"][0]["docs"][0]["text"] == gold[0].text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_no_study_is_an_error() -> None:
    """A report of nothing is refused."""
    with pytest.raises(DataError, match="at least one study"):
        to_html([])
