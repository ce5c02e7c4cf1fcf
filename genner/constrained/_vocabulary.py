"""The tokens of a tokenizer as bytes, in a trie."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from genner.exceptions import DataError, WrongTypeError

__all__ = ["Node", "Vocabulary"]

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")


class Node:
    """A place in the trie: the tokens spelled by the way here, and the ways on."""

    __slots__ = ("children", "ids")

    def __init__(self) -> None:
        self.children: dict[int, Node] = {}
        self.ids: tuple[int, ...] = ()


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
        self.root = Node()
        ends = set(self.eos)
        for token, data in enumerate(self.tokens):
            if data and token not in ends:
                node = self.root
                for byte in data:
                    child = node.children.get(byte)
                    if child is None:
                        child = node.children[byte] = Node()
                    node = child
                node.ids = (*node.ids, token)

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
            eos: ids of the tokens that end an answer; by default what the tokenizer says.

        Raises:
            DataError: when no token is known to end an answer.
        """
        backend = getattr(tokenizer, "backend_tokenizer", None) or getattr(tokenizer, "_tokenizer", None) or tokenizer
        if not hasattr(tokenizer, "get_vocab"):
            raise WrongTypeError(f"tokenizer: expected one with get_vocab(), got {type(tokenizer).__name__}")
        vocab: Mapping[str, int] = tokenizer.get_vocab()
        setup = json.loads(backend.to_str()) if hasattr(backend, "to_str") else {}
        added = {item["id"]: item for item in setup.get("added_tokens", ())}
        special = {token for token, item in added.items() if item["special"]}
        special |= set(getattr(tokenizer, "all_special_ids", ()))
        unknown = (setup.get("model") or {}).get("unk_token")
        if isinstance(unknown, str) and unknown in vocab:
            special.add(vocab[unknown])
        kind = _kind(setup, vocab)
        tokens: list[bytes | None] = [None] * (max(vocab.values(), default=-1) + 1)
        for name, token in vocab.items():
            if token in added:
                tokens[token] = None if token in special else name.encode()
            elif token not in special:
                tokens[token] = kind.spell(name)
        if eos is None:
            eos = getattr(tokenizer, "eos_token_id", None)
            if eos is None:
                raise DataError("eos: the tokenizer names no token that ends an answer; give its id")
        ends = [eos] if isinstance(eos, int) else eos
        return cls(tokens, ends, strips_space=kind.strips_space, needs_space=bool(kind.continuing))


class _Kind:
    """How a family of tokenizers writes bytes as tokens."""

    def __init__(self, *, space: str = "", continuing: str = "", strips_space: bool = False, bytes_: bool = False):
        self.space = space
        self.continuing = continuing
        self.strips_space = strips_space
        self.bytes_ = bytes_

    def spell(self, name: str) -> bytes | None:
        if self.bytes_:
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
    """Map the characters byte-level BPE writes for bytes back to them.

    A byte that prints in Latin-1 stands for itself, the others for the characters from U+0100 on.
    """
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + rank): byte for rank, byte in enumerate(hidden)}


_BYTES = _printable_bytes()


def _kind(setup: Mapping[str, Any], vocab: Mapping[str, int]) -> _Kind:
    """Tell the family from the decoder, and where there is none from the tokens themselves."""
    steps = list(_steps(setup.get("decoder")))
    types = {step["type"] for step in steps}
    if "ByteLevel" in types:
        return _Kind(bytes_=True)
    if "WordPiece" in types:
        prefix = next(step["prefix"] for step in steps if step["type"] == "WordPiece")
        return _Kind(continuing=prefix, strips_space=True)
    for step in steps:
        if step["type"] == "Metaspace":
            return _Kind(space=step["replacement"], strips_space=step.get("prepend_scheme", "always") != "never")
    if "Replace" in types:
        return _Kind(space="\u2581", strips_space="Strip" in types)
    if "\u0120" in vocab or any(name.startswith("\u0120") for name in vocab):
        return _Kind(bytes_=True)
    if any(name.startswith("##") and len(name) > 2 for name in vocab):
        return _Kind(continuing="##", strips_space=True)
    if any(name.startswith("\u2581") for name in vocab):
        return _Kind(space="\u2581", strips_space=True)
    return _Kind()


def _steps(decoder: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    if decoder:
        yield from decoder.get("decoders", [decoder])
