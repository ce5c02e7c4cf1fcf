"""Generation that cannot go wrong: guides that let a model write nothing but a valid answer about this text.

guide = get_guide("offset-json", text, labels)               # what an answer may be, byte by byte
vocabulary = Vocabulary.from_tokenizer(tokenizer)            # once for a tokenizer
processor = LogitsProcessor([TokenGuide(guide, vocabulary)]) # for `generate` of transformers
"""

from __future__ import annotations

from genner.constrained._adapters import (
    POLICIES,
    LogitsProcessor,
    Policy,
    RequestProcessor,
    VllmProcessor,
    policy_named,
    prefix_allowed_tokens,
)
from genner.constrained._forced import without_forced
from genner.constrained._guide import Guide, get_guide
from genner.constrained._options import GuideOptions
from genner.constrained._state import State
from genner.constrained._tokens import TokenGuide, TokenState
from genner.constrained._vocabulary import Vocabulary

__all__ = [
    "POLICIES",
    "Guide",
    "GuideOptions",
    "LogitsProcessor",
    "Policy",
    "RequestProcessor",
    "State",
    "TokenGuide",
    "TokenState",
    "VllmProcessor",
    "Vocabulary",
    "get_guide",
    "policy_named",
    "prefix_allowed_tokens",
    "without_forced",
]
