"""The tokens of a tokenizer as bytes, in a trie; and how the families of tokenizers write bytes as tokens."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
        family = _family(setup, vocab)
        tokens: list[bytes | None] = [None] * (max(vocab.values(), default=-1) + 1)
        for name, token in vocab.items():
            if token not in special:
                tokens[token] = name.encode() if token in added else family.spell(name)
        ends = [eos] if isinstance(eos, int) else eos
        return cls(tokens, ends, strips_space=family.strips_space, needs_space=bool(family.continuing))


_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """How a family of tokenizers writes bytes as tokens.

    Args:
        space: the character that is written for a space.
        continuing: the prefix of tokens that continue a word.
        strips_space: whether a space at the very beginning is left out.
        writes_bytes: whether every byte is written as one printing character.
    """

    space: str = ""
    continuing: str = ""
    strips_space: bool = False
    writes_bytes: bool = False

    def spell(self, name: str) -> bytes | None:
        """Return the bytes a token writes, given its name in the vocabulary; None where it is no text."""
        if self.writes_bytes:
            try:
                return bytes(_BYTES[char] for char in name)
            except KeyError:
                return None
        if match := _BYTE.match(name):
            return bytes([int(match[1], 16)])
        if self.continuing:
            plain = name.removeprefix(self.continuing)
            return (plain if plain != name else f" {name}").encode()
        return name.replace(self.space, " ").encode("utf-8", "replace") if self.space else name.encode()


def _printable_bytes() -> dict[str, int]:
    """Map the characters that byte-level BPE writes for bytes back to them.

    A byte that prints in Latin-1 is written as itself, the others as the characters from U+0100 on.
    """
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + rank): byte for rank, byte in enumerate(hidden)}


_BYTES = _printable_bytes()


def _family(setup: Mapping[str, Any], vocab: Mapping[str, int]) -> _Family:
    """Recognise the family by the decoder, and where there is none by the tokens themselves."""
    decoder = setup.get("decoder") or {"decoders": []}
    steps = {step["type"]: step for step in decoder.get("decoders", [decoder])}
    if "ByteLevel" in steps:
        strip = steps.get("Strip", {"content": "", "start": 0})
        return _Family(writes_bytes=True, strips_space=strip["content"] == " " and strip["start"] > 0)
    if "WordPiece" in steps:
        return _Family(continuing=steps["WordPiece"]["prefix"], strips_space=True)
    if "Metaspace" in steps:
        step = steps["Metaspace"]
        return _Family(space=step["replacement"], strips_space=step.get("prepend_scheme", "always") != "never")
    if "Replace" in steps:
        return _Family(space="\u2581", strips_space="Strip" in steps)
    if any(name.startswith("\u0120") for name in vocab):
        return _Family(writes_bytes=True)
    if any(name.startswith("##") and len(name) > 2 for name in vocab):
        return _Family(continuing="##", strips_space=True)
    if any(name.startswith("\u2581") for name in vocab):
        return _Family(space="\u2581", strips_space=True)
    return _Family()
