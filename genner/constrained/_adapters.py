"""Guides where models generate: transformers, vLLM, and anything that masks logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from genner.constrained._guide import get_guide
from genner.constrained._tokens import TokenGuide, TokenState
from genner.constrained._vocabulary import Vocabulary
from genner.exceptions import DataError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "POLICIES",
    "LogitsProcessor",
    "Policy",
    "RequestProcessor",
    "VllmProcessor",
    "policy_named",
    "prefix_allowed_tokens",
]

Policy: TypeAlias = Literal["strict", "copy_first"]
"""What to do where the model wants a token that is not allowed.

`"strict"` lets it choose among all that is allowed; `"copy_first"` lets it copy the source, or end
a list, and nothing else, so that structure appears only where the model itself asks for it.
"""

_LOW = -float("inf")

POLICIES: tuple[Policy, ...] = ("strict", "copy_first")


def policy_named(name: str) -> Policy:
    """Return the policy of a name.

    Raises:
        UnknownNameError: when there is none.
    """
    if name not in POLICIES:
        raise UnknownNameError.of("policy", name, POLICIES)
    return name


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise MissingExtraError.of("masking logits", "torch", "training") from None
    return torch


class _Mask:
    """Choose and apply the allowed tokens of rows of scores, and count where the model wanted others."""

    def __init__(self, policy: Policy, count: bool) -> None:
        self.copy_first = policy_named(policy) == "copy_first"
        self.count = count
        self.steps = 0
        self.disagreements = 0
        self.latest: list[bool] = []
        self.torch = _torch()
        import numpy

        self.numpy: Any = numpy

    def __call__(self, states: Sequence[TokenState], scores: Tensor) -> Tensor:
        """Return the scores with minus infinity for what is not allowed."""
        rows = [self._indices(state, False) for state in states]
        chosen, values = self._take(rows, scores)
        self.latest = [False] * len(rows)
        if self.copy_first or self.count:
            found = self._disagreeing(rows, values, scores)
            self.latest = [other and not state.ended for state, other in zip(states, found, strict=True)]
            self.steps += sum(not state.ended for state in states)
            self.disagreements += sum(self.latest)
        if self.copy_first and any(self.latest):
            rows = [self._indices(state, other) for state, other in zip(states, self.latest, strict=True)]
            chosen, values = self._take(rows, scores)
        masked: Tensor = self.torch.full_like(scores, _LOW)
        return masked.put_(chosen, values)

    def _take(self, rows: Sequence[Any], scores: Tensor) -> tuple[Tensor, Tensor]:
        """Return where in the scores the tokens of all rows stand, made and moved to the device at once, and theirs."""
        indices = rows[0]
        if len(rows) > 1:
            begins = self.numpy.arange(len(rows)) * scores.shape[-1]
            indices = self.numpy.concatenate(rows) + begins.repeat([len(row) for row in rows])
        chosen: Tensor = self.torch.from_numpy(indices).to(scores.device)
        return chosen, scores.take(chosen)

    def _disagreeing(self, rows: Sequence[Any], values: Tensor, scores: Tensor) -> list[bool]:
        """Tell for each row whether some token has a higher score than all that are allowed.

        Only the highest score is looked up: where it stands takes torch fifteen times as long on a CPU.
        """
        if len(rows) == 1:
            return [bool(values.amax() < scores.amax())]
        begins = self.numpy.cumsum([0, *(len(row) for row in rows[:-1])])
        highest = self.numpy.maximum.reduceat(values.float().cpu().numpy(), begins)
        disagrees: list[bool] = (highest < scores.amax(-1).float().cpu().numpy()).tolist()
        return disagrees

    def _indices(self, state: TokenState, quiet: bool) -> Any:
        """Return the tokens to leave as an array, kept with the state."""
        found = state.arrays.get(quiet)
        if found is None:
            tokens = state.quiet if quiet else state.allowed
            if not tokens:
                raise DataError("the tokenizer has no token for what the answer needs next; it lacks single bytes")
            # from a list, numpy makes an array ten times as fast as torch makes a tensor
            found = state.arrays[quiet] = self.numpy.array(tokens, dtype=self.numpy.int64)
        return found


class LogitsProcessor:
    """Keeps `generate` of transformers within the guides; sampled, greedy and beam search alike.

    Prompts are padded on the left.  Make one for each call of `generate`.

    Args:
        guides: one for each prompt of the batch.
        policy: see `Policy`.
        count: count the steps at which the model wanted a token that is not allowed; `copy_first`
            always does.

    Attributes:
        disagreed: for each row, at which of its steps that was, as far as they were counted; not for beams.
    """

    def __init__(self, guides: Sequence[TokenGuide], *, policy: Policy = "copy_first", count: bool = False) -> None:
        self.guides = list(guides)
        if not self.guides:
            raise DataError("guides: expected one for each prompt, got none")
        self._mask = _Mask(policy, count)
        self.disagreed: list[list[int]] = []
        self._seen: Tensor | None = None
        self._states: list[TokenState] = []
        self._step = 0

    @property
    def steps(self) -> int:
        """How many tokens were chosen, as far as they were counted."""
        return self._mask.steps

    @property
    def disagreements(self) -> int:
        """At how many of these steps the model wanted a token that is not allowed."""
        return self._mask.disagreements

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self._advance(input_ids)
        masked = self._mask(self._states, scores)
        for row, disagrees in enumerate(self._mask.latest):
            if disagrees:
                self.disagreed[row].append(self._step)
        self._step += 1
        return masked

    def _advance(self, input_ids: Tensor) -> None:
        """Find the state of every row; beams change places, and may hold tokens that were not allowed."""
        rows, width = input_ids.shape
        seen = self._seen
        if seen is None or width != seen.shape[1] + 1 or rows != seen.shape[0]:
            self._begin(rows)
        elif self._mask.torch.equal(input_ids[:, :-1], seen):
            self._states = [_next(state, token) for state, token in zip(self._states, _last(input_ids), strict=True)]
        else:
            self._reorder(input_ids, seen)
        self._seen = input_ids

    def _begin(self, rows: int) -> None:
        if rows % len(self.guides):
            raise DataError(f"guides: expected one for each prompt, got {len(self.guides)} for {rows} rows")
        beams = rows // len(self.guides)
        self._states = [guide.start for guide in self.guides for _ in range(beams)]
        self.disagreed = [[] for _ in self._states]
        self._step = 0

    def _reorder(self, input_ids: Tensor, seen: Tensor) -> None:
        beams = len(self._states) // len(self.guides)
        known = {
            (row // beams, tuple(tokens)): state
            for row, (tokens, state) in enumerate(zip(seen.tolist(), self._states, strict=True))
        }
        states = []
        for row, tokens in enumerate(input_ids.tolist()):
            state = known.get((row // beams, tuple(tokens[:-1])))
            if state is None:  # another text of the same width: a new call
                self._begin(len(self._states))
                return
            states.append(_next(state, tokens[-1]))
        self._states = states


def _last(input_ids: Tensor) -> list[int]:
    tokens: list[int] = input_ids[:, -1].tolist()
    return tokens


def _next(state: TokenState, token: int) -> TokenState:
    """Follow a token; one that is not allowed, as beam search keeps with probability 0, ends the answer."""
    return state.after(token) or state.dead()


def prefix_allowed_tokens(guides: Sequence[TokenGuide], prompt_length: int) -> Callable[[int, Tensor], list[int]]:
    """Return a `prefix_allowed_tokens_fn` for `generate` of transformers.

    Args:
        guides: one for each prompt of the batch.
        prompt_length: how many tokens every row has before the answer, padding included.
    """

    def allowed(row: int, input_ids: Tensor) -> list[int]:
        guide = guides[row]
        state = guide.follow(input_ids[prompt_length:].tolist())
        return list(guide.vocabulary.eos) if state is None else state.allowed

    return allowed


class RequestProcessor:
    """Masks the logits of one request, given the tokens of its answer so far: vLLM's protocol for one request."""

    def __init__(self, guide: TokenGuide, *, policy: Policy = "copy_first", count: bool = False) -> None:
        self.guide = guide
        self._mask = _Mask(policy, count)
        self._length = 0
        self._state = guide.start

    def __call__(self, output_ids: Sequence[int], logits: Tensor) -> Tensor:
        return self._mask([self.advance(output_ids)], logits.unsqueeze(0)).squeeze(0)

    def advance(self, output_ids: Sequence[int]) -> TokenState:
        """Return the state after the tokens of the answer; only those that are new are followed."""
        if len(output_ids) < self._length:
            self._length, self._state = 0, self.guide.start
        for token in output_ids[self._length :]:
            self._state = _next(self._state, token)
        self._length = len(output_ids)
        return self._state


class VllmProcessor:
    """The methods vLLM asks of a logits processor; mix it in before vLLM's own base class.

        class GennerProcessor(VllmProcessor, vllm.v1.sample.logits_processor.LogitsProcessor): ...

    A request says what it wants in `SamplingParams(extra_args={"genner": {"format": ..., "text": ...,
    "labels": [...]}})`, with `policy` and the options of `get_guide` beside these.  Requests without it are left
    alone.
    """

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        self._vocabulary = Vocabulary.from_tokenizer(self.load_tokenizer(vllm_config))
        self._requests: dict[int, tuple[RequestProcessor, Sequence[int]]] = {}

    def load_tokenizer(self, vllm_config: Any) -> Any:
        """Return the tokenizer of the model."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(vllm_config.model_config.tokenizer)

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Refuse a request whose guide cannot be built."""
        wanted = _wanted(sampling_params)
        if wanted is not None:
            _ = get_guide(**wanted[1])

    def is_argmax_invariant(self) -> bool:
        """Tell that the most likely token may change."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Follow requests as they leave, enter and change places in the batch."""
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
        """Mask the rows of the requests that have a guide."""
        for index, (request, output_ids) in self._requests.items():
            logits[index] = request(output_ids, logits[index])
        return logits


def _wanted(params: Any) -> tuple[Policy, dict[str, Any]] | None:
    asked = (getattr(params, "extra_args", None) or {}).get("genner")
    if asked is None:
        return None
    if not isinstance(asked, dict):
        raise DataError(f"genner: expected format, text and labels, got {type(asked).__name__} {asked!r:.80}")
    asked = dict(asked)
    policy = asked.pop("policy", "copy_first")
    missing = [name for name in ("format", "text", "labels") if name not in asked]
    if missing:
        raise DataError(f"genner: expected format, text and labels; there is no {', no '.join(missing)}")
    return policy, asked
