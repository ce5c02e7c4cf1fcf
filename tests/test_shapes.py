"""One reading of a text in every notation and shape that models write: what is read does not depend on it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import genner

TEXT = "Ann Reed met Bob in Rome. Bob left Acme Corp on Monday."
ITEMS = [("Ann Reed", "PER", 0), ("Bob", "PER", 13), ("Rome", "LOC", 20), ("Bob", "PER", 26), ("Acme Corp", "ORG", 35)]
LABELS = genner.LabelSet(
    [
        genner.Label("PER", title="person"),
        genner.Label("LOC", title="location"),
        genner.Label("ORG", title="organization"),
    ]
)
TITLES = {label.name: label.title for label in LABELS.labels}
GOLD = tuple((start, start + len(mention), label) for mention, label, start in ITEMS)
GROUPS = {label: [mention for mention, of, _ in ITEMS if of == label] for label in LABELS}
PAIRS = [(mention, label) for mention, label, _ in ITEMS]

MARKS: dict[str, str] = {
    "bracket": "[{0} | {1}]",
    "bracket-close": "[{0}|{1}]",
    "bracket-parenthesis": "[{0}]({1})",
    "bracket-label-first": "[{1}: {0}]",
    "bracket-swapped": "[{1} | {0}]",
    "brace": "{{{0} | {1}}}",
    "brace-label-first": "{{{1}: {0}}}",
    "brackets": "[[{0}|{1}]]",
    "braces": "{{{{{0}|{1}}}}}",
    "arrow": "[{0} -> {1}]",
    "underscore": "[{0}]_{1}",
    "cjk": "【{0}|{1}】",
    "guillemets": "«{0}»({1})",
    "bold-parenthesis": "**{0}** ({1})",
    "bold-bracket": "**{0}**[{1}]",
    "italics": "_{0}_ ({1})",
    "backticks": "`{0}` ({1})",
    "xml": "<{1}>{0}</{1}>",
    "xml-title": "<{2}>{0}</{2}>",
    "xml-escaped": "&lt;{1}&gt;{0}&lt;/{1}&gt;",
    "entity-type": '<entity type="{1}">{0}</entity>',
    "span-class": '<span class="{1}">{0}</span>',
    "mark-class": '<mark class="{1}">{0}</mark>',
    "bold-label": '<b label="{1}">{0}</b>',
    "bbcode": "[{1}]{0}[/{1}]",
    "marks": "@@{0}##({1})",
    "pipes": "|{0}|{1}|",
    "latex": "\\{1}{{{0}}}",
    "start-end": "<START:{1}> {0} <END>",
}
"""Marks around a mention in a copy of the text: the mention, its label, and the title of the label."""

LINES: dict[str, str] = {
    "bullets": "- {0} ({1})",
    "bold": "* **{0}**: {1}",
    "bold-title": "* **{0}** ({2}) - mentioned in the text",
    "numbered": "1. {0} - {1}",
    "dash": "{0} – {1}",
    "colon": "{0}: {1}",
    "colon-label-first": "{1}: {0}",
    "tab": "{0}\t{1}",
    "pipe": "{0} | {1}",
    "arrow": "{0} -> {1}",
    "equals": "{0} = {1}",
    "sentence": "{0} is a {2}.",
    "quotes": '"{0}" ({1})',
    "bracketed": "[{0} | {1}]",
    "tagged": "<{1}>{0}</{1}>",
    "tuple": "({0}, {1})",
    "record": "Entity: {0}\nType: {1}\n",
    "calls": 'add_entity("{0}", "{1}")',
    "appends": 'entity_list.append({{"text": "{0}", "type": "{1}"}})',
    "objects": '{{"text": "{0}", "label": "{1}"}}',
    "table-row": "| {0} | {1} |",
}
"""One mention in a line."""


def marked(mark: str) -> str:
    """Return the text with a mark around each mention."""
    made, at = "", 0
    for mention, label, start in ITEMS:
        made += TEXT[at:start] + mark.format(mention, label, TITLES[label])
        at = start + len(mention)
    return made + TEXT[at:]


def shapes() -> Iterator[tuple[str, str]]:
    """Yield shapes and the reading of the text in each."""
    for name, mark in MARKS.items():
        yield f"marked:{name}", marked(mark)
    for name, line in LINES.items():
        yield f"lines:{name}", "\n".join(line.format(*pair, TITLES[pair[1]]) for pair in PAIRS)
    offsets = [{"text": mention, "label": label, "start": start} for mention, label, start in ITEMS]
    yield "json:offsets", json.dumps([one | {"end": one["start"] + len(str(one["text"]))} for one in offsets])  # type: ignore[operator]
    yield "json:items", json.dumps([{"text": mention, "label": label} for mention, label in PAIRS])
    yield "json:wrapped", json.dumps({"entities": [{"name": one, "entity_type": TITLES[two]} for one, two in PAIRS]})
    yield "json:pairs", json.dumps(PAIRS)
    yield "json:pairs-label-first", json.dumps([pair[::-1] for pair in PAIRS])
    yield "json:tuples", repr(PAIRS)
    yield "json:groups", json.dumps(GROUPS)
    yield "json:groups-by-title", json.dumps({TITLES[label]: group for label, group in GROUPS.items()})
    yield "json:groups-as-records", json.dumps([{"label": label, "entities": group} for label, group in GROUPS.items()])
    yield "json:parallel", json.dumps({"entities": [one for one, _ in PAIRS], "labels": [two for _, two in PAIRS]})
    yield "json:string", json.dumps(json.dumps([{"text": mention, "label": label} for mention, label in PAIRS]))
    yield (
        "json:lines",
        json.dumps({"answer": "\n".join(f"{label}: {', '.join(group)}" for label, group in GROUPS.items())}),
    )
    yield "yaml:items", "entities:\n" + "\n".join(f"  - text: {one}\n    label: {two}" for one, two in PAIRS)
    yield (
        "yaml:groups",
        "\n".join(f"{one}:\n" + "\n".join(f"  - {two}" for two in group) for one, group in GROUPS.items()),
    )
    yield "groups:comma", "\n".join(f"{label}: {', '.join(group)}" for label, group in GROUPS.items())
    yield "groups:semicolon", "\n".join(f"{label}: {'; '.join(group)}" for label, group in GROUPS.items())
    yield "groups:bold", "\n".join(f"**{TITLES[one].title()}s:** {', '.join(group)}" for one, group in GROUPS.items())
    yield (
        "groups:headings",
        "\n\n".join(
            f"### {TITLES[label].title()}\n" + "\n".join(f"- {mention}" for mention in group)
            for label, group in GROUPS.items()
        ),
    )
    yield "sentence:semicolon", "; ".join(f"{mention} ({label})" for mention, label in PAIRS)
    yield "sentence:comma", "The entities are " + ", ".join(f"{one} ({TITLES[two]})" for one, two in PAIRS) + "."
    yield "code:classes", "\n".join(f'{label.title()}(span="{mention}")' for mention, label in PAIRS)
    yield "code:dictionary", f"entities = {GROUPS!r}"


SURROUNDED: dict[str, str] = {
    "alone": "{}",
    "fence": "```\n{}\n```",
    "behind": "Sure! Here is the answer:\n\n{}",
    "before": "{}\n\nI hope this helps.",
}


@pytest.mark.parametrize("around", SURROUNDED)
@pytest.mark.parametrize(("shape", "output"), [pytest.param(*pair, id=pair[0]) for pair in shapes()])
def test_what_is_read_depends_on_no_shape(shape: str, output: str, around: str) -> None:
    """A model that answers in a notation of its own is understood, whatever it was asked for."""
    answer = SURROUNDED[around].format(output)
    read = {
        format: genner.decode(answer, TEXT, format, labels=LABELS).entities
        for format in (None, *genner.FORMATS, "lines", "tags", "code")
    }

    assert {format: entities for format, entities in read.items() if entities != GOLD} == {}


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "tags", "code"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param('Sure! [["张三", "PER"], ["北京", "LOC"], ["联合国", "ORG"]]', id="pairs-behind-words"),
        pytest.param("[PER: 张三]昨天在[LOC: 北京]会见了[ORG: 联合国]代表。", id="labels-in-front"),
        pytest.param("@@张三##(PER)昨天在@@北京##(LOC)会见了@@联合国##(ORG)代表。", id="labels-behind-marks"),
    ],
)
def test_a_text_without_spaces_is_read_in_every_shape(answer: str, format: str | None) -> None:
    """Neither JSON behind a few words nor a label next to its mark depends on white space."""
    read = genner.decode(answer, "张三昨天在北京会见了联合国代表。", format, labels="PER,LOC,ORG")

    assert read.entities == ((0, 2, "PER"), (5, 7, "LOC"), (10, 13, "ORG"))


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "tags", "code"])
def test_a_marked_copy_keeps_the_comma_of_a_mention(format: str | None) -> None:
    """A copy without changes is one, though its marks cut at commas would be more mentions of the text."""
    text = "Paris, Texas-based AT&T left Rome."
    answer = "[LOC: Paris, Texas]-based [ORG: AT&T] left [LOC: Rome]."

    read = genner.decode(answer, text, format, labels="LOC,ORG")

    assert read.entities == ((0, 12, "LOC"), (19, 23, "ORG"), (29, 33, "LOC"))
