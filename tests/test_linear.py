"""Reading and writing take linear time on the worst inputs known: steps are counted, not seconds."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

import genner
from genner.constrained import get_guide
from genner.testing import WORST, WORST_LABELS, check_linear
from genner.testing.worst import Input
from genner.types import Document

TEXTS = ("short", "words", "itself")
FORMATS = genner.formats()
STREAMED = [name for name in FORMATS if hasattr(genner.get_codec(name), "live_reader")]


PAIRED = ("bracket", "offset-json", "lines")
"""Formats that are tried with every bad pair of answer and text; the pairs are read alike by all."""


def inputs(name: str) -> list[str]:
    """Name the inputs for one format: each answer against one of its texts, which other formats have others of."""
    answers = list(dict.fromkeys(key.rpartition(" (")[0] for key in WORST if key.endswith(" (itself)")))
    drawn = [f"{key} ({TEXTS[(at + FORMATS.index(name)) % 3]})" for at, key in enumerate(answers)]
    return drawn + [key for key in WORST if name in PAIRED and not key.endswith(tuple(f" ({each})" for each in TEXTS))]


@pytest.mark.parametrize("name", FORMATS)
def test_decoding_takes_linear_time(name: str) -> None:
    """Every bad answer to every format, and every bad pair of answer and text."""

    def read(made: Input) -> object:
        return genner.decode(made.output, made.text, name, labels=WORST_LABELS, **made.options)

    slow = {}
    for key in inputs(name):
        try:
            check_linear(read, WORST[key], size=600)
        except AssertionError as error:
            slow[key] = str(error)

    assert slow == {}


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize(
    "key",
    [
        *(
            "white space (short)",
            "[[[ (short)",
            "<<< (words)",
            "<think>... (short)",
            "letters (itself)",
            "analysis (short)",
        ),
        *("<PER>... (short)", "many items (short)", '["... (short)', "one mention very often", "a changed copy"),
    ],
)
def test_streaming_takes_linear_time(name: str, key: str) -> None:
    """One character at a time, and white space before the answer."""

    def read(made: Input) -> object:
        stream = genner.get_codec(name).stream(made.text, labels=WORST_LABELS)
        for char in " " * (len(made.output) // 2) + made.output:
            stream.feed(char)
        return stream.finish()

    check_linear(read, WORST[key], size=300)


@pytest.mark.parametrize("name", FORMATS)
def test_entities_with_one_prefix_take_linear_time(name: str) -> None:
    """To write and to read: a search for each would go through all that begin alike."""

    def document(size: int) -> Document:
        text = ". ".join(f"the old name {number}" for number in range(size // 20))
        starts = [match.start() for match in re.finditer("the", text)]
        return Document(text, [(start, end - 2, "PER") for start, end in pairwise([*starts, len(text) + 2])])

    def write_and_read(made: Document) -> None:
        output = genner.encode(made, name, labels=["PER"])
        assert len(genner.decode(output, made.text, name, labels=["PER"])) == len(made.entities)

    check_linear(write_and_read, document, size=2_000)


@pytest.mark.parametrize("max_depth", [None, 1, 2])
@pytest.mark.parametrize("name", [name for name in genner.FORMATS if name != "grouped-json"])
def test_guides_take_linear_time(name: str, max_depth: int | None) -> None:
    """A limit of depth is not checked anew for every entity; neither is what was named before."""

    def document(size: int) -> Document:
        text = " ".join(f"{number:05} came" for number in range(size // 11))
        return Document(text, [(match.start(), match.end(), "PER") for match in re.finditer("[0-9]+", text)])

    def follow(made: Document) -> None:
        guide = get_guide(name, made.text, ["PER"], max_depth=max_depth)
        assert guide.accepts(genner.encode(made, name, labels=["PER"]))

    check_linear(follow, document, size=1_000)


def test_steps_that_grow_faster_are_noticed() -> None:
    """A search for each of many strings, line by line, is quadratic."""

    def search(numbers: range) -> None:
        for number in numbers:
            for other in numbers:
                if other == number:
                    break

    with pytest.raises(AssertionError, match="more than linear time"):
        check_linear(search, range, size=30)
