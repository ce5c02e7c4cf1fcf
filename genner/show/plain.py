"""Text that cannot steer a terminal: control characters and marks of direction, written out."""

from __future__ import annotations

__all__ = ["harmless", "in_order", "one_line"]

_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""What turns the direction of the characters behind it: embeddings, overrides and isolates (Unicode TR 9)."""

_STEERING = (*range(9), *range(11, 32), *range(127, 160), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029)
_STEERING += (*_TURNING, *range(0xD800, 0xE000))
"""Control characters except tab and line feed, what breaks a line or turns its direction (Unicode TR 9), and lone
surrogates, which no stream can write."""

_WRITTEN_OUT = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _STEERING}
_IN_ORDER = {code: f"\\u{code:04x}" for code in _TURNING}
_ONE_LINE = _WRITTEN_OUT | dict.fromkeys((9, 10, 13), " ")


def harmless(text: str) -> str:
    """Write out what would steer a terminal; lines and tabs are kept.

    >>> print(harmless("red \\x1b[31m"))
    red \\x1b[31m

    """
    return text.translate(_WRITTEN_OUT)


def in_order(text: str) -> str:
    """Write out what turns the direction of a text, where a page shows it; letters keep their own direction."""
    return text.translate(_IN_ORDER)


def one_line(text: str) -> str:
    """Write out what would steer a terminal, and put the text on one line."""
    return text.translate(_ONE_LINE)
