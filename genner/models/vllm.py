"""Answers from vLLM on this machine.  vLLM pins its own torch, so it is used where it is and never installed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from genner.exceptions import MissingExtraError
from genner.models.generator import Completion, Request

__all__ = ["VllmGenerator"]


class VllmGenerator:
    """Offline generation with vLLM; an adapter is loaded on its base, with its rank given.

    Args:
        model: folder or hub name of a model, or the folder of an adapter.
        max_new_tokens: where an answer is cut off at the latest.
        temperature: 0 is greedy.
        seed: of the sampler.
        template_options: for the chat template.
        options: for `vllm.LLM`, such as `tensor_parallel_size`.
    """

    def __init__(
        self,
        model: str | PathLike[str],
        *,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int = 0,
        template_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        try:
            import vllm
        except ImportError:
            message = (
                "generation with vLLM needs vllm, which is not installed; it brings its own torch, "
                "so give it an environment of its own: pip install genner vllm"
            )
            raise MissingExtraError(message) from None
        self.name = fspath(model)
        adapter = Path(self.name) / "adapter_config.json"
        self._lora: Any = None
        base = self.name
        if adapter.is_file():
            from vllm.lora.request import LoRARequest

            settings = json.loads(adapter.read_text(encoding="utf-8"))
            base = settings["base_model_name_or_path"]
            options = {"enable_lora": True, "max_lora_rank": settings["r"]} | options
            self._lora = LoRARequest("genner", 1, self.name)
        self._llm = vllm.LLM(model=base, seed=seed, **options)
        self._settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_new_tokens}
        self._seed, self._params = seed, vllm.SamplingParams
        self._template = template_options or {}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions; vLLM batches them itself.

        Args:
            requests: what is asked.
        """
        replies = self._llm.chat(
            [list(request.messages) for request in requests],
            [self._params(seed=self._seed + request.sample, **self._settings) for request in requests],
            use_tqdm=False,
            lora_request=self._lora,
            chat_template_kwargs=self._template,
        )
        for request, reply in zip(requests, replies, strict=True):
            choice = reply.outputs[0]
            prompt = len(reply.prompt_token_ids or ())
            yield Completion(request.key, choice.text, choice.finish_reason != "length", prompt, len(choice.token_ids))
