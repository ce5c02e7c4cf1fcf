"""The tokens of a tokenizer as bytes, in a trie."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from genner.constrained.families import family_of
from genner.exceptions import DataError, WrongTypeError

__all__ = ["TokenNode", "Vocabulary"]


class TokenNode:
    """A place in the trie: the tokens that end here, and the nodes after one more byte.

    The tokens that begin alike are neighbours in sorted order; the nodes below are made when first
    asked for, so a vocabulary costs a sort and what is walked.

    Args:
        entries: all tokens of the vocabulary, (bytes, id), sorted.
        begin: the first of those that begin with the bytes that lead here.
        end: behind the last of them.
        depth: how many bytes lead here.
    """

    __slots__ = ("_begin", "_children", "_depth", "_end", "_entries", "ids")

    def __init__(self, entries: Sequence[tuple[bytes, int]], begin: int, end: int, depth: int) -> None:
        self._entries = entries
        self._depth = depth
        self._end = end
        self._children: dict[int, TokenNode] | None = None
        first = begin
        while begin < end and len(entries[begin][0]) == depth:
            begin += 1
        self._begin = begin
        self.ids = tuple(id for _, id in entries[first:begin])

    @property
    def children(self) -> Mapping[int, TokenNode]:
        """The nodes after one more byte."""
        if self._children is None:
            self._children = self._grow()
        return self._children

    def _grow(self) -> dict[int, TokenNode]:
        entries, end, depth = self._entries, self._end, self._depth
        children: dict[int, TokenNode] = {}
        at = self._begin
        while at < end:
            data = entries[at][0]
            byte = data[depth]
            behind = end
            if byte < 255:
                behind = bisect_left(entries, (data[:depth] + bytes((byte + 1,)), -1), at, end)
            children[byte] = TokenNode(entries, at, behind, depth + 1)
            at = behind
        return children


class Vocabulary:
    """What each token writes, in bytes; built once for a tokenizer.

    Args:
        tokens: for each token id its bytes; None for tokens that write nothing of an answer.
        eos: ids of the tokens that end an answer.
        strips_space: whether the tokenizer leaves out a space at the very beginning of an answer,
            as those do that write words with the space before them.
        needs_space: whether an answer can begin with a token that has such a space, and no other.
    """

    def __init__(
        self,
        tokens: Sequence[bytes | None],
        eos: Iterable[int],
        *,
        strips_space: bool = False,
        needs_space: bool = False,
    ) -> None:
        self.tokens = tuple(tokens)
        self.eos = tuple(sorted(set(eos)))
        self.strips_space = strips_space
        self.needs_space = needs_space
        wrong = [token for token in self.eos if not 0 <= token < len(self.tokens)]
        if wrong or not self.eos:
            raise DataError(f"eos: expected token ids below {len(self.tokens)}, got {list(self.eos)}")
        ends = set(self.eos)
        entries = sorted((data, token) for token, data in enumerate(self.tokens) if data and token not in ends)
        self.root = TokenNode(entries, 0, len(entries), 0)

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} tokens, eos={self.eos}, strips_space={self.strips_space})"

    def spell(self, token: int) -> bytes | None:
        """Return the bytes of a token; None where it has none, or where there is no such token."""
        return self.tokens[token] if 0 <= token < len(self.tokens) else None

    @classmethod
    def from_tokenizer(cls, tokenizer: Any, *, eos: int | Iterable[int] | None = None) -> Vocabulary:
        """Read the vocabulary of a tokenizer of transformers or tokenizers.

        Args:
            tokenizer: byte-level BPE, SentencePiece with or without byte fallback, or WordPiece.
            eos: ids of the tokens that end an answer; by default the tokenizer's own.

        Raises:
            DataError: when no token is known to end an answer.
        """
        backend = getattr(tokenizer, "backend_tokenizer", None) or getattr(tokenizer, "_tokenizer", None) or tokenizer
        if not hasattr(tokenizer, "get_vocab"):
            raise WrongTypeError(f"tokenizer: expected one with get_vocab(), got {type(tokenizer).__name__}")
        if eos is None:
            eos = getattr(tokenizer, "eos_token_id", None)
            if eos is None:
                raise DataError("eos: the tokenizer names no token that ends an answer; give its id")
        vocab: Mapping[str, int] = tokenizer.get_vocab()
        setup = json.loads(backend.to_str()) if hasattr(backend, "to_str") else {}
        added = {item["id"]: item for item in setup.get("added_tokens", ())}
        special = {token for token, item in added.items() if item["special"]}
        special |= set(getattr(tokenizer, "all_special_ids", ()))
        unknown = (setup.get("model") or {}).get("unk_token")
        if isinstance(unknown, str) and unknown in vocab:
            special.add(vocab[unknown])
        family = family_of(setup, vocab)
        tokens: list[bytes | None] = [None] * (max(vocab.values(), default=-1) + 1)
        for name, token in vocab.items():
            if token not in special:
                tokens[token] = name.encode() if token in added else family.spell(name)
        ends = [eos] if isinstance(eos, int) else eos
        return cls(tokens, ends, strips_space=family.strips_space, needs_space=bool(family.continuing))
