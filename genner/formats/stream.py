"""Decoding an answer while a server still streams it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import regex

from genner.exceptions import WrongTypeError
from genner.formats.capabilities import CanStream, require
from genner.formats.peel import BARE_FINAL, BARE_HARMONY, REASONING, Foreign, reasoning_mark
from genner.types import Entity, Issue, LabelSet, Prediction, canonical

if TYPE_CHECKING:
    from genner.formats.codec import BaseCodec

__all__ = ["DecodeStream"]

_LONGEST_MARK = 48
"""Characters that a mark around reasoning has at most."""

_BEGINNING = regex.compile(REASONING.pattern, regex.IGNORECASE)
_BARE_BEGINNING = regex.compile(BARE_HARMONY.pattern)
"""The same marks, for partial matches at the end of what has arrived."""


class DecodeStream:
    """Takes an answer in chunks and gives each entity as soon as it is final.

    An entity is final when its closing mark has been read and no well-formed continuation can
    change it.  `finish` decodes the whole answer, so its result does not depend on the chunks; an
    entity that was given stays, even where a model takes its answer back later.

    Attributes:
        emitted: every entity `feed` has returned, in that order.
    """

    def __init__(self, codec: BaseCodec, text: str | None, labels: LabelSet | None) -> None:
        require(codec, CanStream, "live_reader")
        self.emitted: list[Entity] = []
        self._given: set[Entity] = set()
        self._codec = codec
        self._text = text
        self._labels = labels
        self._chunks: list[str] = []
        self._visible = _Visible(text, labels)
        self._live = codec.live_reader(text, labels) if text is not None and isinstance(codec, CanStream) else None

    def feed(self, chunk: str) -> tuple[Entity, ...]:
        """Take the next piece of the answer; return the entities that became final with it."""
        if not isinstance(chunk, str):
            raise WrongTypeError(f"chunk: expected a str, got {type(chunk).__name__} {chunk!r:.80}")
        self._chunks.append(chunk)
        if self._live is None:
            return ()
        new = []
        for entity in self._live.feed(self._visible.feed(chunk)):
            if entity not in self._given:
                self._given.add(entity)
                new.append(entity)
        self.emitted += new
        return tuple(new)

    def finish(self) -> Prediction:
        """Decode the whole answer; under `strict=True` any issue raises DecodeError."""
        prediction: Prediction = self._codec.decode("".join(self._chunks), self._text, labels=self._labels)
        kept = self._given.difference(prediction.entities)
        if not kept:
            return prediction
        names = ", ".join(map(repr, sorted(kept)))
        issue = Issue("ambiguous", f"given before the answer changed, and kept: {names}")
        entities = canonical([*prediction.entities, *kept])
        return replace(prediction, entities=entities, issues=(*prediction.issues, issue))


class _Visible:
    """Takes the reasoning out of an output that arrives in pieces, as `peel` does of a whole one.

    Reasoning whose opening mark was part of the prompt cannot be known before its closing mark.
    """

    def __init__(self, text: str | None, labels: LabelSet | None) -> None:
        self._is_foreign = Foreign("", text, labels)
        self._held = ""
        self._is_begun = False
        self._open: str | None = None

    def feed(self, chunk: str) -> str:
        """Return what can be seen of the answer so far and was not returned before."""
        self._held += chunk
        if not self._is_begun:
            if _BARE_BEGINNING.fullmatch(self._held, partial=True):
                return ""
            self._is_begun = True
            self._open = "bare" if BARE_HARMONY.match(self._held) else None
        if self._open == "bare" and not self._end_bare():
            return ""
        visible = []
        at = 0
        for match in REASONING.finditer(self._held):
            mark = reasoning_mark(match)
            if not self._is_foreign(match):
                continue
            if self._open is None and not mark.closes:
                visible.append(self._held[at : match.start()])
                self._open = mark.key
            elif self._open is None:
                visible.append("\n")  # what came before was reasoning; a new line begins the answer
            elif mark.closes and mark.key == self._open:
                self._open = None
                visible.append("\n")
            else:
                continue
            at = match.end()
        rest = self._held[at:]
        cut = self._cut(rest)
        if self._open is None:
            visible.append(rest[:cut])
        self._held = rest[cut:]
        return "".join(visible)

    def _end_bare(self) -> bool:
        """Drop reasoning without marks up to its end; tell whether the end has come."""
        match = BARE_FINAL.search(self._held)
        self._held = self._held[match.end() :] if match else self._held[-_LONGEST_MARK:]
        if match:
            self._open = None
        return match is not None

    def _cut(self, rest: str) -> int:
        """Return where a mark may begin that the end of `rest` cuts in two; its length when nowhere."""
        for at in range(max(0, len(rest) - _LONGEST_MARK), len(rest)):
            if rest[at] in "<[◁" and _BEGINNING.fullmatch(rest, pos=at, partial=True):
                return at
        return len(rest)
