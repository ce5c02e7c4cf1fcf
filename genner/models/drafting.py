"""Guess how an answer goes on, for a model to check many tokens in one pass (speculative decoding).

An answer mostly copies its source, closes what it opened, and repeats the keys of its format.  The guide of
the format knows at every point which of these it is: where one text can follow, that is the draft, and where
several can, what was written most often at such a point.  A guess that is wrong costs time and changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from genner.constrained import TokenGuide
from genner.constrained.guide import Guide
from genner.constrained.states import State, follow
from genner.constrained.tokens import TokenState
from genner.constrained.vocabulary import Vocabulary
from genner.types import Document

__all__ = ["Acceptance", "Draft", "Drafter", "Drafting"]

WORD, INSIDE, FORCED, GUESSED, FOUND = range(5)
"""Kinds of drafted tokens: at a space of the source, elsewhere in it, the only continuation, a guess among
several, and what followed the same text before where the answer has left its format."""

_SPACE = 0x20
_NEXT = b', "'  # between the strings of a list
_TAIL = 12  # bytes of the answer that are looked for in the source where the guide is left
_BYTES = 6  # bytes drafted for each token asked for; longer tokens only make a draft shorter


class Draft(NamedTuple):
    """Tokens that may come next, and of what kind each is."""

    tokens: list[int]
    kinds: list[int]


class Acceptance:
    """How often the model wanted what was drafted, by kind."""

    def __init__(self) -> None:
        # as if four of five had been accepted before
        self.accepted = [4.0] * 5
        self.tried = [5.0] * 5

    def see(self, kinds: Sequence[int], accepted: int) -> None:
        """Count a draft of which the first `accepted` tokens were wanted and the next one, if any, was not."""
        for at, kind in enumerate(kinds[: accepted + 1]):
            self.tried[kind] += 1
            self.accepted[kind] += at < accepted

    def chances(self, kinds: Sequence[int]) -> list[float]:
        """Return for each token the chance that it and all before it are accepted."""
        chance = 1.0
        found = []
        for kind in kinds:
            chance *= self.accepted[kind] / self.tried[kind]
            found.append(chance)
        return found


class Drafting:
    """What all answers share: the tokens, the habits seen in finished answers, and how often drafts held.

    Args:
        tokenizer: of the model.
        vocabulary: its tokens as bytes.
        end: id of the token that ends an answer.
    """

    def __init__(self, tokenizer: Any, vocabulary: Vocabulary, end: int) -> None:
        self.tokenizer, self.vocabulary, self.end = tokenizer, vocabulary, end
        self.acceptance = Acceptance()
        self.habits: dict[bytes, Counter[int]] = {}

    def learn(self, guide: TokenGuide, answer: Iterable[int]) -> None:
        """Note what a finished answer did wherever several bytes could follow, as far as it keeps to its guide."""
        data = b"".join(self.vocabulary.spell(token) or b"" for token in answer)
        state: State | None = guide.guide.start
        at = 0
        while state is not None and at < len(data):
            state, taken = state.advance(data, at)
            at += taken
            if taken:
                continue
            choice = _choice(state)
            if choice:
                self.habits.setdefault(choice, Counter())[data[at]] += 1
            state = state.step(data[at])
            at += 1

    def tokenize(self, data: bytes) -> list[int]:
        """Return tokens that spell `data`: the tokenizer's, or, where these spell something else, the longest."""
        text = data.decode(errors="ignore")
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        spell = self.vocabulary.spell
        if b"".join(spell(id) or b"" for id in ids) == text.encode():
            return ids
        return self._longest(data)

    def _longest(self, data: bytes) -> list[int]:
        found: list[int] = []
        at = 0
        while at < len(data):
            node, best, size = self.vocabulary.root, -1, 0
            for depth, byte in enumerate(data[at:], 1):
                child = node.children.get(byte)
                if child is None:
                    break
                node = child
                if node.ids:
                    best, size = node.ids[0], depth
            if best < 0:
                break
            found.append(best)
            at += size
        return found


def _choice(state: State) -> bytes:
    """Return the bytes that may follow, where a habit can tell which; b"" where the text itself decides."""
    following = state.following
    if len(following) < 2 or state.is_copy:
        return b""
    return bytes(sorted(following))


def _returns(guide: Guide) -> dict[bytes, bytes]:
    """Return where an answer in JSON can take up its guide again: what begins an item or list, and all up to there."""
    empty: bytes = guide.codec.encode(Document(guide.text), labels=guide.labels).encode(errors="ignore")
    if empty == b"[]":
        return {b"{": b"[{"}
    found = {}
    for label in guide.labels.names:
        begun = f"{json.dumps(label, ensure_ascii=False)}: [".encode()
        place = empty.find(begun)
        if empty[:1] == b"{" and place >= 0:
            found[begun] = empty[: place + len(begun)]
    return found


def _behind(text: bytes, tail: bytes, limit: int) -> bytes:
    """Return what follows the last place that holds `tail`, but for one at the very end."""
    place = text.rfind(tail, 0, -1) if len(tail) >= _TAIL else -1
    return text[place + len(tail) : place + len(tail) + limit] if place >= 0 else b""


class Drafter:
    """Drafts one answer.

    Args:
        drafting: what all answers share.
        guide: of the source text.
    """

    def __init__(self, drafting: Drafting, guide: TokenGuide) -> None:
        self.drafting, self.guide = drafting, guide
        self.state: TokenState | None = guide.start
        self._written = b""
        self._source = guide.guide.text.encode(errors="ignore")
        self._returns = _returns(guide.guide)

    def advance(self, tokens: Iterable[int]) -> None:
        """Take up what the answer holds now."""
        for token in tokens:
            self._written += self.drafting.vocabulary.spell(token) or b""
            self.state = None if self.state is None else self.state.after(token)

    def draft(self, limit: int) -> Draft:
        """Return at most `limit` tokens."""
        if limit < 1:
            return Draft([], [])
        data, kinds, ends = self._bytes(limit * _BYTES)
        ids = self.drafting.tokenize(bytes(data)) if data else []
        found = Draft([], [])
        at = 0
        for id in ids[:limit]:
            found.tokens.append(id)
            found.kinds.append(kinds[at])
            at += len(self.drafting.vocabulary.spell(id) or b"")
            if at >= len(kinds):
                break
        if len(data) >= limit * _BYTES and at >= len(data) and len(found.tokens) > 1:
            found.tokens.pop()  # the text was cut off here, perhaps inside a word
            found.kinds.pop()
        elif ends and at == len(data) and len(found.tokens) < limit:
            found.tokens.append(self.drafting.end)
            found.kinds.append(FORCED)
        return found

    def _follow(self, state: State, limit: int) -> tuple[bytearray, list[int], bool]:
        """Return the bytes that follow most probably, their kinds, and whether the answer ends behind them."""
        data, kinds = bytearray(), list[int]()
        habits = self.drafting.habits
        while len(data) < limit:
            passage = state.passage
            copied = b"" if passage is None else passage.line
            if passage is not None and copied:
                state, taken = state.advance(copied, 0)
                if taken:
                    data += copied[:taken]
                    fixed = not passage.exits
                    kinds += [FORCED if fixed else WORD if byte == _SPACE else INSIDE for byte in copied[:taken]]
                    continue
            following = state.following
            if not following:
                return data, kinds, state.final
            byte, kind = next(iter(following)), FORCED
            if len(following) > 1:
                kind = GUESSED
                seen = habits.get(_choice(state))
                last = state.ending.following
                if seen:
                    byte = max(following, key=lambda one: seen[one])
                elif len(last) == 1 or (state.is_copy and last is not following):
                    byte = next(iter(last))  # where a copy may be left for good, it comes first
                else:
                    break
            data.append(byte)
            kinds.append(kind)
            state = following[byte]
        return data, kinds, False

    def _rejoined(self) -> State | None:
        """Return a state of the guide for an answer that has left it: as if its last item were the first one."""
        place, begun = max(
            ((self._written.rfind(begun), begun) for begun in self._returns),
            default=(-1, b""),
            key=lambda pair: pair[0],
        )
        if place < 0:
            return None
        start, before = self.guide.guide.start, self._returns[begun]
        behind = self._written[place + len(begun) :]
        state = follow(start, before + behind)
        item = behind.rfind(_NEXT)
        return follow(start, before + behind[item + len(_NEXT) - 1 :]) if state is None and item >= 0 else state

    def _bytes(self, limit: int) -> tuple[bytearray, list[int], bool]:
        """Return the bytes that follow most probably, their kinds, and whether the answer ends behind them."""
        if self.state is not None:
            return self._follow(self.state.state, limit) if self.state.state is not None else (bytearray(), [], False)
        written = self._written
        found = _behind(written, written[-2 * _TAIL :], limit)  # an answer that repeats itself goes on doing so
        if not found:
            state = self._rejoined()
            if state is not None:
                followed = self._follow(state, limit)
                if followed[0]:
                    return followed
            found = _behind(self._source, written[-_TAIL:], limit) or _behind(written, written[-_TAIL:], limit)
        return bytearray(found), [FOUND] * len(found), False
