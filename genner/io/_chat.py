"""From a prompt as a model saw it back to the sentence inside.

LLaMA-Factory joins instruction and input with a newline and wraps both in the model's chat
template; `generated_predictions.jsonl` has the result, with the special tokens or without them.
"""

from __future__ import annotations

import re

__all__ = ["HEADS", "MARKERS", "TAILS", "source_of"]

MARKERS = (
    re.compile(r"Now process the input sentence:"),
    re.compile(r"^Input:(?=\n|<|\Z)", re.MULTILINE),
)
"""The last line of an instruction in the paper's wording and in ours; the sentence follows it."""

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
        return None
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
