"""From a prompt as a model saw it back to the sentence inside.

LLaMA-Factory joins instruction and input with a newline and wraps both in the model's chat
template; `generated_predictions.jsonl` has the result, with the special tokens or without them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from genner.exceptions import DataError

__all__ = ["CHAT_KEYS", "HEADS", "MARKERS", "TAILS", "has_turns", "source_of", "turns_of"]

MARKERS = (
    re.compile(r"Now process the input sentence:"),
    re.compile(r"^Input:(?=\n|<|\Z)", re.MULTILINE),
)
"""The last line of an instruction in the paper's wording and in ours; the sentence follows it."""

NAMED = re.compile(r"(?:Text|Sentence|Input): ?([^\n]+)")
"""A question that is nothing but a sentence with its name."""

HEADS = (
    "<|start_header_id|>user<|end_header_id|>\n\n",  # Llama 3
    "<|header_start|>user<|header_end|>\n\n",  # Llama 4
    "<|im_start|>user\n",  # ChatML
    "<|im_start|>user<|im_sep|>",  # Phi-4
    "<start_of_turn>user\n",  # Gemma
    "<|user|>\n",  # Phi-3, GLM-4
    "<｜User｜>",  # DeepSeek 3
    "\nuser\n",  # ChatML and Gemma without special tokens
)
"""What opens a user's turn: the sentence has its own where the instruction is the system's or examples are turns."""

TAILS = (
    "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",  # Llama 3
    "<|eot|><|header_start|>assistant<|header_end|>\n\n",  # Llama 4
    "<|im_end|>\n<|im_start|>assistant\n",  # ChatML: Qwen, Yi, InternLM
    "<|im_end|><|im_start|>assistant<|im_sep|>",  # Phi-4
    "<end_of_turn>\n<start_of_turn>model\n",  # Gemma
    "<|end|>\n<|assistant|>\n",  # Phi-3
    "<|assistant|>\n",  # GLM-4
    "<|assistant|>",
    "<｜Assistant｜>",  # DeepSeek 3
    " [/INST]",  # Llama 2; a sentence that ends in a space looks the same under Mistral's
    "[/INST]",
    "\n\n### Response:\n",  # Alpaca
    "\n\nAssistant:",  # DeepSeek
    "\nAssistant:",  # LLaMA-Factory's own default
    " ASSISTANT:",  # Vicuna
    "\nassistant\n",  # ChatML without special tokens
    "\nmodel\n",  # Gemma without them
    "assistant\n\n",  # Llama 3 without them
)
"""What chat templates put between the user's message and the answer; the first that fits is taken off."""

_THOUGHTS = ("<think>\n\n</think>\n\n", "<think>\n", "")


def source_of(prompt: str) -> str | None:
    """Return the sentence a prompt asks about; None when the prompt does not mark it.

    >>> source_of("Now process the input sentence:\\nHi .<|im_end|>\\n<|im_start|>assistant\\n")
    'Hi .'

    """
    places = next(filter(None, (list(marker.finditer(prompt)) for marker in MARKERS)), None)
    if places is None:
        named = NAMED.fullmatch(_without_tail(prompt))
        return None if named is None else named[1]
    text = _without_tail(prompt[places[-1].end() :])
    turn = max(text.rfind(head) + len(head) if head in text else 0 for head in HEADS)
    return text[turn:] if turn else text.removeprefix("\n")


def _without_tail(text: str) -> str:
    for thought in _THOUGHTS:
        if text.endswith(thought):
            before = text[: len(text) - len(thought)]
            for tail in TAILS:
                if before.endswith(tail):
                    return before[: len(before) - len(tail)]
    return text


_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "bot": "assistant", "chatgpt": "assistant"}
_TURN_KEYS = ("conversations", "messages", "conversation", "dialog")
CHAT_KEYS = frozenset((*_TURN_KEYS, "prompt", "completion"))
"""Keys under which a record has turns."""


def has_turns(record: Any) -> bool:
    """Tell whether a record holds a chat: ShareGPT, OpenAI or TRL."""
    if not isinstance(record, Mapping):
        return False
    return any(_is_turns(record.get(key)) for key in (*_TURN_KEYS, "prompt"))


def _is_turns(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, Mapping) and ("content" in turn or "value" in turn) for turn in value)
    )


def turns_of(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return role and content of each turn: `user`, `assistant` or `system`.

    Raises:
        DataError: for a turn without a role or a text.
    """
    lists = [record[key] for key in (*_TURN_KEYS, "prompt", "completion") if _is_turns(record.get(key))]
    if not lists:
        raise DataError(f"expected turns under one of {', '.join(_TURN_KEYS)}, got the keys {', '.join(record):.120}")
    turns = lists[0] if "prompt" not in record else [turn for found in lists for turn in found]
    made = []
    for turn in turns:
        role, content = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
        if not isinstance(role, str) or not isinstance(content, str):
            raise DataError(f"expected a turn with a role and a text, got {turn!r:.80}")
        made.append((_ROLES.get(role, role), content))
    return made
