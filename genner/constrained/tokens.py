"""A guide in tokens: which of them may come next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from genner.constrained.guide import Guide
from genner.constrained.states import State, follow
from genner.constrained.vocabulary import TokenNode, Vocabulary

__all__ = ["TokenGuide", "TokenState"]

_SPACE = 0x20


class TokenState:
    """A point in an answer written in tokens.

    Args:
        vocabulary: the tokens, by their bytes.
        state: the same point in bytes; None after the end of the answer.
        first: whether nothing is written yet; kept where the tokenizer leaves out a space there.

    Attributes:
        arrays: room for an adapter to keep the allowed and the ending tokens in its own form.
    """

    __slots__ = ("_after", "_allowed", "_ending", "_vocabulary", "arrays", "first", "state")

    def __init__(self, vocabulary: Vocabulary, state: State | None, *, first: bool = False) -> None:
        self._vocabulary = vocabulary
        self.first = first and vocabulary.strips_space
        self._allowed: list[int] | None = None
        self._ending: list[int] | None = None
        self._after: dict[int, TokenState | None] = {}
        self.state = state
        self.arrays: dict[bool, Any] = {}

    @property
    def ended(self) -> bool:
        """Whether the answer has been ended."""
        return self.state is None

    @property
    def allowed(self) -> list[int]:
        """The token ids that may come next, ascending; after the end, the tokens that end an answer."""
        if self._allowed is None:
            self._allowed = self._walk()
        return self._allowed

    @property
    def ending(self) -> list[int]:
        """Those after which no more entity has begun; all that are allowed where one has to begin."""
        if self._ending is None:
            state = self.state and self.state.ending
            alike = state is self.state
            self._ending = [] if alike else TokenState(self._vocabulary, state, first=self.first).allowed
        return self._ending or self.allowed

    def after(self, token: int) -> TokenState | None:
        """Return the state after a token, or None where it is not allowed."""
        try:
            return self._after[token]
        except KeyError:
            found = self._after[token] = self._find(token)
            return found

    def repeats(self, token: int) -> TokenState | None:
        """Return the same point of a list's last item where a token would write an earlier item again, else None."""
        data = self._vocabulary.spell(token)
        state = self.state.repeats(data) if data and self.state is not None else None
        return None if state is None else TokenState(self._vocabulary, state)

    def dead(self) -> TokenState:
        """Return a state after the end of the answer: nothing but end tokens may follow."""
        return TokenState(self._vocabulary, None)

    def _find(self, token: int) -> TokenState | None:
        if self.state is None:
            return self
        vocabulary = self._vocabulary
        if token in vocabulary.eos:
            return self.dead() if self.state.final else None
        data = vocabulary.spell(token)
        if not data:
            return None
        if self.first:
            if data[0] == _SPACE:
                data = data[1:]
            elif vocabulary.needs_space:
                return None
        state = follow(self.state, data)
        return None if state is None else TokenState(vocabulary, state)

    def _walk(self) -> list[int]:
        """Collect the tokens whose bytes the guide allows, walking trie and guide together."""
        vocabulary = self._vocabulary
        if self.state is None:
            return list(vocabulary.eos)
        found: list[int] = list(vocabulary.eos) if self.state.final else []
        todo = self._first_steps(self.state, found) if self.first else [(vocabulary.root, self.state)]
        while todo:
            node, state = todo.pop()
            passage = state.passage
            if passage is not None:
                tokens, exits = passage.continuations(node)
                found.extend(tokens)
                for written, exit in exits:
                    left = state.leave(written)
                    if left is not None:
                        found.extend(exit.ids)
                        if exit.children:
                            todo.append((exit, left))
                continue
            children = node.children
            following = state.following
            for byte in following if len(following) <= len(children) else children:
                child = children.get(byte)
                after = following.get(byte)
                if child is None or after is None:
                    continue
                if child.ids:
                    found.extend(child.ids)
                if child.children:
                    todo.append((child, after))
        return sorted(set(found))  # a space may be a copy and the beginning of a closer

    def _first_steps(self, state: State, found: list[int]) -> list[tuple[TokenNode, State]]:
        """Begin the walk where a space is left out: after it, and where it may be missing at any other byte."""
        children = self._vocabulary.root.children
        todo: list[tuple[TokenNode, State]] = []
        if _SPACE in children:
            found.extend(children[_SPACE].ids)
            todo.append((children[_SPACE], state))
        if not self._vocabulary.needs_space:
            for byte in state.following:
                if byte in children and byte != _SPACE:
                    found.extend(children[byte].ids)
                    todo.append((children[byte], state.following[byte]))
        return todo


class TokenGuide:
    """A guide together with a vocabulary.

        guide = TokenGuide(get_guide("xml", text, labels), Vocabulary.from_tokenizer(tokenizer))
        guide.allowed([])

    Args:
        guide: what the answer may be.
        vocabulary: the tokens it is written in.
    """

    def __init__(self, guide: Guide, vocabulary: Vocabulary) -> None:
        self.guide = guide
        self.vocabulary = vocabulary
        self.start = TokenState(vocabulary, guide.start, first=True)

    def follow(self, tokens: Iterable[int]) -> TokenState | None:
        """Return the state after these tokens, or None where they leave what is allowed."""
        state: TokenState | None = self.start
        for token in tokens:
            if state is None:
                return None
            state = state.after(token)
        return state

    def allowed(self, tokens: Sequence[int] = ()) -> list[int]:
        """Return the ids of the tokens that may follow `tokens`, ascending; none after what is not allowed."""
        state = self.follow(tokens)
        return [] if state is None else state.allowed

    def accepts(self, tokens: Iterable[int]) -> bool:
        """Tell whether these tokens, without an end token, are a whole valid answer."""
        state = self.follow(tokens)
        return state is not None and state.state is not None and state.state.final
