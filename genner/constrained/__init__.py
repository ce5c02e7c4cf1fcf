"""Constrained decoding: guides that allow a model to write valid answers about a text, and nothing else.

guide = get_guide("offset-json", text, labels)               # what an answer may be, byte by byte
vocabulary = Vocabulary.from_tokenizer(tokenizer)            # once for a tokenizer
processor = LogitsProcessor([TokenGuide(guide, vocabulary)]) # for `generate` of transformers
"""

from __future__ import annotations

from genner.constrained.forced import without_forced
from genner.constrained.guide import Guide, get_guide
from genner.constrained.options import GuideOptions
from genner.constrained.processors import (
    POLICIES,
    LogitsProcessor,
    Policy,
    RequestProcessor,
    policy_named,
    prefix_allowed_tokens,
)
from genner.constrained.states import END, Choice, State
from genner.constrained.tokens import TokenGuide, TokenState
from genner.constrained.vllm import VllmProcessor
from genner.constrained.vocabulary import Vocabulary

__all__ = [
    "END",
    "POLICIES",
    "Choice",
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
