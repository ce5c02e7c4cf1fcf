"""Score a system of your own: any function from a text to entities.

    python examples/own_system.py

The "system" here takes every capitalised word for a person, so the report has something to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genner import Entity, analyze_errors, evaluate
from genner.study.assessment import assess
from genner.study.samples import load_sample, sample_labels


def capitalised(text: str) -> Iterator[Entity]:
    """Take every capitalised word for a person."""
    for word in re.finditer(r"\b[A-Z]\w+", text):
        yield Entity(word.start(), word.end(), "PER")


def main() -> None:
    gold, labels = load_sample("flat"), sample_labels("flat")

    # Scores and errors need documents or predictions, and nothing else.
    predicted = [document.replace(entities=capitalised(document.text)) for document in gold]
    print(evaluate(gold, predicted, labels=labels), end="\n\n")
    print(analyze_errors(gold, predicted, labels=labels), end="\n\n")

    # The same system made to answer as a language model would, in two of the formats.
    print(assess(gold, capitalised, labels=labels, formats=["xml", "grouped-json"], system_name="capitals"))


if __name__ == "__main__":
    main()
