"""Text that cannot steer a terminal: control characters and marks of direction, written out."""

from __future__ import annotations

__all__ = ["harmless", "one_line"]

_STEERING = (*range(9), *range(11, 32), *range(127, 160), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F))
_STEERING += (*range(0x2066, 0x206A), *range(0xD800, 0xE000))
"""Control characters except tab and line feed, what breaks a line or turns its direction (Unicode TR 9), and lone
surrogates, which no stream can write."""

_WRITTEN_OUT = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _STEERING}
_ONE_LINE = _WRITTEN_OUT | dict.fromkeys((9, 10, 13), " ")


def harmless(text: str) -> str:
    """Write out what would steer a terminal; lines and tabs are kept.

    >>> print(harmless("red \\x1b[31m"))
    red \\x1b[31m

    """
    return text.translate(_WRITTEN_OUT)


def one_line(text: str) -> str:
    """Write out what would steer a terminal, and put the text on one line."""
    return text.translate(_ONE_LINE)
