"""Chat messages to token ids and back, as the chat template of a model has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genner.exceptions import DataError
from genner.models.recipe import Message

__all__ = ["Template"]


class Template:
    """Chat messages to token ids, as the tokenizer's chat template has it; without one, plain lines.

    Args:
        tokenizer: of the model, from transformers.
        options: for the chat template, such as `enable_thinking=False`.
    """

    def __init__(self, tokenizer: Any, **options: Any) -> None:
        self.tokenizer = tokenizer
        self.options = options
        self.end = self._end()

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the ids the model reads before it answers: the same in training and in generation."""
        if self.tokenizer.chat_template is None:
            text = "".join(f"{message['content']}\n" for message in messages)
            ids: list[int] = self.tokenizer(text)["input_ids"]
            # some tokenizers close every text with their end token, after which nothing should follow
            return ids[:-1] if ids and ids[-1] == self.tokenizer.eos_token_id else ids
        made: list[int] = self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, tokenize=True, return_dict=False, **self.options
        )
        return list(made)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of an answer."""
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def _end(self) -> int:
        """Find the id that ends an answer: what the chat template puts behind one, else the end of text."""
        tokenizer = self.tokenizer
        if tokenizer.chat_template is not None:
            turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "\uf8ff"}]
            shown = tokenizer.apply_chat_template(turns, tokenize=False, **self.options)
            behind = tokenizer(shown.rpartition("\uf8ff")[2], add_special_tokens=False)["input_ids"]
            ends = [id for id in behind if id in tokenizer.all_special_ids or id in tokenizer.added_tokens_decoder]
            if ends:
                return int(ends[0])
        if tokenizer.eos_token_id is None:
            raise DataError("the tokenizer has no token that ends an answer: no chat template, no eos_token")
        return int(tokenizer.eos_token_id)
