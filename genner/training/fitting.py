"""The loop that trains all weights of a small model until a budget of tokens is spent.

Rows are padded on the right and attention is causal, so no attention mask is needed; logits are
computed where there is a label and nowhere else, which saves a third of the time.

The matrices of the layers are moved by Muon (Jordan 2024, Muon: An optimizer for hidden layers in
neural networks), all else by AdamW.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from genner.exceptions import DataError
from genner.training.data import IGNORED, Row, collate

__all__ = ["Pace", "Step", "fit"]

_EVERY = 60.0  # seconds between checkpoints


class Step(NamedTuple):
    """One step of training, as it is told to whoever watches."""

    number: int
    tokens: int
    loss: float
    learning_rate: float
    seconds: float


class Pace(NamedTuple):
    """How long and how fast.

    Args:
        tokens: to train on, padding not counted.
        learning_rate: of AdamW, the highest.
        matrix_rate: of Muon, the highest.
        warmup: share of the budget in which they rise; then they fall to 0 as a cosine.
        weight_decay: of the embeddings.
        matrix_decay: of the matrices of the layers.
    """

    tokens: int
    learning_rate: float
    matrix_rate: float
    warmup: float
    weight_decay: float
    matrix_decay: float = 0.1

    def share(self, seen: int) -> float:
        """Return which share of the highest rates is taken after `seen` tokens."""
        done = seen / self.tokens
        if done < self.warmup:
            return (done + 0.02 * self.warmup) / (1.02 * self.warmup)
        fallen = min(1.0, (done - self.warmup) / max(1e-9, 1 - self.warmup))
        return 0.5 * (1 + math.cos(math.pi * fallen))


def fit(
    model: Any,
    batches: Iterable[list[Row]],
    pace: Pace,
    *,
    pad: int,
    watch: Callable[[Step], None] | None = None,
    checkpoint: Path | None = None,
    identity: str = "",
) -> None:
    """Train until the budget is spent.

    Args:
        batches: the same ones each time the run is started.
        pad: id of the padding.
        watch: called after every step.
        checkpoint: a file to write every minute, and to go on from.
        identity: what the checkpoint must have been written for.

    Raises:
        DataError: when the checkpoint is of another run.
    """
    import torch

    optimizers = _optimizers(model, pace)
    state = _State(model, optimizers, checkpoint, identity)
    model.train()
    began = time.monotonic() - state.seconds
    for number, batch in enumerate(islice(batches, state.number, None), state.number + 1):
        if state.seen >= pace.tokens:
            break
        share = pace.share(state.seen)
        for optimizer, rate in zip(optimizers, (pace.learning_rate, pace.matrix_rate), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        loss = _loss(model, collate(batch, pad=pad))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        state.count(number, sum(len(row.input_ids) for row in batch), time.monotonic() - began)
        if watch is not None:
            watch(Step(number, state.seen, loss.item(), pace.learning_rate * share, state.seconds))
    model.eval()


def _optimizers(model: Any, pace: Pace) -> list[Any]:
    import torch

    matrices = [weight for weight in model.model.layers.parameters() if weight.dim() == 2]
    taken = {id(weight) for weight in matrices}
    others = [weight for weight in model.parameters() if id(weight) not in taken]
    groups = [
        {"params": [weight for weight in others if weight.dim() > 1], "weight_decay": pace.weight_decay},
        {"params": [weight for weight in others if weight.dim() < 2], "weight_decay": 0.0},
    ]
    return [
        torch.optim.AdamW(groups, lr=pace.learning_rate, betas=(0.9, 0.98), fused=True),
        torch.optim.Muon(matrices, lr=pace.matrix_rate, weight_decay=pace.matrix_decay),
    ]


def _loss(model: Any, tensors: dict[str, Any]) -> Any:
    from torch.nn.functional import cross_entropy

    hidden = model.model(input_ids=tensors["input_ids"], use_cache=False).last_hidden_state[:, :-1]
    labels = tensors["labels"][:, 1:]
    wanted = labels != IGNORED
    return cross_entropy(model.lm_head(hidden[wanted]), labels[wanted])


class _State:
    """How far a run has come, in memory and on disk."""

    def __init__(self, model: Any, optimizers: list[Any], path: Path | None, identity: str) -> None:
        self.model, self.optimizers, self.path, self.identity = model, optimizers, path, identity
        self.number = self.seen = 0
        self.seconds = self.saved = 0.0
        if path is not None and path.is_file():
            self._load(path)

    def count(self, number: int, tokens: int, seconds: float) -> None:
        """Note a step, and save what there is when a minute has passed."""
        self.number, self.seen, self.seconds = number, self.seen + tokens, seconds
        if self.path is not None and seconds - self.saved >= _EVERY:
            self._save(self.path)

    def _load(self, path: Path) -> None:
        import torch

        saved = torch.load(path, weights_only=True)
        if saved["identity"] != self.identity:
            raise DataError("this checkpoint is of another run: remove it, or choose another", path=str(path))
        self.model.load_state_dict(saved["model"])
        for optimizer, part in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(part)
        self.number, self.seen, self.seconds = saved["number"], saved["seen"], saved["seconds"]
        self.saved = self.seconds

    def _save(self, path: Path) -> None:
        import torch

        path.parent.mkdir(parents=True, exist_ok=True)
        states = [optimizer.state_dict() for optimizer in self.optimizers]
        parts = {"model": self.model.state_dict(), "optimizers": states}
        counts = {"number": self.number, "seen": self.seen, "seconds": self.seconds, "identity": self.identity}
        draft = path.with_suffix(".draft")
        torch.save(parts | counts, draft)
        draft.replace(path)
        self.saved = self.seconds
