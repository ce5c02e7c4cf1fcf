"""The text an answer is about, in the bytes an answer copies it with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from genner.constrained.options import Boundaries
from genner.exceptions import DataError
from genner.text.words import splits_word

__all__ = ["SourceBytes"]


class SourceBytes:
    """Bytes of a text and the places in them where an entity may begin or end.

    Every list is indexed by byte offset; `size` is the last of them, the end of the text.

    Args:
        text: the text.
        boundaries: where entities may begin and end.
        spell: how text is written, character by character.

    Attributes:
        char_at: character offset of each byte offset; -1 inside a character.
        byte_of: byte offset of each character offset.
        can_start: whether an entity may begin there.
        can_end: whether an entity may end there.
        ends_after: how many places there are after it where an entity may end.
        last_end: the last place where an entity may end; 0 when there is none.
        all_starts: the places where an entity may begin, ascending.
    """

    def __init__(self, text: str, boundaries: Boundaries, spell: Callable[[str], str] = str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            message = f"the text holds {text[error.start]!r} at {error.start}, which cannot be written in UTF-8"
            raise DataError(message) from None
        self.text = text
        self.data = spell(text).encode()
        self.size = len(self.data)
        self.char_at = list(range(self.size + 1))
        if self.size != len(text):
            sizes = {char: len(spell(char).encode()) for char in set(text)}
            self.char_at = [at for index, char in enumerate(text) for at in (index, *[-1] * (sizes[char] - 1))]
            self.char_at.append(len(text))
        starts, ends = _edges(text, boundaries)
        self.can_start = [char >= 0 and starts[char] for char in self.char_at]
        self.can_end = [char >= 0 and ends[char] for char in self.char_at]
        self.byte_of = [at for at, char in enumerate(self.char_at) if char >= 0]
        self.ends_after = [*accumulate(self.can_end[:0:-1], initial=0)][::-1]
        self.last_end = max((at for at, able in enumerate(self.can_end) if able), default=0)
        self.all_starts = [at for at, able in enumerate(self.can_start[: self.last_end]) if able]


def _edges(text: str, boundaries: Boundaries) -> tuple[list[bool], list[bool]]:
    """Tell for each character offset whether an entity may begin, and end, there."""
    size = len(text)
    if boundaries == "character":
        return [True] * size + [False], [False] + [True] * size
    free = [not splits_word(text, at, size) for at in range(size)]
    solid = [not char.isspace() for char in text]
    starts = [able and inked for able, inked in zip(free, solid, strict=True)]
    ends = [able and inked for able, inked in zip([*free, True][1:], solid, strict=True)]
    return [*starts, False], [False, *ends]
