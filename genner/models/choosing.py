"""Choose the next token from its scores: the highest or drawn, free or kept to a guide."""

from __future__ import annotations

from typing import Any

from genner.constrained.processors import Masking, Policy
from genner.constrained.tokens import TokenState

__all__ = ["Chooser"]


class Chooser(Masking):
    """Chooses as `generate` of transformers does with `genner.constrained.LogitsProcessor`.

    Args:
        policy: of a guide; see `genner.constrained.Policy`.
        temperature: 0 takes the highest score.
        seed: for drawing.
    """

    def __init__(self, policy: Policy = "copy_first", *, temperature: float = 0.0, seed: int = 0) -> None:
        super().__init__(policy, count=True)
        self.temperature = temperature
        self.random = self.torch.Generator().manual_seed(seed)

    def choose(self, scores: Any, best: int, state: TokenState | None) -> tuple[int, bool, TokenState | None]:
        """Return the next token, whether the model wanted one that is not allowed, and the state before the token.

        That state is another one where the model wants an item of a list once more.

        Args:
            scores: of every token.
            best: the token with the highest score.
            state: what is allowed; None allows all.
        """
        disagrees = False
        if state is not None and self.temperature <= 0 and state.after(best) is not None:
            self.steps += 1
        elif state is not None:
            states = [state]
            masked, (disagrees,), _ = self.mask(states, scores[None])
            (state,), scores = states, masked[0]
            best = int(scores.argmax())
        if self.temperature > 0:
            chances = (scores.float().cpu() / self.temperature).softmax(-1)
            best = int(self.torch.multinomial(chances, 1, generator=self.random))
        return best, disagrees, state
