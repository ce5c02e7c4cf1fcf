"""Inputs on which readers of answers are slow, in any size, and a count of the steps that reading takes."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NamedTuple, TypeVar

__all__ = ["WORST", "WORST_LABELS", "Input", "check_linear", "count_steps"]

WORST_LABELS: tuple[str, ...] = ("PER", "LOC", "ORG")
_SHORT = 'Ann (the "boss") saw Rome [1] and <b>Oslo</b>, a|b, in May.'
_MARKS = "!?.,;:-()<>/[]|{}\"'"


_Input = TypeVar("_Input")


class Input(NamedTuple):
    """An answer and the text it is about.

    Args:
        options: options of the codec that make it worse.
    """

    output: str
    text: str
    options: Mapping[str, Any] = {}


def _drawn(letters: str, size: int) -> str:
    return "".join(random.Random(size).choices(letters, k=size))


def _words(size: int) -> str:
    """Words that come back now and then, as in real texts."""
    return " ".join(f"w{number % 997}bcdefghij" for number in range(size // 13))


def _typos(text: str, step: int) -> str:
    """Change one letter in every `step`."""
    letters = list(text)
    letters[step::step] = "q" * len(letters[step::step])
    return "".join(letters)


def _lists(mentions: list[str], label: str = "PER") -> str:
    """A list that every format reads."""
    return json.dumps([{"text": mention, "label": label} for mention in mentions], ensure_ascii=False)


# Answers that are bad for their characters alone. Each is tried against a short text, against a text of
# words as long as the answer, and against itself.
_ANSWERS: dict[str, Callable[[int], str]] = {
    **{opener * 3: lambda size, opener=opener: opener * size for opener in "[{<(|`#@*/\\&"},  # type: ignore[misc]
    "[(((": lambda size: "[" + "(" * size,
    "<PER>...": lambda size: "<PER>" * (size // 5),
    "</PER>...": lambda size: "</PER>" * (size // 6),
    "<PER>...ab</PER>...": lambda size: "<PER>" * (size // 11) + "ab" + "</PER>" * (size // 11),
    "<PER>x</PER>...": lambda size: "<PER>x</PER>" * (size // 12),
    "<PER/>...": lambda size: "<PER>" + "x <PER/>" * (size // 8),
    "[[ab | PER]]": lambda size: "[" * (size // 8) + "ab" + " | PER]" * (size // 8),
    "ab | PER]...": lambda size: "ab | PER]" * (size // 9),
    "[a b c]...": lambda size: "[a b c]" * (size // 7),
    "[a | PER]...": lambda size: "[a | PER]" * (size // 9),
    "[ | PER | PER": lambda size: "[" + " | PER" * (size // 6),
    '{"PER": ...': lambda size: '{"PER": ' * (size // 8),
    '{"...': lambda size: '{"' * (size // 2),
    '["...': lambda size: '["' * (size // 2),
    "['...": lambda size: "['" * (size // 2),
    "['a' 'a'...": lambda size: "[" + "'a' " * (size // 4),
    '["\\\\...': lambda size: '["' + "\\" * size,
    '["": ...': lambda size: '["a": ' * (size // 6),
    "many items": lambda size: "[" + '{"text": "Rome", "label": "LOC", "start": 1, "end": 5},' * (size // 55) + "]",
    "items without braces": lambda size: "[" + '"text": "Rome", "label": "LOC",' * (size // 31) + "]",
    "a brace too many": lambda size: "[" + '{"text": "Rome", "label": "LOC"}},' * (size // 34) + "]",
    "never closed": lambda size: "[" + '{"text": "Rome", "label": "LOC", ' * (size // 33),
    "other brackets": lambda size: "[" + '{"text": "Rome", "label": "LOC"],' * (size // 33) + "]",
    "quotes inside": lambda size: '[{"text": "' + 'a "b" ' * (size // 6) + '"}]',
    "many JSON lines": lambda size: '{"text": "Rome", "label": "LOC"}\n' * (size // 33),
    "many lists": lambda size: '[{"text": "Rome", "label": "LOC"}]\nWait, no.\n' * (size // 45),
    "arrays on lines": lambda size: '["Ann", "PER"]\n' * (size // 15),
    "JSON in strings": lambda size: json.dumps(json.dumps(_lists(["Ann"] * (size // 50)))),
    "comments": lambda size: "[/*" * (size // 3),
    "one comment": lambda size: "[/*" + "* " * (size // 2),
    "<think>...": lambda size: "<think>" * (size // 7),
    "<think></think>...": lambda size: "<think>a</think>" * (size // 16),
    "</think>...": lambda size: "</think>" * (size // 8),
    "analysis": lambda size: "analysis" * (size // 8),
    "assistantfinal": lambda size: "assistantfinal" * (size // 14),
    "<|channel|>": lambda size: "<|channel|>final<|message|>" * (size // 27),
    "fences": lambda size: "```\n" * (size // 4),
    "fences with json": lambda size: "```json\n[]\n```\n" * (size // 15),
    "attributes": lambda size: '<PER a="' * (size // 8),
    "attributes in a tag": lambda size: "<PER " + 'a="b" ' * (size // 6),
    "references": lambda size: "&amp;" * (size // 5),
    "accents": lambda size: "\u0301" * size,
    "letter and accents": lambda size: '[{"text": "a' + "\u0301" * size + '", "label": "PER"}]',
    "letters": lambda size: _drawn("abcde ", size),
    "marks": lambda size: _drawn(_MARKS, size),
    "white space": lambda size: _drawn(" \n\t", size),
    "spaces": lambda size: "<" + " " * (size // 2) + "[" + " " * (size // 2),
    "empty lines": lambda size: "\n" * size,
    "lines of prose": lambda size: "Ann saw Rome. " * (size // 14),
    "PER: Ann": lambda size: "PER: Ann\n" * (size // 9),
    "PER: Ann, Ann": lambda size: "PER: " + "Ann, " * (size // 5),
    "Ann (PER)": lambda size: "Ann (PER)\n" * (size // 10),
    "- w1 x (PER)": lambda size: "".join(f"- w{number} x (PER)\n" for number in range(size // 14)),
    "(PER) (PER)": lambda size: "Ann " + "(PER) " * (size // 6),
    "Ann - PER - PER": lambda size: "Ann " + "- PER " * (size // 6),
    "- - -": lambda size: "- " * (size // 2),
    "1. 1. 1.": lambda size: "1. " * (size // 3),
    "**Ann**": lambda size: "**Ann** " * (size // 8),
    "tables": lambda size: "| Ann | PER |\n" * (size // 14),
    "a wide table": lambda size: "| Ann " * (size // 6) + "|\n|---" * (size // 6),
    "examples": lambda size: "Ann\n" + "\n\nText: Ann met Bob\n" * (size // 20),
    "elements": lambda size: '<a><b end="3">Ann</b></a>' * (size // 25),
    "headings": lambda size: "## PER\nAnn\n" * (size // 11),
    "tags": lambda size: "Ann B-PER\n" * (size // 10),
    "tags in text": lambda size: "Ann(B-PER) " * (size // 11),
    "@@Ann##": lambda size: "@@Ann## " * (size // 8),
    "@@@@##": lambda size: "@@" * (size // 4) + "##" * (size // 4),
    "calls": lambda size: "[" + 'PER(span="Ann"), ' * (size // 17),
    "calls in calls": lambda size: "PER(" * (size // 4),
    "yaml": lambda size: "- text: Ann\n  label: PER\n" * (size // 25),
    "Wait": lambda size: "Wait, no. Final answer: " * (size // 24),
}

# Answers that are bad for their text.
_PAIRS: dict[str, Callable[[int], Input]] = {
    "one mention very often": lambda size: Input(_lists(["Ann"] * (size // 30)), "Ann " * (size // 4)),
    "one mention, every label": lambda size: Input(
        json.dumps({f"L{number}": ["Ann"] for number in range(size // 16)}), "Ann " * (size // 4)
    ),
    "strangers": lambda size: Input(_lists([f"stranger {number}" for number in range(size // 45)]), _words(size)),
    "short strangers": lambda size: Input(
        json.dumps({"PER": [chr(0x3400 + number % 9999) + chr(0x3500 + number // 99) for number in range(size // 6)]}),
        _words(size) + " 㐀㐁" * 9,
    ),
    "typos": lambda size: Input(_lists([f"w{number}bcdefghxj" for number in range(size // 45)]), _words(size)),
    "a long mention with typos": lambda size: Input(_lists([_typos(_words(size), 23)]), _words(size)),
    "a long mention of letters": lambda size: Input(_lists([_typos(_drawn("ab", size), 31)]), _drawn("ab", size)),
    "long mentions with typos": lambda size: Input(
        _lists([_typos(_words(size // 8), step) for step in range(17, 25)]), _words(size)
    ),
    "mentions of one letter": lambda size: Input(
        _lists(["a" * length for length in range(1, int((2 * size) ** 0.5) // 2)]), "a" * size
    ),
    "mentions between letters": lambda size: Input(
        _lists(["ab" * length + "b" + "ab" * length for length in range(1, int(size**0.5) // 2)]), "ab" * (size // 2)
    ),
    "prefixes": lambda size: Input(_lists([f"the old name {number}" for number in range(size // 50)]), _prefixed(size)),
    "parts of words": lambda size: Input(_lists(["he"] * (size // 30)), "the " * (size // 4)),
    "nested": lambda size: Input(
        _lists([("a" * length) for length in range(1, int(size**0.5) // 2)] * 2), "a " + "a" * size, {"nested": False}
    ),
    "offsets that do not fit": lambda size: Input(
        json.dumps([{"text": "Ann", "label": "PER", "start": 9 * n, "end": 9 * n + 3} for n in range(size // 60)]),
        "Ann " * (size // 4),
    ),
    "offsets of words with typos": lambda size: Input(
        json.dumps([{"text": "Annnnab", "label": "PER", "start": 7 * n, "end": 7 * n} for n in range(size // 60)]),
        "Annnna " * (size // 7),
    ),
    "counts that do not fit": lambda size: Input(
        json.dumps([{"text": "Ann", "label": "PER", "occurrence_index": 7 * n} for n in range(size // 55)]),
        "Ann " * (size // 4),
    ),
    "everywhere": lambda size: Input(_lists(["Ann"] * (size // 30)), "Ann " * (size // 4), {"occurrences": "all"}),
    "other case": lambda size: Input(_lists(["ann", "aNn", "ANN"] * (size // 90)), "Ann " * (size // 4)),
    "a changed copy": lambda size: Input(_changed_copy(_words(size)), _words(size)),
    "a copy of letters": lambda size: Input(
        _typos(_drawn("ab ", size), 7) + "[ab | PER]<PER>ab</PER>", _drawn("ab ", size)
    ),
    "two copies": lambda size: Input("\n".join([_changed_copy(_words(size // 2))] * 2), _words(size // 2)),
    "a copy with other marks": lambda size: Input(_drawn(_MARKS + "a", size), _drawn(_MARKS + "b", size)),
    "listing behind a copy": lambda size: Input(
        _words(size // 2) + "\n" + "w1bcdefghij (PER)\n" * (size // 36), _words(size // 2)
    ),
}


def _prefixed(size: int) -> str:
    return ". ".join(f"the old name {number}" for number in range(size // 20))


def _changed_copy(text: str) -> str:
    """Mark every seventh word for two formats in turn, and change every tenth."""
    marked = ("[{} | PER]", "<PER>{}</PER>", "@@{}##")
    return " ".join(
        marked[at % 3].format(word) if at % 7 == 0 else word + "x" if at % 10 == 0 else word
        for at, word in enumerate(text.split())
    )


def _against(make: Callable[[int], str], text: str) -> Callable[[int], Input]:
    def made(size: int) -> Input:
        output = make(size)
        return Input(output, {"short": _SHORT, "words": _words(size), "itself": output}[text])

    return made


WORST: dict[str, Callable[[int], Input]] = {
    **{
        f"{name} ({text})": _against(make, text)
        for name, make in _ANSWERS.items()
        for text in ("short", "words", "itself")
    },
    **_PAIRS,
}
"""Makers of bad inputs by name; each takes about how many characters the answer has."""


def count_steps(function: Callable[[], object]) -> int:
    """Count the lines of Python that a call runs; what compiled code does is not in it.

    Args:
        function: what is called.
    """
    steps = 0

    def trace(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal steps
        if event == "line":
            steps += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return steps


def check_linear(
    read: Callable[[_Input], object], make: Callable[[int], _Input], *, size: int = 1_000, most: float = 5.5
) -> None:
    """Law 2: reading four times as much takes four times the steps.

    Where it takes more, a larger input is tried: a search that is limited takes more only up to its limit.

    Args:
        read: what is measured, called with an input.
        make: makes an input of about so many characters, as the values of `WORST` do.
        size: characters of the smallest input.
        most: how many times as many steps are accepted.

    Raises:
        AssertionError: when it takes more.
    """
    inputs = [make(size << shift) for shift in (0, 2, 4)]
    read(inputs[0])  # modules that are loaded at first use take steps as well
    steps = [count_steps(lambda: read(inputs[0]))]
    for larger in inputs[1:]:
        steps.append(count_steps(lambda larger=larger: read(larger)))  # type: ignore[misc]
        if steps[-1] <= most * steps[-2]:
            return
    raise AssertionError(f"more than linear time: {steps} steps for inputs of {size}, {4 * size} and {16 * size}")
