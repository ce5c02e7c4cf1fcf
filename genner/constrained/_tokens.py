"""A guide in tokens: which of them may come next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from genner.constrained._glyphs import Run
from genner.constrained._guide import Guide
from genner.constrained._state import State, follow
from genner.constrained._vocabulary import Node, Vocabulary
from genner.exceptions import DataError

__all__ = ["TokenGuide", "TokenState"]

_SPACE = 0x20
_QUOTE = 0x22


class TokenState:
    """A point in an answer written in tokens.

    Attributes:
        state: the same point in bytes; None after the end of the answer.
        ended: whether the answer has been ended.
        first: whether nothing is written yet, and the tokenizer leaves out a space there.
        run: the glyphs just written, which need a space that writes nothing; None for none.
    """

    __slots__ = ("_after", "_allowed", "_quiet", "_vocabulary", "arrays", "first", "run", "state")

    def __init__(
        self, vocabulary: Vocabulary, state: State | None, *, first: bool = False, run: Run | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self.first = first and vocabulary.strips_space
        self.run = run
        self._allowed: list[int] | None = None
        self._quiet: list[int] | None = None
        self._after: dict[int, TokenState | None] = {}
        self.state = state
        self.arrays: dict[bool, Any] = {}
        """Room for an adapter to keep the allowed tokens, and the quiet ones, in its own form."""

    @property
    def ended(self) -> bool:
        return self.state is None

    @property
    def allowed(self) -> list[int]:
        """The token ids that may come next, ascending; after the end, the tokens that end an answer."""
        if self._allowed is None:
            self._allowed = self._walk(quiet=False)
        return self._allowed

    @property
    def quiet(self) -> list[int]:
        """Those that add no structure; all that are allowed where structure has to be added."""
        if self._quiet is None:
            self._quiet = self._walk(quiet=True) or self.allowed
        return self._quiet

    def after(self, token: int) -> TokenState | None:
        """Return the state after a token, or None where it is not allowed."""
        try:
            return self._after[token]
        except KeyError:
            found = self._after[token] = self._find(token)
            return found

    def dead(self) -> TokenState:
        """Return a state after the end of the answer: nothing but end tokens may follow."""
        return TokenState(self._vocabulary, None)

    def _find(self, token: int) -> TokenState | None:
        if self.state is None:
            return self
        vocabulary = self._vocabulary
        if token in vocabulary.eos:
            return self.dead() if self.state.final and self.run is None else None
        data = vocabulary.spell(token)
        if not data:
            return None
        if self.first or self.run is not None:
            if data[0] == _SPACE:
                data = data[1:]
            elif self._needs_space:
                return None
        run = None
        if token in vocabulary.glyphs.tokens:
            run = vocabulary.glyphs.follow(self.run, token)
            if run is None:
                return None
        state = follow(self.state, data)
        return None if state is None else TokenState(vocabulary, state, run=run)

    @property
    def _needs_space(self) -> bool:
        """Whether the next token has to begin with the space that is left out."""
        return self.run is not None or self._vocabulary.needs_space

    def _walk(self, *, quiet: bool) -> list[int]:
        """Collect the tokens whose bytes the guide allows, walking trie and guide together."""
        vocabulary = self._vocabulary
        if self.state is None:
            return list(vocabulary.eos)
        found: list[int] = list(vocabulary.eos) if self.state.final and self.run is None else []
        spaced = self.first or self.run is not None
        todo = self._first_steps(found, quiet) if spaced else [(vocabulary.root, self.state)]
        while todo:
            node, state = todo.pop()
            stretch = state.stretch
            if stretch is not None:
                ways = stretch.ways(node)
                if state.is_free(ways.longest):
                    found.extend(ways.tokens)
                    if not (quiet and stretch.loud):
                        for written, byte, exit in ways.exits:
                            left = state.leave(written, byte)
                            if left is not None:
                                found.extend(exit.ids)
                                if exit.children:
                                    todo.append((exit, left))
                    continue
            children = node.children
            following = state.following
            steps: Iterable[int] = state.quiet if quiet else following
            for byte in steps if quiet or len(following) <= len(children) else children:
                child = children.get(byte)
                after = following.get(byte)
                if child is None or after is None:
                    continue
                if child.ids:
                    found.extend(child.ids)
                if child.children:
                    todo.append((child, after))
        if self.run is not None:
            glyphs = vocabulary.glyphs
            found = [token for token in found if token not in glyphs.tokens or glyphs.follow(self.run, token)]
        return sorted(set(found))  # a space may be a copy and the beginning of a closer

    def _first_steps(self, found: list[int], quiet: bool) -> list[tuple[Node, State]]:
        """Begin the walk where a space is left out: after it, and where it may be missing at any other byte."""
        state = self.state
        assert state is not None
        children = self._vocabulary.root.children
        todo: list[tuple[Node, State]] = []
        if _SPACE in children:
            found.extend(children[_SPACE].ids)
            todo.append((children[_SPACE], state))
        if not self._needs_space:
            for byte in state.quiet if quiet else state.following:
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

    Raises:
        DataError: when the text or a label holds a character that the tokenizer has given another meaning.
    """

    def __init__(self, guide: Guide, vocabulary: Vocabulary) -> None:
        self.guide = guide
        self.vocabulary = vocabulary
        unspelled = vocabulary.glyphs.chars.keys() & {*guide.text, *chain.from_iterable(guide.labels)}
        if unspelled:
            raise DataError(f"the text or a label holds {min(unspelled)!r}, which this tokenizer takes for a marker")
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
