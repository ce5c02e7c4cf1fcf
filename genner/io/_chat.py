"""From a prompt as a model saw it back to the sentence inside.

LLaMA-Factory joins instruction and input with a newline and wraps both in the model's chat
template; `generated_predictions.jsonl` has the result, with the special tokens or without them.
"""

from __future__ import annotations

__all__ = ["MARKERS", "TAILS", "source_of"]

MARKERS = ("Now process the input sentence:",)
"""The last line of an instruction; the sentence follows it."""

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
    " [/INST]",  # Llama 2, Mistral
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
    start = max(prompt.rfind(marker) + len(marker) if marker in prompt else -1 for marker in MARKERS)
    if start < 0:
        return None
    return _without_tail(prompt[start:]).removeprefix("\n")


def _without_tail(text: str) -> str:
    for thought in _THOUGHTS:
        if text.endswith(thought):
            before = text[: len(text) - len(thought)]
            for tail in TAILS:
                if before.endswith(tail):
                    return before[: len(before) - len(tail)]
    return text
