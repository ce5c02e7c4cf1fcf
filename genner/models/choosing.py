"""Choose the next token from its scores: the highest or drawn, free or kept to a guide."""

from __future__ import annotations

from typing import Any

from genner.constrained import Policy
from genner.constrained.processors import policy_named
from genner.constrained.tokens import TokenState
from genner.exceptions import DataError

__all__ = ["Chooser"]


class Chooser:
    """Chooses as `generate` of transformers does with `genner.constrained.LogitsProcessor`.

    Args:
        policy: of a guide; see `genner.constrained.Policy`.
        temperature: 0 takes the highest score.
        seed: for drawing.

    Attributes:
        steps: how many tokens were chosen under a guide.
        disagreements: at how many of them the model wanted a token that was not allowed.
    """

    def __init__(self, policy: Policy = "copy_first", *, temperature: float = 0.0, seed: int = 0) -> None:
        import torch

        self.torch: Any = torch
        self.copy_first = policy_named(policy) == "copy_first"
        self.temperature = temperature
        self.random = torch.Generator().manual_seed(seed)
        self.steps = self.disagreements = 0

    def choose(self, scores: Any, best: int, state: TokenState | None) -> tuple[int, bool, TokenState | None]:
        """Return the next token, whether the model wanted one that is not allowed, and the state before the token.

        That state is another one where the model wants an item of a list once more.

        Args:
            scores: of every token.
            best: the token with the highest score.
            state: what is allowed; None allows all.
        """
        if state is None:
            return (self._draw(scores, None) if self.temperature > 0 else best), False, state
        self.steps += 1
        if self.temperature <= 0 and state.after(best) is not None:
            return best, False, state
        allowed = self._tensor(state.allowed)
        disagrees = bool(scores[allowed].max() < scores.max())
        self.disagreements += disagrees
        if disagrees and self.copy_first:
            state = state.repeats(best) or state
            allowed = self._tensor(state.copying)
        if self.temperature > 0:
            return self._draw(scores, allowed), disagrees, state
        return int(allowed[scores[allowed].argmax()]), disagrees, state

    def _tensor(self, tokens: list[int]) -> Any:
        if not tokens:
            raise DataError("the tokenizer has no token for what the answer needs next; it lacks single bytes")
        return self.torch.tensor(tokens)

    def _draw(self, scores: Any, allowed: Any) -> int:
        """Draw a token with the probability that the temperature gives it, among those that are allowed."""
        among = scores.float().cpu() if allowed is None else scores.float().cpu()[allowed]
        drawn = int(self.torch.multinomial((among / self.temperature).softmax(-1), 1, generator=self.random))
        return drawn if allowed is None else int(allowed[drawn])
