"""How the families of tokenizers write text as tokens, read from their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Family", "family_of"]

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
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


def family_of(setup: Mapping[str, Any], vocab: Mapping[str, int]) -> Family:
    """Recognise the family by the decoder, and where there is none by the tokens themselves."""
    steps = list(_steps(setup.get("decoder")))
    types = {step["type"] for step in steps}
    if "ByteLevel" in types:
        strips = any(step["type"] == "Strip" and step["content"] == " " and step["start"] for step in steps)
        return Family(writes_bytes=True, strips_space=strips)
    if "WordPiece" in types:
        prefix = next(step["prefix"] for step in steps if step["type"] == "WordPiece")
        return Family(continuing=prefix, strips_space=True)
    for step in steps:
        if step["type"] == "Metaspace":
            return Family(space=step["replacement"], strips_space=step.get("prepend_scheme", "always") != "never")
    if "Replace" in types:
        return Family(space="\u2581", strips_space="Strip" in types)
    if any(name.startswith("\u0120") for name in vocab):
        return Family(writes_bytes=True)
    if any(name.startswith("##") and len(name) > 2 for name in vocab):
        return Family(continuing="##", strips_space=True)
    if any(name.startswith("\u2581") for name in vocab):
        return Family(space="\u2581", strips_space=True)
    return Family()


def _steps(decoder: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    if decoder:
        yield from decoder.get("decoders", [decoder])
