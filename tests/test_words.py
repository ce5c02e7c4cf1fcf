"""Plain English: words that this project once used in meanings of its own are not used again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import genner

ROOT = Path(genner.__file__).parent

WORDS = {
    "beside": "next to, or and",
    "cell": "run",
    "crowd": "overlap index",
    "fault": "error",
    "ledger": "remaining occurrences",
    "loose": "tolerant",
    "messy": "broken",
    "said": "answered, predicted, or plain text",
    "stands": "is",
    "stretch": "part",
    "told": "described, or given",
    "way": "reading, form, or how",
}
"""Words to avoid, with what to write instead."""

DONE = (
    "adapters",
    "check.py",
    "exceptions.py",
    "extraction.py",
    "labelsets.py",
    "lexicon.py",
    "prompts.py",
    "windows.py",
    "cli",
    "confidence",
    "constrained",
    "experiments",
    "evaluation.py",
    "formats",
    "io",
    "metrics",
    "models",
    "parallel.py",
    "report",
    "show",
    "study",
    "tags.py",
    "testing",
    "text",
    "training",
    "types",
)
"""Parts of the package that are written in plain English already."""

ALLOWED = {
    ("report", "cell"): "the cells of a table",
    ("show", "cell"): "the cells of a table",
    ("testing", "cell"): "`cell_line` is a label of GENIA",
    ("formats", "cell"): "`cell line` is a label of GENIA",
}
"""Words that have their ordinary meaning in a part, each with what it means there."""

USED = re.compile(rf"(?<![^\W_])(?!besides)({'|'.join(WORDS)})(?:s|es|ed|ly)?(?![^\W_])", re.IGNORECASE)
"""A whole word, or a whole part of a name with underscores."""


def found(part: str) -> list[str]:
    """Return `file:line: word, write ...` for every such word in a part of the package."""
    path = ROOT / part
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [
        f"{file.relative_to(ROOT)}:{number}: {match[0]!r}, write {WORDS[match[1].lower()]}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for match in USED.finditer(line)
        if (part, match[1].lower()) not in ALLOWED
    ]


@pytest.mark.parametrize("part", DONE)
def test_names_and_prose_are_plain_english(part: str) -> None:
    """No name, docstring, comment or message uses one of the words."""
    assert found(part) == []


def test_every_part_that_is_named_exists() -> None:
    """The list of parts and the allowed words name what there is."""
    assert [part for part in DONE if not (ROOT / part).exists()] == []
    assert {part for part, _ in ALLOWED} <= set(DONE)


@pytest.mark.parametrize(
    ("text", "word"), [("_said", "said"), ("x.told_by", "told"), ("Ways to", "way"), ("2 cells", "cell")]
)
def test_parts_of_names_are_found(text: str, word: str) -> None:
    """Names with underscores, other endings and capitals count."""
    match = USED.search(text)

    assert match is not None
    assert match[1].lower() == word


@pytest.mark.parametrize("text", ["always", "cellular", "understand", "default", "unsaid", "besides"])
def test_longer_words_are_free(text: str) -> None:
    """Only whole words count."""
    assert USED.search(text) is None
