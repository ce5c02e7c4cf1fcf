"""A byte-level BPE tokenizer made for one recipe, in which copying is easy to learn.

Two ideas, both inside the tokenizer file, so that any program can load it:

* whatever a format writes around the copied words (`[`, ` | DNA]`, `", "label": "DNA", "start": `)
  is one token each, and so is every digit;
* a word is the same token in the text and in the answer.  A word usually follows a space, but the
  first word of an entity follows `[` or `"`.  So the space goes behind the bracket (and behind a
  quote one is put there) before the text is cut into tokens, and goes back when it is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

from genner.exceptions import DataError
from genner.formats import Codec
from genner.models.recipe import Recipe
from genner.types import Document, LabelSet

__all__ = ["ANSWER", "COPY", "END", "PAD", "TEXT", "Markers", "markers", "train_tokenizer"]

TEXT, ANSWER, COPY, END, PAD = "<|text|>", "<|answer|>", "<|copy|>", "<|end|>", "<|pad|>"
"""The special tokens; `COPY` asks for the text itself, an exercise."""

TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ message['content'] + '" + END + "' }}"
    "{% else %}{{ '" + TEXT + "' + message['content'] + '" + ANSWER + "' }}{% endif %}"
    "{% endfor %}"
)

_MENTION = "\ue000"
_FIRST_GLYPH = 0xFDD0  # noncharacters, which no text holds
_WORD = r" ?[\p{L}\p{M}]+| ?\d| ?[^\s\p{L}\p{M}\d]|\s+"
_DEPTH = 3


class Markers(NamedTuple):
    """What a format writes around the copied words.

    Args:
        inline: whether the answer is the text with markers in it.
        openers: those that a copied word follows.
        others: the rest.
    """

    inline: bool
    openers: tuple[str, ...]
    others: tuple[str, ...]


def markers(codec: Codec, labels: LabelSet) -> Markers:
    """Read off what the format writes from answers about a text of one strange character."""
    openers: set[str] = set()
    others: set[str] = set()
    for document in _trials(labels):
        answer = codec.encode(document, labels=labels)
        parts = re.split(f"({_MENTION}|\\d+)", answer)
        for before, after in zip(parts, [*parts[1:], ""], strict=True):
            if before == _MENTION or not before or before.isdecimal():
                continue
            *first, last = _by_label(before, labels)
            others.update(first)
            (openers if after == _MENTION else others).add(last)
    bare = Document(f"{_MENTION} {_MENTION}")
    inline = codec.encode(bare, labels=labels) == bare.text
    return Markers(inline, tuple(sorted(openers)), tuple(sorted(others - openers)))


def _trials(labels: LabelSet) -> Iterator[Document]:
    yield Document(_MENTION)
    for label in labels:
        yield Document(_MENTION, [(0, 1, label)])
        yield Document(_MENTION * 2, [(0, 1, label), (1, 2, label)])


def _by_label(piece: str, labels: LabelSet) -> list[str]:
    """Cut what stands between two mentions where another label begins, so that each part names one."""
    names = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    cut = rf'(?=, "(?:{names})": \[)|(?<=[\]>])(?=[\[<])'
    return [part for part in re.split(cut, piece) if part]


def train_tokenizer(documents: Sequence[Document], recipe: Recipe, *, size: int = 2048) -> Any:
    """Train a tokenizer on the texts and answers of the documents.

    Args:
        size: of the vocabulary, markers and single bytes included.

    Returns:
        A fast tokenizer of transformers, with a chat template.

    Raises:
        DataError: when `size` is too small for the single bytes and the markers.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    found = markers(recipe.codec, recipe.asked_labels)
    glyphs = {opener: chr(_FIRST_GLYPH + at) for at, opener in enumerate(found.openers)}
    least = 256 + len(glyphs) + len(found.others) + len(found.openers) + 5
    if size < 2 * least:
        raise DataError(f"vocabulary: expected at least {2 * least} for these labels, got {size}")
    space = " " if found.inline else ""
    tokenizer = Tokenizer(models.BPE())
    moved = [(f"{space}{opener}", glyph) for opener, glyph in glyphs.items()]
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend(" ")]
        + [normalizers.Replace(Regex(re.escape(said) + r"(?=\S)"), f"{glyph} ") for said, glyph in moved]
        * (_DEPTH if found.inline else 1)
    )
    whole = {*glyphs, *glyphs.values(), *found.others}
    if not found.inline:  # the first marker of an answer has a space before it, as every text
        whole |= {f" {marker}" for marker in whole if marker[0] not in '",}'}
    alternatives = sorted(whole, key=len, reverse=True)
    cut = "|".join([*map(re.escape, alternatives), _WORD])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(cut), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    back = [decoders.Replace(f"{glyph} ", said) for said, glyph in reversed(moved)] * (_DEPTH if found.inline else 1)
    bare = [decoders.Replace(glyph, opener) for opener, glyph in glyphs.items()]
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteLevel(), decoders.Fuse(), *back, *bare, decoders.Strip(" ", 1, 0)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, TEXT, ANSWER, COPY, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # markers are met often enough here that their bytes are merged first, whatever the documents hold
    drill = (" ".join(alternatives) for _ in range(len(documents) + 1000))
    texts = (document.text for document in documents)
    answers = (recipe.answer(document) for document in documents)
    tokenizer.train_from_iterator(chain(texts, answers, drill), trainer)
    made: Any = cast(Any, PreTrainedTokenizerFast)(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, additional_special_tokens=[TEXT, ANSWER, COPY]
    )
    made.chat_template = TEMPLATE
    made.padding_side = "left"
    return made
