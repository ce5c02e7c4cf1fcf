"""Weights to start from with which a small Llama can copy before it has learned anything.

Copying needs two attention heads in a row: one that brings to each place the token before it, and
one that looks for the place where the token before was the one just written, and takes what stands
there (Olsson et al. 2022, In-context Learning and Induction Heads).  Found by gradient descent they
cost a million tokens of training, in which little else is learned.  Set by hand they are there at
once, as starting values that training is free to change.

* In the first layer half of the heads look one, two, ... tokens back, by position alone, and write
  what they see into a part of the hidden state kept for that distance.
* In the second layer half of the heads look for a place that the same one, two, ... tokens lead up
  to; the others leave out the last of them, which in an inline answer may be a marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["start_copying"]

_EMBEDDING = 0.08  # with tied embeddings the scale of the logits, and so how sure a copy can be
_POSITION = 45.0  # how much more the wanted distance counts than others, before the softmax
_CARRY = 2.0  # the size of what the first heads write, in embeddings
_MATCH = 3.5  # the size of queries and keys: a match has to stand out from some hundred tokens
_WRITE = 4.0  # the size of what the second heads write, in embeddings
_DOUBT = 0.1  # the share of it for the heads that leave out the last token, which are seldom needed
_FAST, _SLOW = 0.15, 0.003  # radians a token: rotary pairs that tell neighbours apart, and that tell nothing


def start_copying(model: Any) -> None:
    """Set the heads of the first two layers of a Llama with attention biases; the rest stays as drawn."""
    import torch

    config = model.config
    width, heads = config.hidden_size, config.num_attention_heads
    size, half = config.head_dim, heads // 2
    part = min(size, width // (half + 2))
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    rates = model.model.rotary_emb.inv_freq[: size // 2].tolist()
    with torch.no_grad():
        torch.nn.init.normal_(model.model.embed_tokens.weight, std=_EMBEDDING)
        token, _, *before = _orthonormal(width, width).split(part)[: half + 2]
        for head in range(half):
            rows = slice(head * size, (head + 1) * size)
            _look_back(first.q_proj.bias[rows], first.k_proj.bias[rows], rates, head + 1)
            rows = slice(head * size, head * size + part)
            first.v_proj.weight[rows] = token
            first.o_proj.weight[:, rows] = _CARRY * _EMBEDDING * before[head].T
        copied = _orthonormal(min(half * size, width // size * size), width).split(size)
        for head in range(heads):
            rows = slice(head * size, (head + 1) * size)
            depth, doubtful = head % half + 1, head >= half
            asked = before if doubtful else (token, *before)
            query, key = _match(list(zip(asked, before, strict=False))[:depth], rates, size)
            second.q_proj.weight[rows] = _MATCH * query
            second.k_proj.weight[rows] = _MATCH * key
            second.v_proj.weight[rows] = taken = copied[head % len(copied)]
            written = _WRITE * _EMBEDDING * (_DOUBT if doubtful else 1.0)
            second.o_proj.weight[:, rows] = written * taken.T


def _orthonormal(rows: int, columns: int) -> Any:
    """Draw a matrix with orthonormal rows."""
    import torch

    return torch.linalg.qr(torch.randn(columns, rows)).Q.T


def _look_back(query: Any, key: Any, rates: Sequence[float], distance: int) -> None:
    """Set biases whose rotated product is largest at a distance: query and key are then in phase."""
    import math

    fast = [pair for pair, rate in enumerate(rates) if rate > _FAST]
    strength = math.sqrt(2 * _POSITION / len(fast))
    query.zero_()
    key.zero_()
    for pair in fast:
        angle = rates[pair] * distance
        key[pair] = strength
        query[pair] = strength * math.cos(angle)
        query[pair + len(rates)] = -strength * math.sin(angle)


def _match(pairs: Sequence[tuple[Any, Any]], rates: Sequence[float], size: int) -> tuple[Any, Any]:
    """Return projections whose product sums how well each pair of parts agrees, wherever the two places are."""
    import torch

    slow = [pair + shift for shift in (0, len(rates)) for pair, rate in enumerate(rates) if rate < _SLOW]
    query, key = torch.zeros(size, pairs[0][0].shape[1]), torch.zeros(size, pairs[0][0].shape[1])
    for number, (asked, found) in enumerate(pairs):
        rows = slow[number :: len(pairs)][: len(asked)]
        mix = _orthonormal(len(rows), len(asked))
        query[rows], key[rows] = mix @ asked, mix @ found
    return query, key
