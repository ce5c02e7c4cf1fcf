"""The HTML report: one file, complete, and nothing in the data can become markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from genner.evaluation import breakdown, compare, confusion
from genner.exceptions import DataError, UnknownNameError
from genner.formats import FORMATS, get_codec
from genner.lexicon import Lexicon
from genner.metrics import ErrorType
from genner.report import corpus_to_html, errors_to_html, report_data, to_html, write_report
from genner.study.assessment import Study, assess, labels_of, score
from genner.study.samples import load_sample, sample_labels
from genner.types import Document, Entity, Issue, LabelSet, Mention, Prediction

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
    """The JSON in the page is what `report_data` says of the documents, and reads back as it was."""
    (shown,) = json.loads(parsed(to_html([sample])).data)["studies"]
    (data,) = json.loads(json.dumps(report_data([sample])["studies"]))

    assert shown["docs"] == data["docs"]
    assert shown == {name: data[name] for name in shown}


def test_figures_are_those_of_the_evaluation(sample: Study) -> None:
    """What the page says of a format is what the library says."""
    (study,) = report_data([sample])["studies"]
    kinds = {kind["kind"]: [bar["figure"]["n"] for bar in kind["bars"]] for kind in study["errors"]["kinds"]}
    for place, (result, shown) in enumerate(zip(sample.results, study["scores"], strict=True)):
        micro = result.strict.micro
        assert (shown["f1"], shown["text"]) == (micro.f1, result.text.micro.f1)
        assert shown["interval"] == list(result.strict.interval())
        assert [shown[name]["n"] for name in ("tp", "fp", "fn", "support")] == [
            micro.tp,
            micro.fp,
            micro.fn,
            micro.support,
        ]
        assert {kind: bars[place] for kind, bars in kinds.items()} == {
            kind.value: count for kind, count in result.errors.counts.items() if count
        }
        for row in filter(None, study["label_scores"][place]["rows"]):
            score = result.strict[row["label"]]
            assert [row[name]["n"] for name in ("tp", "fp", "fn")] == [score.tp, score.fp, score.fn]


def test_every_error_is_on_some_document(sample: Study) -> None:
    """Each case of the error report is marked once where it happened, so a bar can lead to its cases."""
    (study,) = report_data([sample])["studies"]
    for place, result in enumerate(sample.results):
        views = [document["views"][document["of"][place]] for document in study["docs"]]
        faults = [fault for view in views for fault in view["gold"]]
        faults += [item[3] for view in views for item in view["predicted"]]
        faults += [item[2] for view in views for item in view["unplaced"]]
        marked = [fault[0] for fault in faults if fault]
        for kind in ErrorType:
            assert marked.count(kind.value) == result.errors.counts[kind], kind
        assert marked.count("touched") == result.errors.touched


def test_a_repeated_prediction_is_marked_once() -> None:
    """Of two equal predictions one is right and one the duplicate."""
    gold = [Document("Ann left", [(0, 3, "PER")])]
    said = [Prediction([(0, 3, "PER"), (0, 3, "PER")], text="Ann left")]
    study = Study("c", "s", tuple(gold), labels_of(gold), (score("xml", gold, said),))

    (view,) = report_data([study])["studies"][0]["docs"][0]["views"]
    assert [item[3] for item in view["predicted"]] == [["duplicate", None], 0]


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

    assert set(parsed(page).tags) == set(parsed(harmless).tags)
    assert parsed(page).tags.count("script") == parsed(harmless).tags.count("script") == 2
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
    assert json.loads(parsed(page).data)["studies"][0]["docs"][0]["text"] == "北京 \ufffd 😀"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_no_study_is_an_error() -> None:
    """A report of nothing is refused."""
    with pytest.raises(DataError, match="at least one study"):
        to_html([])


def test_confusions_and_breakdowns_are_those_of_the_library(sample: Study) -> None:
    """The grid and the charts show what `confusion` and `breakdown` count."""
    (study,) = report_data([sample])["studies"]
    said = sample.results[0].predictions
    table = confusion(sample.gold, said, labels=sample.labels)
    by_depth = breakdown(sample.gold, said, "depth", labels=sample.labels)

    grid = study["confusions"][0]
    for row in grid["rows"]:
        for label, cell in zip(grid["labels"], row["cells"], strict=True):
            assert cell["figure"] is None or cell["figure"]["n"] == table[row["label"], label]
    listed = {(pair["gold"], pair["predicted"]): pair["figure"]["n"] for pair in grid["pairs"]}
    assert listed == {pair: n for pair, n in table.counts.items() if None not in pair and pair[0] != pair[1]}
    assert [*listed.values()] == sorted(listed.values(), reverse=True)
    (chart,) = [one for one in study["breakdowns"] if one["by"] == "depth"]
    for row in chart["rows"]:
        score = by_depth[row["bucket"]]
        assert (row["support"]["n"], row["bars"][0]["f1"]) == (score.support, score.f1)
        assert row["bars"][0]["figure"]["n"] == score.fp + score.fn


def first_letter(document: Document, item: Entity | Mention) -> str:
    """First letter of the entity"""
    return (item.text if isinstance(item, Mention) else document.surface(item))[:1]


def test_breakdowns_are_those_asked_for(sample: Study) -> None:
    """Names, a field of the documents and functions, in the order given; each adds up to all gold entities."""
    gold = tuple(one.replace(meta={"part": f"p{at % 3}"}) for at, one in enumerate(sample.gold))
    said = sample.results[0].predictions
    study = Study("c", "s", gold, sample.labels, (score("xml", gold, said, labels=sample.labels),))
    (shown,) = report_data([study], by=["characters", "meta:part", first_letter, first_letter])["studies"]

    assert [one["by"] for one in shown["breakdowns"]] == ["characters", "meta:part", "first_letter", "first_letter 2"]
    assert [one["described"] for one in shown["breakdowns"]] == [
        "characters of the entity",
        "part of the document",
        "First letter of the entity",
        "First letter of the entity",
    ]
    for one in shown["breakdowns"]:
        assert sum(row["support"]["n"] for row in one["rows"]) == study.entities
    assert [row["bucket"] for row in shown["breakdowns"][1]["rows"]] == ["p0", "p1", "p2"]
    by_part = breakdown(gold, said, "meta:part", labels=sample.labels)
    assert [row["bars"][0]["f1"] for row in shown["breakdowns"][1]["rows"]] == [by_part[p].f1 for p in by_part]
    assert report_data([study], by=())["studies"][0]["breakdowns"] == []


def test_a_field_with_any_number_of_values_has_few_buckets() -> None:
    """The most frequent values, and one bucket for the others; nothing is lost."""
    gold = [Document("a b", [(0, 1, "A")], meta={"n": min(at, 100)}) for at in range(200)]
    said = [Prediction([(0, 1, "A")] * (at % 2), text="a b") for at in range(200)]
    study = Study("c", "s", tuple(gold), LabelSet(["A"]), (score("x", gold, said),))
    rows = report_data([study], by=["meta:n"])["studies"][0]["breakdowns"][0]["rows"]

    assert len(rows) == 36
    assert (rows[-1]["bucket"], rows[-1]["support"]["n"]) == ("(others)", 200 - 100 - 34)
    assert sum(row["bars"][0]["figure"]["n"] for row in rows) == study.results[0].strict.micro.fn


def test_breakdowns_that_cannot_be_made_are_refused(sample: Study) -> None:
    """An unknown name offers the closest; what needs training documents says so."""
    with pytest.raises(UnknownNameError, match="did you mean 'length'"):
        to_html([sample], by=["lenght"])
    with pytest.raises(DataError, match="training"):
        to_html([sample], by=["seen"])


def test_errors_alone_are_broken_down_too(sample: Study) -> None:
    """Kinds of error by bucket: those of `ErrorReport.by`."""
    report = sample.results[0].errors
    (section,) = _data_of(errors_to_html(report, by=["depth", "meta:nothing"]))["studies"]

    assert [one["by"] for one in section["buckets"]] == ["depth", "meta:nothing"]
    from genner.report._sections import errors_section

    shown, _ = errors_section(report, ["depth", "meta:nothing"])["error_breakdowns"]
    counted = {row["name"]: sum(cell["n"] for cell in row["cells"]) for row in shown["rows"]}
    assert counted == {name: sum(kinds.values()) for name, kinds in report.by("depth").items()}


def _data_of(page: str) -> dict[str, list[dict[str, list[dict[str, str]]]]]:
    return json.loads(parsed(page).data)


def test_a_comparison_must_be_of_what_the_page_shows() -> None:
    """Its figures lead to cases of the page, which scores strictly; without names it is of the first two."""
    gold = [Document("a b", [(0, 1, "A"), (2, 3, "B")])]
    said = {"x": [Prediction([(0, 1, "A")])], "y": [Prediction([(0, 3, "B")])], "z": [Prediction([])]}
    results = tuple(score(name, gold, side) for name, side in said.items())
    study = Study("c", "s", tuple(gold), LabelSet(["A", "B"]), results)

    def page(one: str, two: str, **how: Any) -> dict[str, Any]:
        found = compare(gold, said[one], said[two], resamples=10, **how)
        return report_data([replace(study, comparison=found)])["studies"][0]["comparison"]

    assert [figure["n"] for figure in page("x", "y")["figures"]] == [1, 0, 0, 1, 1]
    assert "r=2&v=0" in page("z", "x", names=("z", "x"))["figures"][0]["href"]
    for refused in (("y", "z", {}), ("x", "y", {"names": ("y", "x")}), ("x", "y", {"matching": "partial"})):
        with pytest.raises(DataError, match="needs a strict comparison of systems it shows"):
            page(*refused[:2], **refused[2])


def test_a_grid_of_invented_labels_has_an_end() -> None:
    """A model may invent any number of labels; the grid shows the most frequent and counts the others."""
    text = "word " * 100
    gold = [Document(text, [(0, 4, "A")])]
    said = [Prediction([(5 * at, 5 * at + 4, f"label {at}") for at in range(100)], text=text)]
    study = Study("c", "s", tuple(gold), LabelSet(["A"]), (score("x", gold, said, labels=["A"]),))

    grid = report_data([study])["studies"][0]["confusions"][0]
    assert (len(grid["labels"]), grid["left"]) == (41, 61)


def test_an_error_report_and_a_corpus_have_pages_of_their_own(sample: Study) -> None:
    """`errors_to_html()` needs nothing but the report, and a corpus or predictions no gold side."""
    result = sample.results[0]
    for page in (
        errors_to_html(result.errors, title="mine"),
        corpus_to_html(sample.gold),
        corpus_to_html(result.predictions),
    ):
        docs = json.loads(parsed(page).data)["studies"][0]["docs"]
        assert docs
        assert {"link", "img", "iframe"}.isdisjoint(parsed(page).tags)
    assert "<title>mine</title>" in errors_to_html(result.errors, title="mine")


def test_a_prediction_without_a_text_has_no_page() -> None:
    """There is nothing to show it over."""
    with pytest.raises(DataError, match="no text"):
        corpus_to_html([Prediction([(0, 1, "A")])])
    with pytest.raises(DataError, match="at least one document"):
        corpus_to_html([])


def test_confidence_is_shown_where_every_entity_has_a_score(sample: Study) -> None:
    """Reliability is that of `genner.confidence`; without a score for each entity there is no card."""
    gold = [Document("a b", [(0, 1, "A")], id="1"), Document("c d", [(2, 3, "A")], id="2")]
    entities = [Entity(0, 1, "A"), Entity(2, 3, "A")]
    details = {entities[0]: {"agreement": 0.9}, entities[1]: {"agreement": 0.4}}
    predictions = [Prediction(entities, text=one.text, details=details) for one in gold]
    study = Study("two", "a system", tuple(gold), labels_of(gold), (score("scored", gold, predictions),))
    (shown,) = report_data([study])["studies"]
    (one,) = shown["confidence"]

    assert [(row["name"], row["entities"], row["right"]) for row in one["bins"]] == [
        ("0.4 to 0.5", 2, 0.5),
        ("0.9 to 1.0", 2, 0.5),
    ]
    assert one["error"] == pytest.approx((0.2 + 0.8) / 4)
    assert "<h3>Confidence</h3>" in to_html([study])
    assert report_data([sample])["studies"][0]["confidence"] == []
    assert "<h3>Confidence</h3>" not in to_html([sample])


# -- what a reader sees first ------------------------------------------------------------------------


TEXT = "Ann left the Bank of Rome"
GOLD = [Document(TEXT, [(0, 3, "PER"), (13, 25, "ORG")], id="s1")]
FOUND = [Prediction([(0, 3, "PER"), (13, 25, "LOC")], text=TEXT)]
NOTHING = [Prediction([], text=TEXT)]


def headline(*systems: tuple[str, list[Prediction]], times: int = 1, **more: Any) -> str:
    """Return the headline of a page about these systems, with every document as often as asked."""
    gold = GOLD * times
    results = tuple(score(name, gold, found * times) for name, found in systems)
    (data,) = report_data([Study("corpus", "system", tuple(gold), None, results, **more)])["studies"]
    return str(data["headline"])


def test_the_headline_is_the_finding() -> None:
    """What goes wrong most often, which system is best, or what a comparison found; counted by hand."""
    wrong = "is Wrong Types (1 of 1, 100 %). The boundaries are right, the label is another one of the set."
    most, most_of_one = f"The most frequent kind of error {wrong}", f"The most frequent kind of error of one {wrong}"
    compared = compare(GOLD * 30, FOUND * 30, NOTHING * 30, names=("one", "two"), resamples=1000)

    assert headline(("one", FOUND)) == f"Strict F1 is 50.00. {most}"
    assert headline(("one", FOUND), ("two", FOUND)) == f"Both systems have a strict F1 of 50.00. {most_of_one}"
    assert headline(("two", NOTHING), ("one", FOUND)) == (
        f"one has the highest strict F1 (50.00), two the lowest (0.00). {most_of_one}"
    )
    assert headline(("one", [Prediction(GOLD[0].entities, text=TEXT)])) == "Strict F1 is 100.00. There is no error."
    assert re.fullmatch(
        r"one is 50\.00 points above two \(50\.00 and 0\.00 strict F1\), p = 0\.\d+\.",
        headline(("one", FOUND), ("two", NOTHING), times=30, comparison=compared),
    )
    other = compare(GOLD * 30, NOTHING * 30, FOUND * 30, names=("two", "one"), resamples=1000)
    shown = headline(("two", NOTHING), ("one", FOUND), times=30, comparison=other)
    assert shown.startswith("one is 50.00 points above two (50.00 and 0.00 strict F1)")


def test_the_headline_calls_no_chance_a_difference() -> None:
    """Where a test cannot tell, the headline says so and why."""
    compared = compare(GOLD, FOUND, NOTHING, names=("one", "two"))

    assert "whether by chance is not known" in headline(("one", FOUND), ("two", NOTHING), comparison=compared)
    same = compare(GOLD, FOUND, FOUND, names=("one", "two"))
    assert headline(("one", FOUND), ("two", FOUND), comparison=same) == (
        "one and two score the same (50.00 and 50.00 strict F1)."
    )


def test_the_page_has_its_date_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are at its head; a build that is to be the same every time sets the date."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    study = Study("corpus", "system", tuple(GOLD), None, (score("one", GOLD, FOUND),))

    assert "Written on 2023-11-14 22:13 UTC by <code>genner &lt;b&gt;</code>." in to_html([study], command="genner <b>")
    assert "Written on 2023-11-14 22:13 UTC." in to_html([study])


def test_the_raw_answer_is_kept_with_its_document() -> None:
    """Each system has what it wrote, or nothing where that is not known."""
    results = (score("one", GOLD, FOUND, outputs=["<PER>Ann"]), score("two", GOLD, FOUND))
    (data,) = report_data([Study("corpus", "system", tuple(GOLD), None, results)])["studies"]

    assert data["docs"][0]["raw"] == ["<PER>Ann", None]
    assert "raw" not in report_data([Study("c", "s", tuple(GOLD), None, results[1:])])["studies"][0]["docs"][0]


def test_equal_systems_are_named() -> None:
    """Systems with the same predictions have bars of the same length; a note says that they are the same."""
    gold = [Document("Ann left", [(0, 3, "PER")])]
    right, wrong = [Prediction([(0, 3, "PER")])], [Prediction([(4, 8, "PER")])]
    results = tuple(score(name, gold, found) for name, found in (("a", right), ("b", wrong), ("c", right)))
    study = Study("corpus", "systems", tuple(gold), LabelSet(["PER"]), results)

    notes = report_data([study])["studies"][0]["notes"]
    assert "a and c predict the same entities in every document" in notes
