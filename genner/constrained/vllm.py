"""Guides in vLLM: what its engine asks of a logits processor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from genner.constrained.guide import get_guide
from genner.constrained.processors import Policy, RequestProcessor
from genner.constrained.tokens import TokenGuide
from genner.constrained.vocabulary import Vocabulary
from genner.exceptions import DataError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["VllmProcessor"]


class VllmProcessor:
    """The methods vLLM asks of a logits processor; mix it in before vLLM's own base class.

        class GennerProcessor(VllmProcessor, vllm.v1.sample.logits_processor.LogitsProcessor): ...

    A request names its guide in `SamplingParams(extra_args={"genner": {"format": ..., "text": ...,
    "labels": [...]}})`, together with `policy` and the options of `get_guide`.  Requests without it are
    not changed.
    """

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        self._vocabulary = Vocabulary.from_tokenizer(self.load_tokenizer(vllm_config))
        self._requests: dict[int, tuple[RequestProcessor, Sequence[int]]] = {}

    def load_tokenizer(self, vllm_config: Any) -> Any:
        """Return the tokenizer of the model that `vllm_config` names."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(vllm_config.model_config.tokenizer)

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Raise the error of a request, given its `sampling_params`, whose guide cannot be built."""
        wanted = _wanted(sampling_params)
        if wanted is not None:
            _ = get_guide(**wanted[1])

    def is_argmax_invariant(self) -> bool:
        """Return False: the most likely token may change."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Follow requests as they leave, enter and change places in the batch; None as `batch_update` is no change."""
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._requests.pop(index, None)
        for index, params, _, output_ids in batch_update.added:
            self._requests.pop(index, None)
            wanted = _wanted(params)
            if wanted is not None:
                policy, asked = wanted
                guide = TokenGuide(get_guide(**asked), self._vocabulary)
                self._requests[index] = RequestProcessor(guide, policy=policy), output_ids
        for source, target, direction in batch_update.moved:
            moved, replaced = self._requests.pop(source, None), self._requests.pop(target, None)
            if moved is not None:
                self._requests[target] = moved
            if replaced is not None and getattr(direction, "name", "") == "SWAP":
                self._requests[source] = replaced

    def apply(self, logits: Tensor) -> Tensor:
        """Mask the rows of the requests that have a guide; `logits`, (requests, vocabulary), is changed in place."""
        for index, (request, output_ids) in self._requests.items():
            logits[index] = request(output_ids, logits[index])
        return logits


def _wanted(params: Any) -> tuple[Policy, dict[str, Any]] | None:
    asked = (getattr(params, "extra_args", None) or {}).get("genner")
    if asked is None:
        return None
    if not isinstance(asked, dict):
        raise DataError(f"genner: expected format, text and labels, got {type(asked).__name__} {asked!r:.80}")
    missing = [name for name in ("format", "text", "labels") if name not in asked]
    if missing:
        raise DataError(f"genner: expected format, text and labels; there is no {', no '.join(missing)}")
    return asked.get("policy", "copy_first"), {name: value for name, value in asked.items() if name != "policy"}
