"""Strings that are spans of a source: a trie of them, grown where it is walked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genner.constrained._source import Source

__all__ = ["Reach"]


class Reach:
    """The beginning of a string that agrees with the source at one or more places.

    Args:
        places: byte offsets in the source up to which the string agrees, ascending.
        length: how many bytes it has.

    Attributes:
        tokens: for nodes of a vocabulary, the tokens that go on from there inside the string.
    """

    __slots__ = ("_following", "_source", "length", "places", "tokens")

    def __init__(self, source: Source, places: Sequence[int], length: int = 0) -> None:
        self._source = source
        self.places = places
        self.length = length
        self.tokens: dict[Any, Any] = {}
        self._following: Mapping[int, Reach] | None = None

    @property
    def following(self) -> Mapping[int, Reach]:
        """The longer strings, by the byte that comes next."""
        if self._following is None:
            last = self._source.last_end
            self._following = self._grow([at for at in self.places if at < last])
        return self._following

    def narrowed(self, far: Callable[[int], int]) -> Mapping[int, Reach]:
        """Return the longer strings, of those spans that do not go on past `far` of their start."""
        return self._grow([at for at in self.places if far(at - self.length) > at])

    def _grow(self, places: Sequence[int]) -> Mapping[int, Reach]:
        data = self._source.data
        source, length = self._source, self.length + 1
        if len(places) == 1:
            return {data[places[0]]: Reach(source, (places[0] + 1,), length)}
        longer: dict[int, list[int]] = {}
        for at in places:
            longer.setdefault(data[at], []).append(at + 1)
        return {byte: Reach(source, agreeing, length) for byte, agreeing in longer.items()}
