"""Guides in `generate` of transformers, and in anything else that masks logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from genner.constrained.tokens import TokenGuide, TokenState
from genner.exceptions import DataError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "POLICIES",
    "LogitsProcessor",
    "Masking",
    "Policy",
    "RequestProcessor",
    "policy_named",
    "prefix_allowed_tokens",
]

Policy: TypeAlias = Literal["strict", "copy_first"]
"""What to do where the model wants a token that is not allowed.

`"strict"` lets it choose among all that is allowed; `"copy_first"` lets it copy the source, or end an entity
or a list, and nothing else, so that an entity begins only where the model itself asks for it.  Where it
wants to write an item of a JSON list once more, the list ends with that item: a model that repeats itself
would go on until nothing of the text is left.
"""

POLICIES: tuple[Policy, ...] = ("strict", "copy_first")


def policy_named(name: str) -> Policy:
    """Return the policy of this `name`, or raise UnknownNameError."""
    if name not in POLICIES:
        raise UnknownNameError.of("policy", name, POLICIES)
    return name


class Masking:
    """Chooses and applies the allowed tokens of rows of scores, and counts where the model wanted others.

    Attributes:
        steps: how many tokens were chosen, as far as they were counted.
        disagreements: at how many of these steps the model wanted a token that is not allowed.
    """

    def __init__(self, policy: Policy, count: bool) -> None:
        self._copy_first = policy_named(policy) == "copy_first"
        self._count = count or self._copy_first
        self.steps = 0
        self.disagreements = 0
        try:
            import torch
        except ImportError:
            raise MissingExtraError.of("masking logits", "torch", "training") from None
        import numpy

        self.torch: Any = torch
        self._numpy: Any = numpy

    def mask(self, states: list[TokenState], scores: Tensor) -> tuple[Tensor, list[bool], list[bool]]:
        """Return the scores with minus infinity for what is not allowed, and in which rows the model disagreed.

        Returned last is in which of these it wanted an item of a list once more; their states are replaced.
        """
        masked = self._masked([self._indices(state, False) for state in states], scores)
        disagrees, repeats = [False] * len(states), [False] * len(states)
        if self._count:
            found = (masked.amax(-1) < scores.amax(-1)).tolist()
            disagrees = [other and not state.ended for state, other in zip(states, found, strict=True)]
            self.steps += sum(not state.ended for state in states)
            self.disagreements += sum(disagrees)
        if self._copy_first and any(disagrees):
            for row, other in enumerate(disagrees):
                last = states[row].repeats(int(scores[row].argmax())) if other else None
                if last is not None:
                    states[row], repeats[row] = last, True
            kept = [self._indices(state, other) for state, other in zip(states, disagrees, strict=True)]
            masked = self._masked(kept, scores)
        return masked, disagrees, repeats

    def _masked(self, rows: Sequence[Any], scores: Tensor) -> Tensor:
        """Return the scores of each row's tokens, moved to the device at once, and minus infinity for all others."""
        begins = self._numpy.arange(len(rows)) * scores.shape[-1]
        indices = self._numpy.concatenate(rows) + begins.repeat([len(row) for row in rows])
        chosen: Tensor = self.torch.from_numpy(indices).to(scores.device)
        masked: Tensor = self.torch.full_like(scores, -float("inf"))
        return masked.put_(chosen, scores.take(chosen))

    def _indices(self, state: TokenState, ending: bool) -> Any:
        """Return the tokens to leave as an array, kept with the state."""
        found = state.arrays.get(ending)
        if found is None:
            tokens = state.ending if ending else state.allowed
            if not tokens:
                raise DataError("the tokenizer has no token for what the answer needs next; it lacks single bytes")
            # from a list, numpy makes an array ten times as fast as torch makes a tensor
            found = state.arrays[ending] = self._numpy.array(tokens, dtype=self._numpy.int64)
        return found


class LogitsProcessor(Masking):
    """Keeps `generate` of transformers within the guides; sampled, greedy and beam search alike.

    Prompts are padded on the left.  Make one for each call of `generate`.

    Args:
        guides: one for each prompt of the batch.
        policy: see `Policy`.
        count: count the steps at which the model wanted a token that is not allowed; `copy_first`
            always does.

    Attributes:
        steps: how many tokens were chosen, as far as they were counted.
        disagreements: at how many of these steps the model wanted a token that is not allowed.
        disagreed: for each row the steps at which that happened; not for beams.
        repeated: for each row those of them at which it wanted an item of a list once more.
    """

    def __init__(self, guides: Sequence[TokenGuide], *, policy: Policy = "copy_first", count: bool = False) -> None:
        super().__init__(policy, count)
        self.guides = list(guides)
        if not self.guides:
            raise DataError("guides: expected one for each prompt, got none")
        self.disagreed: list[list[int]] = []
        self.repeated: list[list[int]] = []
        self._seen: Tensor | None = None
        self._states: list[TokenState] = []
        self._step = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self._advance(input_ids)
        masked, *found = self.mask(self._states, scores)
        for lists, rows in zip((self.disagreed, self.repeated), found, strict=True):
            for steps, noted in zip(lists, rows, strict=True):
                steps += [self._step] * noted
        self._step += 1
        return masked

    def _advance(self, input_ids: Tensor) -> None:
        """Find the state of every row; beams change places, and may hold tokens that were not allowed."""
        before = self._before(input_ids)
        if before is None:
            self._begin(input_ids.shape[0])
        else:
            latest: list[int] = input_ids[:, -1].tolist()
            self._states = [_next(state, token) for state, token in zip(before, latest, strict=True)]
        self._seen = input_ids

    def _before(self, input_ids: Tensor) -> list[TokenState] | None:
        """Return the state of every row before its last token, or None at the beginning of a new call."""
        seen, (rows, width) = self._seen, input_ids.shape
        if seen is None or tuple(seen.shape) != (rows, width - 1):
            return None
        if self.torch.equal(input_ids[:, :-1], seen):
            return self._states
        beams = rows // len(self.guides)
        states = zip(seen.tolist(), self._states, strict=True)
        known = {(row // beams, tuple(tokens)): state for row, (tokens, state) in enumerate(states)}
        found = [(row // beams, tuple(tokens)) for row, tokens in enumerate(input_ids[:, :-1].tolist())]
        return [known[one] for one in found] if known.keys() >= set(found) else None

    def _begin(self, rows: int) -> None:
        if rows % len(self.guides):
            raise DataError(f"guides: expected one for each prompt, got {len(self.guides)} for {rows} rows")
        beams = rows // len(self.guides)
        self._states = [guide.start for guide in self.guides for _ in range(beams)]
        self.disagreed = [[] for _ in self._states]
        self.repeated = [[] for _ in self._states]
        self._step = 0


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


class RequestProcessor(Masking):
    """Masks the logits of one request, given the tokens of its answer so far: vLLM's protocol for one request.

    Args:
        guide: of the valid answers.
        policy: when the model may leave the copy of the text.
        count: whether to count the steps at which the model wanted something else.
    """

    def __init__(self, guide: TokenGuide, *, policy: Policy = "copy_first", count: bool = False) -> None:
        super().__init__(policy, count)
        self.guide = guide
        self._length = 0
        self._state = guide.start

    def __call__(self, output_ids: Sequence[int], logits: Tensor) -> Tensor:
        states = [self.advance(output_ids)]
        masked, _, _ = self.mask(states, logits.unsqueeze(0))
        (self._state,) = states
        return masked.squeeze(0)

    def advance(self, output_ids: Sequence[int]) -> TokenState:
        """Return the state after `output_ids`, all tokens of the answer so far; only new ones are followed."""
        if len(output_ids) < self._length:
            self._length, self._state = 0, self.guide.start
        for token in output_ids[self._length :]:
            self._state = _next(self._state, token)
        self._length = len(output_ids)
        return self._state
