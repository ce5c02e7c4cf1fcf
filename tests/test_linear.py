"""Reading and writing take linear time on the worst inputs known: steps are counted, not seconds."""

from __future__ import annotations

import pytest

import genner
from genner.testing import WORST, WORST_LABELS, check_linear
from genner.testing.worst import Input

TEXTS = ("short", "words", "itself")
FORMATS = genner.formats()


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
