"""A second question about each entity: is it one? (the self-verification of GPT-NER, Wang et al. 2023).

A step of its own: it takes predictions, whoever made them, asks yes or no about every entity, and
gives back predictions without those that were denied, and the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from genner.exceptions import DataError
from genner.models.generator import Generator, Request
from genner.models.recipe import Message
from genner.types import Document, Entity, LabelSet, Prediction

__all__ = ["Verdict", "question", "verify"]

_WORD = regex.compile(r"\p{L}+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model answered about one entity.

    Args:
        document: position of the document.
        entity: asked about.
        answer: as written.
        kept: False when it was denied; an answer that is neither yes nor no keeps the entity.
    """

    document: int
    entity: Entity
    answer: str
    kept: bool

    @property
    def clear(self) -> bool:
        """Whether the answer was yes or no."""
        return _word(self.answer) in ("yes", "no")


def question(
    text: str, entity: Entity, labels: LabelSet, demonstrations: Sequence[tuple[Document, Entity, bool]] = ()
) -> list[Message]:
    """Ask whether an entity is one, after worked examples if there are any."""
    turns: list[Message] = []
    for shown, known, right in demonstrations:
        asked = _question(shown.text, shown.surface(known), known.label, labels)
        turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": "yes" if right else "no"}]
    mention = text[entity.start : entity.end]
    return [*turns, {"role": "user", "content": _question(text, mention, entity.label, labels)}]


def _question(text: str, mention: str, label: str, labels: LabelSet) -> str:
    definition = labels[label].definition if label in labels else ""
    named = f"{label} ({definition})" if definition else label
    return (
        "Decide whether the words in quotes are an entity of the given type in this sentence.\n"
        f"Sentence: {text}\nWords: {mention!r}\nType: {named}\nAnswer with yes or no alone."
    )


def verify(
    predictions: Sequence[Prediction],
    generator: Generator,
    labels: LabelSet,
    *,
    demonstrations: Callable[[Prediction, Entity], Sequence[tuple[Document, Entity, bool]]] | None = None,
) -> tuple[list[Prediction], list[Verdict]]:
    """Ask about every entity and return the predictions without those that were denied, and the verdicts.

    Equal entities of a document are asked about once.  Mentions without a place are not asked about.

    Args:
        predictions: with their texts.
        generator: answers the questions.
        labels: names and definitions that the questions quote.
        demonstrations: gives, for an entity of a prediction, worked examples: a document, an entity, and whether
            it is right.

    Raises:
        DataError: when a prediction has no text.
    """
    asked: list[tuple[int, Entity]] = []
    requests: list[Request] = []
    for position, prediction in enumerate(predictions):
        if prediction.text is None:
            raise DataError(f"prediction {position + 1} has no text: decode with `text=` to verify it")
        for entity in dict.fromkeys(prediction.entities):
            shown = () if demonstrations is None else demonstrations(prediction, entity)
            requests.append(Request(len(asked), question(prediction.text, entity, labels, shown), None))
            asked.append((position, entity))
    answers = {done.key: done.output for done in generator.generate(requests)}
    verdicts = [
        Verdict(position, entity, answers[key], _word(answers[key]) != "no")
        for key, (position, entity) in enumerate(asked)
    ]
    denied = {(verdict.document, verdict.entity) for verdict in verdicts if not verdict.kept}
    kept = [
        Prediction(
            [entity for entity in prediction.entities if (position, entity) not in denied],
            prediction.unplaced,
            prediction.issues,
            prediction.text,
        )
        for position, prediction in enumerate(predictions)
    ]
    return kept, verdicts


def _word(answer: str) -> str:
    """Return the first word of an answer, folded; what comes before an end of thinking does not count."""
    match = _WORD.search(answer.rpartition("</think>")[2])
    return match[0].casefold() if match else ""
