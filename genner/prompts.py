"""Prompts: what is asked, the labels, worked examples, and the input text.

Two wordings.  `"paper"` is the paper's, byte for byte as in its released data (Appendix A).
`"genner"` is ours: it also says how nested entities, two labels on one span and a text without
entities are written, and without demonstrations it shows the form on sentences of another kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from genner.data import read_text
from genner.exceptions import DataError, EncodeError, UnknownNameError, WrongTypeError
from genner.formats import Codec, Format, HasWording, get_codec
from genner.formats.wording import EXACT, LISTED, Wording
from genner.labelsets import Relabelling, get_label_set, relabel, symbolize
from genner.types import Document, Entity, Issue, Label, LabelSet, Prediction

__all__ = ["STYLES", "Prompt", "from_prompt", "prompt"]

STYLES: tuple[str, ...] = ("genner", "paper")

_SYMBOLS = ("explained", "only")

_EXAMPLES = "Examples:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What to send to a model, and what is needed to read its answer.

    Args:
        task: what to do and with which labels.
        closing: the line that announces the input.
        input: the text to annotate.
        demonstrations: worked examples, `(input, answer)` each; where none are given, ours that show the form.
        format: the format of the answer.
        labels: the label set of the answer; symbols, if those were asked for.
    """

    task: str
    closing: str
    input: str
    demonstrations: tuple[tuple[str, str], ...]
    format: str
    labels: LabelSet

    def __repr__(self) -> str:
        """Show what the prompt asks for, and how long it is; `text` is all of it."""
        examples = f"{len(self.demonstrations)} demonstration{'s' * (len(self.demonstrations) != 1)}"
        return f"<Prompt {self.format}, {', '.join(self.labels)}, {examples}, {len(self.text):,} characters>"

    def _repr_html_(self) -> str:
        from genner.show.html import SHOWN, details, plain_text  # not at import: only notebooks draw

        text = self.text[:SHOWN] + "…" * (len(self.text) > SHOWN)
        return details(repr(self)[1:-1], f'<pre style="white-space:pre-wrap">{plain_text(text)}</pre>')

    @property
    def shown(self) -> tuple[str, ...]:
        """The texts of the worked examples."""
        return tuple(given for given, _ in self.demonstrations)

    @property
    def instruction(self) -> str:
        """Everything before the input, the demonstrations included."""
        return self._instruction(self.demonstrations)

    @property
    def text(self) -> str:
        """Instruction and input in one string, joined as LLaMA-Factory joins them."""
        return f"{self.instruction}\n{self.input}"

    def decode(self, output: str, **options: Any) -> Prediction:
        """Read an answer to this prompt; a mention that was copied from a worked example is named in an issue.

        Args:
            output: what the model wrote.
            options: for the codec that reads it, such as `grounding`.
        """
        return from_prompt(get_codec(self.format, **options).decode(output, self.input, labels=self.labels), self.shown)

    def messages(
        self,
        *,
        demonstrations: Literal["turns", "inline"] = "turns",
        system: bool = False,
    ) -> list[dict[str, str]]:
        """Return chat messages, a `role` and a `content` each.

        Args:
            demonstrations: each as a user and an assistant turn, or all inside the instruction.
            system: put the instruction into a system message; without, it opens the first user turn.

        Raises:
            UnknownNameError: when `demonstrations` names no form.
        """
        if demonstrations not in ("turns", "inline"):
            raise UnknownNameError.of("form of demonstrations", demonstrations, ("turns", "inline"))
        inline = demonstrations == "inline"
        turns = []
        for given, answer in () if inline else self.demonstrations:
            turns += [_message("user", given), _message("assistant", answer)]
        turns.append(_message("user", self.input))
        instruction = self._instruction(self.demonstrations if inline else ())
        if system:
            return [_message("system", instruction), *turns]
        turns[0]["content"] = f"{instruction}\n{turns[0]['content']}"
        return turns

    def _instruction(self, demonstrations: Iterable[tuple[str, str]]) -> str:
        shown = [f"Input: {given}\nOutput: {answer}\n" for given, answer in demonstrations]
        return "\n".join([self.task, *([_EXAMPLES, *shown] if shown else ()), self.closing])


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def prompt(
    text: str | Document,
    format: Format,
    labels: LabelSet | Iterable[str | Label] | str,
    *,
    style: Literal["genner", "paper"] | str = "genner",
    demonstrations: Sequence[Document] = (),
    symbols: Literal["explained", "only"] | None = None,
    guidelines: str = "",
    nested: bool = True,
    **codec_options: Any,
) -> Prompt:
    """Ask for the entities of `text` in one of the output formats.

    Args:
        text: a string, or a document, whose entities are not shown.
        format: the name of a format, or a format itself.
        labels: a label set, its names, or the name of a known one.
        style: `"genner"`, or `"paper"` for the paper's wording byte for byte.
        demonstrations: documents to show as worked examples, answers written by the same codec.
        symbols: replace the labels by A, B, ...: `"explained"` keeps the definitions (the paper's
            SE), `"only"` does not (SO).  Demonstrations are relabelled; `Prompt.labels` holds the symbols.
        guidelines: more instructions, in your own words; they follow the labels.
        nested: whether entities may overlap; the paper's wording does not mention it.
        codec_options: for the codec that writes the answers, such as `escape` or `order`.

    Raises:
        UnknownNameError: for an unknown format, style, label set or option.
        DataError: when a demonstration has a label outside the label set, or nests under `nested=False`.
        EncodeError: when the format cannot express a demonstration.
    """
    if style not in STYLES:
        raise UnknownNameError.of("style", style, STYLES)
    if symbols is not None and symbols not in _SYMBOLS:
        raise UnknownNameError.of("use of symbols", symbols, _SYMBOLS)
    if not isinstance(text, (str, Document)):
        raise WrongTypeError(f"text: expected a str or a Document, got {type(text).__name__} {text!r:.80}")
    label_set = get_label_set(labels)
    if label_set is None:
        raise DataError("labels: a prompt needs a label set, got None")
    codec: Any = get_codec(format, **codec_options)
    asked = _relabelling(label_set, symbols)
    illustrated = style == "genner" and not demonstrations
    task, closing = _task(codec, asked.labels, style, symbols, nested, guidelines.strip())
    shown = (
        _illustrations(codec, asked.labels, nested)
        if illustrated
        else tuple(
            _shown(document, f"demonstrations[{position}]", codec, asked, nested)
            for position, document in enumerate(demonstrations)
        )
    )
    return Prompt(
        task=task,
        closing=closing,
        input=text.text if isinstance(text, Document) else text,
        demonstrations=shown,
        format=codec.name,
        labels=asked.labels,
    )


_WORD = re.compile(r"\w+")


def from_prompt(prediction: Prediction, shown: Iterable[str]) -> Prediction:
    """Name in an issue every mention that is not in the text but in a worked example of the prompt.

    Args:
        prediction: read from an answer.
        shown: the texts of the worked examples, as `Prompt.shown` has them.
    """
    if not prediction.unplaced:
        return prediction
    examples = [_words(text) for text in shown]
    copied = [
        Issue("from_prompt", f"{mention.text!r} ({mention.label}) is copied from an example of the prompt")
        for mention in dict.fromkeys(prediction.unplaced)
        if mention.text.strip() and any(_words(mention.text) in example for example in examples)
    ]
    if not copied:
        return prediction
    return Prediction(
        prediction.entities,
        prediction.unplaced,
        (*prediction.issues, *copied),
        prediction.text,
        prediction.details,
        prediction.format,
    )


def _words(text: str) -> str:
    """Return the words of a text with a space around each, so that whole words are compared."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@lru_cache(maxsize=64)
def _relabelling(labels: LabelSet, symbols: str | None) -> Relabelling:
    if symbols is None:
        return Relabelling(labels, {name: name for name in labels})
    return symbolize(labels, explained=symbols == "explained")


def _shown(document: object, where: str, codec: Codec, asked: Relabelling, nested: bool) -> tuple[str, str]:
    """Return the text of a demonstration and its answer."""
    if not isinstance(document, Document):
        raise WrongTypeError(f"{where}: expected a Document, got {type(document).__name__} {document!r:.80}")
    overlap = None if nested else _overlap(document)
    if overlap:
        raise DataError(f"{where}: under nested=False entities may not overlap, {overlap[0]!r} and {overlap[1]!r} do")
    foreign = sorted({entity.label for entity in document.entities} - asked.mapping.keys())
    if foreign:
        known = ", ".join(asked.mapping)
        raise DataError(f"{where}: labels that are not in the label set ({known}): {', '.join(map(repr, foreign))}")
    try:
        return document.text, codec.encode(relabel(document, asked.mapping), labels=asked.labels)
    except EncodeError as error:
        raise EncodeError(f"{where}: {error}", entities=error.entities) from None


def _overlap(document: Document) -> tuple[Entity, Entity] | None:
    """Find two entities that share a character; in canonical order, comparing neighbours is enough."""
    for before, after in zip(document.entities, document.entities[1:], strict=False):
        if before.overlaps(after):
            return before, after
    return None


@lru_cache(maxsize=256)
def _task(
    codec: Codec, labels: LabelSet, style: str, symbols: str | None, nested: bool, guidelines: str
) -> tuple[str, str]:
    """Return the instruction without its last line, and that line."""
    if style == "genner":
        return _our_task(codec, labels, nested, guidelines), "Input:"
    task, _, closing = _paper_instruction(codec.name, labels, symbols).rpartition("\n")
    return f"{task}\n{guidelines}" if guidelines else task, closing


def _paper_instruction(format: str, labels: LabelSet, symbols: str | None) -> str:
    quoted = json.loads(read_text("paper_prompts.json"))
    lines = "\n".join(_label_line(label, "{name}({title})") for label in labels.labels)
    if symbols is not None:
        layout: str = quoted["symbol_layouts"][symbols]
        return layout.format(symbols=_listed(labels.names), label_lines=lines)
    descriptions = quoted["task_descriptions"]
    if format not in descriptions:
        raise UnknownNameError.of("format of the paper", format, descriptions)
    layout = quoted["layout"]
    return layout.format(task_description=descriptions[format], label_lines=lines)


def _label_line(label: Label, titled: str) -> str:
    head = titled.format(name=label.name, title=label.title) if label.title else label.name
    return f"{head}: {label.definition}" if label.definition else head


def _listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: `A`, `A and B`, `A, B, and C`."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


_FLAT = "Entities never overlap: where two would, keep the longer one."


def _our_task(codec: Codec, labels: LabelSet, nested: bool, guidelines: str) -> str:
    wording = codec.wording if isinstance(codec, HasWording) else _plain_wording(codec.name)
    rules = (
        "Use these labels only, spelled as above.",
        *wording.rules,
        *(wording.nested if nested else (_FLAT,)),
        wording.empty,
        "Write the answer alone: no explanation, no code fence.",
    )
    return "\n".join(
        [
            wording.task,
            "",
            "Labels:",
            *(_label_line(label, "{name} ({title})") for label in labels.labels),
            "",
            *((guidelines, "") if guidelines else ()),
            "Rules:",
            *(f"- {rule}" for rule in rules),
            "",
        ]
    )


def _plain_wording(format: str) -> Wording:
    """Word a format that is registered but not described here: the illustration shows the rest."""
    task = f"Find all named entities in the input and write them in the format {format}, as in the illustration below."
    return Wording(task, (EXACT,), LISTED, "If there is no entity, answer as the illustration does.")


def _can_write(codec: Codec, document: Document, labels: LabelSet) -> bool:
    try:
        codec.encode(document, labels=labels)
    except EncodeError:
        return False
    return True


_NESTED = ("the captain of the Pequod came from Nantucket", ((4, 25, 0), (19, 25, 1), (36, 45, 0), (36, 45, 1)))
_NOTHING = ("it rained for two days", ())
_FLAT_ONES = (
    ("Captain Ahab left Nantucket on a Sunday", ((0, 12, 0), (18, 27, 1))),
    ("then Ahab met Starbuck", ((5, 9, 0), (14, 22, 0))),
)
"""Sentences in the words of an old novel, with start, end and number of the label."""


@lru_cache(maxsize=256)
def _illustrations(codec: Codec, labels: LabelSet, nested: bool) -> tuple[tuple[str, str], ...]:
    """Show the form on an old novel: nested entities and two labels on one span where they may be, nothing, flat ones.

    A small model answers like the example that it read last, so the plainest one is last.
    """
    names = (labels.names[0], labels.names[min(1, len(labels) - 1)])
    nesting, *documents = [
        Document(text, {(start, end, names[label]) for start, end, label in spans})
        for text, spans in (_NESTED, _NOTHING, *_FLAT_ONES)
    ]
    if nested and _can_write(codec, nesting, labels):  # a format without nesting, such as tags, cannot
        documents.insert(0, nesting)
    try:
        return tuple((document.text, codec.encode(document, labels=labels)) for document in documents)
    except EncodeError as error:
        raise EncodeError(f"labels, tried on a made-up text: {error}", entities=error.entities) from None
