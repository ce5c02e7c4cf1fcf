"""Decoding an answer while a server still streams it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genner.types import Entity, LabelSet, Prediction

if TYPE_CHECKING:
    from genner._old_formats._codec import BaseCodec

__all__ = ["DecodeStream"]

_REASONING = re.compile(r"\s*<(think|thinking|reasoning)>", re.I)


class DecodeStream:
    """Takes an answer in chunks and gives each entity as soon as it is final.

    An entity is final when its closing mark has been read and no well-formed continuation can
    change it.  `finish` decodes the whole answer, so its result never depends on the chunks.
    What a model takes back later (a second, better answer) is then in `retracted`.

    Attributes:
        emitted: every entity `feed` has returned, in that order.
        retracted: after `finish`, those that the whole answer does not hold after all.
    """

    def __init__(self, codec: BaseCodec, text: str | None, labels: LabelSet | None) -> None:
        self.emitted: list[Entity] = []
        self.retracted: tuple[Entity, ...] = ()
        self._given: set[Entity] = set()
        self._codec = codec
        self._text = text
        self._labels = labels
        self._chunks: list[str] = []
        self._held: str | None = ""  # the beginning, until it is clear that no reasoning comes first
        self._closing = ""
        self._live = codec._live(text, labels) if text is not None else None

    def feed(self, chunk: str) -> tuple[Entity, ...]:
        """Take the next piece of the answer; return the entities that became final with it."""
        self._chunks.append(chunk)
        if self._live is None:
            return ()
        new = []
        for entity in self._live.feed(self._after_reasoning(chunk)):
            if entity not in self._given:
                self._given.add(entity)
                new.append(entity)
        self.emitted += new
        return tuple(new)

    def finish(self) -> Prediction:
        """Decode the whole answer.

        Raises:
            DecodeError: under `strict=True`, when the answer has any issue.
        """
        prediction = self._codec.decode("".join(self._chunks), self._text, labels=self._labels)
        entities = set(prediction.entities)
        self.retracted = tuple(entity for entity in self.emitted if entity not in entities)
        return prediction

    def _after_reasoning(self, chunk: str) -> str:
        """Hold back reasoning at the beginning of the answer."""
        if self._held is None:
            return chunk
        self._held += chunk
        if not self._closing:
            opening = _REASONING.match(self._held)
            if opening is None:
                start = self._held.lstrip()[:11].lower()
                if any(tag.startswith(start) for tag in ("<think>", "<thinking>", "<reasoning>")):
                    return ""
                passed, self._held = self._held, None
                return passed
            self._closing = f"</{opening[1].lower()}>"
        at = self._held.lower().find(self._closing)
        if at < 0:
            self._held = self._held[-len(self._closing) :] if len(self._held) > 4096 else self._held
            return ""
        passed, self._held = self._held[at + len(self._closing) :], None
        return passed
