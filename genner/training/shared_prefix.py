"""Train many rows behind one shared prefix: what all prompts begin with is read once, not once a row.

    prefix | rest of row 1 | rest of row 2 | ...

The positions restart behind the prefix, and a mask lets a row see the prefix and itself, so that loss and
gradients are those of separate rows.  Logits are computed where an answer token is predicted and nowhere
else.  The prefix is found in the token ids; rows that share too little fall into several packs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, NamedTuple

from genner.training.data import Row

__all__ = ["Pack", "Packer", "losses", "obstacle", "packs", "tensors", "trainer_class"]

ATTENTION = ("sdpa", "eager")
"""Implementations of attention in transformers that take a mask of four dimensions."""

TOLERANCE = {4: 1e-3, 2: 0.5}
"""How far the log probability of a token may differ from that in a separate row, by bytes of a weight.

Rounding stays far below; a row that reads another one does not.
"""


class Pack(NamedTuple):
    """Rows that are read together.

    Args:
        prefix: how many tokens all of them begin with, less than any prompt has.
        rows: the rows.
    """

    prefix: int
    rows: Sequence[Row]

    @property
    def tokens(self) -> int:
        """How many tokens the model reads; the last one of an answer predicts nothing and is left out."""
        return self.prefix + sum(len(row.input_ids) - 1 - self.prefix for row in self.rows)


def packs(rows: Sequence[Row], limit: int) -> list[Pack]:
    """Group rows so that the model reads the fewest tokens, in the fewest packs that allow this.

    The rows are sorted by their tokens and cut into runs: those that begin alike are neighbours.

    Args:
        limit: tokens of a pack; a longer row is a pack of its own.
    """
    ordered = sorted(rows, key=lambda row: row.input_ids)
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # tokens, packs, where the last pack begins
    for end in range(1, len(ordered) + 1):
        found: list[tuple[int, int, int]] = []
        pack = Pack(0, ())
        for begin in range(end - 1, -1, -1):
            pack = _joined(ordered[begin], pack)
            if pack.rows[1:] and pack.tokens > limit:
                break
            found.append((best[begin][0] + pack.tokens, best[begin][1] + 1, begin))
        best.append(min(found))
    made: list[Pack] = []
    end = len(ordered)
    while end:
        begin = best[end][2]
        together = ordered[begin:end]
        made.append(Pack(_shared(together[0], together[-1], min(row.prompt for row in together) - 1), together))
        end = begin
    return made[::-1]


def _joined(row: Row, pack: Pack) -> Pack:
    """Add a row that sorts before those of the pack."""
    if not pack.rows:
        return Pack(row.prompt - 1, [row])
    return Pack(_shared(row, pack.rows[0], min(pack.prefix, row.prompt - 1)), [row, *pack.rows])


def _shared(first: Row, second: Row, limit: int) -> int:
    """Return how many of the first `limit` tokens are the same."""
    pairs = zip(first.input_ids[:limit], second.input_ids, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), limit)


def tensors(pack: Pack, *, additive: bool = False) -> dict[str, Any]:
    """Return what the model is called with, and as `labels` the tokens that the kept logits predict.

    Args:
        additive: write the mask as numbers to add, as eager attention takes it, not as booleans.
    """
    import torch

    prefix, rows = pack
    ids = rows[0].input_ids[:prefix]
    positions = list(range(prefix))
    owners = [0] * prefix
    kept: list[int] = []
    for owner, row in enumerate(rows, 1):
        rest = row.input_ids[prefix:-1]
        kept += range(len(ids) + row.prompt - 1 - prefix, len(ids) + len(rest))
        ids = ids + rest
        positions += range(prefix, prefix + len(rest))
        owners += [owner] * len(rest)
    owner_of = torch.tensor(owners)
    mask = ((owner_of == owner_of[:, None]) | (owner_of == 0)).tril()[None, None]
    if additive:
        mask = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "attention_mask": mask,
        "logits_to_keep": torch.tensor(kept),
        "labels": torch.tensor([id for row in rows for id in row.input_ids[row.prompt :]]),
    }


class Packer:
    """Makes a batch of rows: the packs, and all their labels, which the Trainer counts.

    Args:
        limit: tokens of a pack.
        additive: see `tensors`.
    """

    def __init__(self, limit: int, *, additive: bool = False) -> None:
        self.limit, self.additive = limit, additive

    def __call__(self, rows: Sequence[Row]) -> dict[str, Any]:
        import torch

        made = [tensors(pack, additive=self.additive) for pack in packs(rows, self.limit)]
        labels = torch.cat([one["labels"] for one in made])
        # under the second name the Trainer counts them as they are, without leaving out a first one
        return {"packs": made, "labels": labels, "shift_labels": labels}


def losses(logits: Any, labels: Any) -> Any:
    """Return the loss of each predicted token of a pack: minus the log of its probability."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits.float().flatten(0, -2), labels, reduction="none")


def obstacle(model: Any, rows: Sequence[Row]) -> str | None:
    """Return why rows cannot share a prefix with this model, or None where they can.

    What the model does is tried on the two longest rows: attention over a window, convolutions and recurrent
    layers read over the border of a row, whatever mask they are given.
    """
    import torch

    attention = model.config._attn_implementation
    if attention not in ATTENTION:
        return f"{attention} attention takes no mask for each row"
    missing = {"position_ids", "logits_to_keep"} - set(signature(model.forward).parameters)
    if missing:
        return f"{type(model).__name__} takes no {' and no '.join(sorted(missing))}"
    longest = sorted(rows, key=lambda row: -len(row.input_ids))[:2]
    together = packs(longest, sum(len(row.input_ids) for row in longest))
    dtype = next(model.parameters()).dtype
    tolerance = TOLERANCE[4 if dtype.itemsize > 2 else 2]
    # bitsandbytes repacks weights of 4 bits that are read outside training on a CPU, and has no gradient for these
    model.train(getattr(model, "is_quantized", False))
    with torch.inference_mode():
        for pack in together:
            made = _on_device(tensors(pack, additive=attention == "eager"), model.device)
            labels = made.pop("labels")
            packed = losses(model(**made, use_cache=False).logits, labels)
            apart = torch.cat([_alone(model, row) for row in pack.rows])
            difference = float((packed - apart).abs().max())
            if not difference <= tolerance:
                return (
                    f"{type(model).__name__} reads rows in one pack differently: log probabilities by {difference:.2g}"
                )
    return None


def _alone(model: Any, row: Row) -> Any:
    import torch

    ids = torch.tensor([row.input_ids], device=model.device)
    return losses(model(input_ids=ids, use_cache=False).logits[0, row.prompt - 1 : -1], ids[0, row.prompt :])


def _on_device(made: dict[str, Any], device: Any) -> dict[str, Any]:
    return {name: value.to(device) for name, value in made.items()}


def trainer_class() -> Callable[..., Any]:
    """Return a `transformers.Trainer` that takes the packs of a batch one after another, then a step.

    So a batch takes no more memory than its largest pack, and its gradient is that of all its rows.
    """
    from transformers import Trainer

    class PackTrainer(Trainer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options, compute_loss_func=_mean)

        def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
            *early, last = inputs["packs"]
            step = super().training_step
            with self.accelerator.no_sync(
                model
            ):  # processes may hold different numbers of packs: they meet at the last
                done = [step(model, pack, num_items_in_batch) for pack in early]
            return sum(done, step(model, last, num_items_in_batch))

        def prediction_step(self, model: Any, inputs: Any, *args: Any, **options: Any) -> Any:
            import torch

            sizes = [len(pack["labels"]) for pack in inputs["packs"]]
            with torch.no_grad():
                found: list[Any] = [self.compute_loss(model, self._prepare_inputs(pack)) for pack in inputs["packs"]]
            return sum(loss * size for loss, size in zip(found, sizes, strict=True)) / sum(sizes), None, None

    return PackTrainer


def _mean(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Return the loss of a pack over the number of predicted tokens of the whole batch."""
    found = losses(outputs.logits, labels)
    return found.sum() / (len(found) if num_items_in_batch is None else num_items_in_batch)
