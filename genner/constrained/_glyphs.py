"""Tokens that stand for a marker and the space behind it.

`genner.training.tokenizer` makes a word the same token in text and answer.  So it writes ` [Ann` as a
glyph and ` Ann`, one character for ` [` and the space moved behind it, and its decoder puts ` [` for
every glyph with its space.  What such tokens write is known from the decoder's rules; what follows
them has to begin with a space, which writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Glyph", "Glyphs", "Run", "glyphs_of"]


class Glyph(NamedTuple):
    """A character in the place of a marker.

    Args:
        char: the character.
        text: what it stands for, together with the space that follows it.
        rank: the later the decoder puts it back, the lower.
    """

    char: str
    text: str
    rank: int


class Run(NamedTuple):
    """Glyphs one behind the other, of which the last waits for its space.

    Args:
        rank: of the last.
        passes: how often the decoder has to go over them until all are put back: once for every
            stretch in which the ranks rise.
    """

    rank: int
    passes: int


class Glyphs:
    """The glyphs of a tokenizer.

    Args:
        chars: the glyphs by character.
        passes: how often the decoder goes over an answer.

    Attributes:
        tokens: ids of the tokens that end with a glyph; with each its rank, and whether it is the whole token.
    """

    def __init__(self, chars: Mapping[str, Glyph], passes: int) -> None:
        self.chars = chars
        self.passes = passes
        self.tokens: dict[int, tuple[int, bool]] = {}

    def take(self, tokens: list[bytes | None]) -> None:
        """Spell the tokens that hold glyphs as what they write; those nobody needs write nothing."""
        for id, data in enumerate(tokens):
            text = "" if data is None else data.decode("utf-8", "surrogateescape")
            if self.chars.keys().isdisjoint(text):
                continue
            before, last = text[:-1], text[-1]
            glyph = self.chars.get(last)
            if glyph is None or not self.chars.keys().isdisjoint(before):
                tokens[id] = None
            else:
                tokens[id] = (before + glyph.text).encode("utf-8", "surrogateescape")
                self.tokens[id] = glyph.rank, not before

    def follow(self, run: Run | None, token: int) -> Run | None:
        """Return the run after one of `tokens`; None where the decoder would not put all of it back."""
        rank, alone = self.tokens[token]
        if run is None or not alone:
            return Run(rank, 1)
        passes = run.passes + (rank <= run.rank)
        return Run(rank, passes) if passes <= self.passes else None


def glyphs_of(steps: Sequence[Mapping[str, Any]]) -> Glyphs | None:
    """Read the glyphs from the steps of a decoder; None when there are none.

    They are replacements of a character and a space, over and over in the same order.
    """
    rules: list[tuple[str, str]] = []
    for step in steps:
        said = step["pattern"].get("String", "") if step["type"] == "Replace" else ""
        if len(said) == 2 and said[1] == " " and not said[0].isspace():
            rules.append((said[0], step["content"]))
    order = list(dict.fromkeys(rules))
    if not order or order * (len(rules) // len(order)) != rules:
        return None
    chars = {char: Glyph(char, text, -place) for place, (char, text) in enumerate(order)}
    return Glyphs(chars, len(rules) // len(order))
