"""The tolerant JSON parser: what `json.loads` reads is read just so, and one slip costs one value at most."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.formats.tolerant import Node, parse, parse_members

MARKS = '[]{}",:'


def plain(node: Node) -> Any:
    """Return what a node holds: objects as lists of pairs, so that keys that are there twice are seen."""
    if node.kind == "array":
        return [plain(item) for item in node.value]
    if node.kind == "object":
        return [("" if key is None else key.value, plain(value)) for key, value in node.value]
    return node.value if node.kind != "nothing" else ...


def as_dicts(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return {key: as_dicts(inner) for key, inner in value}
    return [as_dicts(item) for item in value] if isinstance(value, list) else value


def pairs(text: str) -> Any:
    return json.loads(text, object_pairs_hook=list)


keys = st.sampled_from(["PER", "text", "label", "", 'a"b', "’", "名"]) | st.text(max_size=4)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet="ab \"'“”’[]{},:\\\n\u00e9/#0", max_size=8)
)
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@settings(max_examples=400, deadline=None)
@given(tree=trees, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_reads_valid_json_as_the_standard_library_does(tree: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps([tree], indent=indent, ensure_ascii=ascii_only)
    node, problems = parse(text, 0)

    assert plain(node) == pairs(text)
    assert problems == []
    assert (node.start, node.end, node.complete) == (0, len(text), True)


@pytest.mark.parametrize(
    "text", ["[Infinity, -Infinity, 1e3, -0.5]", '{"a": 1, "a": 2}', '["\\ud83d\\ude00", "\\ud83d"]']
)
def test_reads_what_only_the_standard_library_calls_json(text: str) -> None:
    assert plain(parse(text, 0)[0]) == pairs(text)


@settings(max_examples=400, deadline=None)
@given(text=st.text(alphabet="ab1 \"'“”’[]{}(),:\\\n-#/*.=", max_size=40))
def test_reads_anything(text: str) -> None:
    for at in {text.find("["), text.find("{"), text.find('"')} - {-1}:
        node, problems = parse(text, at)

        assert at <= node.start <= node.end <= len(text)
        assert all(0 <= problem.start <= len(text) for problem in problems)


def test_reads_every_depth_that_json_loads_reads() -> None:
    assert parse("[" * 900 + "]" * 900, 0)[0].complete


@pytest.mark.parametrize("mark", ["[", '["[', '{"a":'])
def test_sets_what_is_nested_deeper_than_any_answer_aside_as_one_problem(mark: str) -> None:
    node, problems = parse(mark * 50_000, 0)

    assert not node.complete
    assert problems[-1].detail == "brackets nested deeper than in any answer"
    assert len(problems) < 2_000


ITEMS = (
    '[{"text": "Ann Reed", "label": "PER", "start": 0}, {"text": "Acme", "label": "ORG", "start": 9}, '
    '{"text": "Oslo", "label": "LOC", "start": 20}]'
)
GROUPS = '{"PER": ["Ann Reed", "Bob"], "ORG": ["Acme"], "LOC": ["Oslo"]}'


def slips(text: str) -> list[str]:
    """Return a text with one mark less, doubled or more."""
    found = [text[:at] + text[at + 1 :] for at, char in enumerate(text) if char in MARKS]
    found += [text[:at] + char + text[at:] for at, char in enumerate(text) if char in MARKS]
    found += [text[:at] + mark + text[at:] for at in range(1, len(text)) for mark in MARKS]
    return [slip for slip in found if slip[:1] == text[:1]]


def held(node: Node) -> set[tuple[str, ...]]:
    """Return the items and the pairs of label and mention below a node."""
    found: set[tuple[str, ...]] = set()
    todo = [node]
    for part in todo:
        if part.kind == "array":
            todo += part.value
        elif part.kind == "object":
            values = {key.value: value for key, value in part.value if key is not None}
            if {"text", "label"} <= values.keys():
                found.add((str(values["label"].value), str(values["text"].value)))
            for name, value in values.items():
                todo.append(value)
                if value.kind == "array":
                    found |= {(name, str(item.value)) for item in value.value if item.kind == "string"}
    return found


@pytest.mark.parametrize("slip", [slip for slip in slips(ITEMS) if slip.count("]") and slip[1] == "{"])
def test_one_slip_costs_one_item(slip: str) -> None:
    node, _ = parse(slip, 0)
    rest = slip[node.end :]
    wanted = {("PER", "Ann Reed"), ("ORG", "Acme"), ("LOC", "Oslo")}

    lost = [pair for pair in wanted - held(node) if pair[1] not in rest]
    assert len(lost) <= 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"a": 1}, {"b": 2}}, {"c": 3}]', [{"a": 1}, {"b": 2}, {"c": 3}]),
        ('{"PER": ["A", "c" B" ], "LOC": ["e"]}', {"PER": ["A", 'c" B'], "LOC": ["e"]}),
        ('{"PER": ["Ann", "LOC": ["Oslo"]}', {"PER": ["Ann"], "LOC": ["Oslo"]}),
        ('{"PER": "Ann", "Bob"], "LOC": ["Oslo"]}', {"PER": ["Ann", "Bob"], "LOC": ["Oslo"]}),
        ('{"PER": Ann, Bob, "LOC": Oslo}', {"PER": ["Ann", "Bob"], "LOC": "Oslo"}),
        ('{"PER": ["Ann", "Bob], "LOC": ["Oslo"]}', {"PER": ["Ann", "Bob"], "LOC": ["Oslo"]}),
        ('{"PER: ["Ann"], "LOC: ["Oslo"]}', {"PER": ["Ann"], "LOC": ["Oslo"]}),
        ('{PER": [Ann", "Bob"]}', {"PER": ["Ann", "Bob"]}),
        ('["Ann, "Bob", "Cid"]', ["Ann", "Bob", "Cid"]),
        ('{"PER": ["Ann"}, "LOC": ["Oslo"]}', {"PER": ["Ann"], "LOC": ["Oslo"]}),
        ('[{"a": "Ann"], "b": "PER"}, {"a": "Bob"}]', [{"a": "Ann", "b": "PER"}, {"a": "Bob"}]),
        ('[{"a": "Ann", "b": "PER", {"a": "Bob"}]', [{"a": "Ann", "b": "PER"}, {"a": "Bob"}]),
        ('["a": "Ann", "b": "PER"}, {"a": "Bob"}]', [{"a": "Ann", "b": "PER"}, {"a": "Bob"}]),
        ('[{"a" "Ann" "b": "PER"}]', [{"a": "Ann", "b": "PER"}]),
        ('[{"a":: "Ann", "b",: 1}]', [{"a": "Ann", "b": 1}]),
        ("{'PER': ['O'Neil', 'Ann']}", {"PER": ["O'Neil", "Ann"]}),
        ('[{"a": "The "Blue Door", second part", "b": 1}]', [{"a": 'The "Blue Door", second part', "b": 1}]),
        ('[{"a": ""Blue Door"", "b": 1}]', [{"a": '"Blue Door"', "b": 1}]),
        ('{“来”: ["有“咖啡、葡萄”还"]}', {"来": ["有“咖啡、葡萄”还"]}),
        ('{"a": ["北京”，“上海"], "b": 1,}', {"a": ["北京”，“上海"], "b": 1}),
        ('["a" // x\n, "b" /* y */, # z\n]', ["a", "b"]),
        ('{\\n  "a": [\\n "b"\\n ]\\n}', {"a": ["b"]}),
        ('[ - "a": "x"\n - "a": "y"\n]', [{"a": "x"}, {"a": "y"}]),
        ('{"a": ("x",), "b": set(), "c": None}', {"a": ["x"], "b": [], "c": None}),
        ('["x", ..., 0x1F]', ["x", 31]),
    ],
)
def test_repairs(text: str, value: Any) -> None:
    node, problems = parse(text, 0)

    assert as_dicts(plain(node)) == value or plain(node) == value
    assert node.complete
    assert problems


def test_marks_what_the_end_cuts_off() -> None:
    node, _ = parse('[{"a": "Ann", "b": "Os', 0)

    assert not node.complete
    assert not node.value[0].value[1][1].complete


def test_reads_members_without_braces() -> None:
    node, problems = parse_members('"PER": ["Ann"], "LOC": ["Oslo"]\n\nThat is all.', 0)

    assert as_dicts(plain(node)) == {"PER": ["Ann"], "LOC": ["Oslo"]}
    assert node.complete
    assert problems[0].detail == "missing braces"
