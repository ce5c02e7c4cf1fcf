"""Generation that cannot go wrong: guides that let a model write nothing but a valid answer about this text.

    guide = get_guide("offset-json", text, labels)     # what an answer may be, byte by byte
"""

from __future__ import annotations

from genner.constrained._guide import Guide, get_guide
from genner.constrained._options import GuideOptions
from genner.constrained._state import State

__all__ = ["Guide", "GuideOptions", "State", "get_guide"]
