"""Weights to start from with which a small Llama can copy before it has learned anything.

Copying needs two attention heads in a row: one that brings to each place the token before it, and
one that looks for the place where the token before was the one just written, and takes what stands
there (Olsson et al. 2022, In-context Learning and Induction Heads).  Found by gradient descent this
takes a million tokens during which nothing else is learned; set by hand it is there at once, as
starting values that training is free to change.  In an inline answer the token just written
may be a marker, so half of the second heads look for the one before it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["start_copying"]

_EMBEDDING = 0.08
_POSITION = 45.0
_CARRY = 2.0
_MATCH = 3.5
_WRITE = 4.0


def start_copying(model: Any) -> None:
    """Set the heads of the first two layers of a Llama with attention biases; the rest stays as drawn."""
    import torch

    config = model.config
    width, heads = config.hidden_size, config.num_attention_heads
    size = width // heads
    half = heads // 2 * size
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    with torch.no_grad():
        torch.nn.init.normal_(model.model.embed_tokens.weight, std=_EMBEDDING)
        basis = _orthonormal(width, width)
        carried, place = basis[:half], basis[half : 2 * half]
        rates = model.model.rotary_emb.inv_freq[: size // 2]
        for head in range(heads // 2):  # look one back: the phases of query and key agree at a distance of one
            rows = slice(head * size, (head + 1) * size)
            _look_back(first.q_proj.bias[rows], first.k_proj.bias[rows], rates)
        first.v_proj.weight[:half] = carried
        first.o_proj.weight[:, :half] = _CARRY * _EMBEDDING * place.T
        slow = _slow(rates)
        taken = _orthonormal(half, width)
        for head in range(heads):
            rows = slice(head * size, (head + 1) * size)
            key = torch.zeros(size, width)
            query = torch.zeros(size, width)
            mix = _orthonormal(min(len(slow), half), half)
            key[slow[: len(mix)]] = mix @ place
            query[slow[: len(mix)]] = mix @ (carried if head < heads // 2 else place)
            second.k_proj.weight[rows] = _MATCH * key
            second.q_proj.weight[rows] = _MATCH * query
        second.v_proj.weight[:half] = second.v_proj.weight[half : 2 * half] = taken
        second.o_proj.weight[:, :half] = _WRITE * _EMBEDDING * taken.T
        second.o_proj.weight[:, half : 2 * half] = 0.1 * _WRITE * _EMBEDDING * taken.T


def _orthonormal(rows: int, columns: int) -> Any:
    """Draw a matrix with orthonormal rows."""
    import torch

    return torch.linalg.qr(torch.randn(columns, rows)).Q.T


def _look_back(query: Any, key: Any, rates: Any) -> None:
    """Set biases so that rotary positions score highest one token back."""
    import torch

    fast = [at for at, rate in enumerate(rates.tolist()) if rate > 0.15]
    strength = (_POSITION / len(fast) * 2) ** 0.5
    query.zero_()
    key.zero_()
    for at in fast:
        angle = float(rates[at])
        key[at] = strength
        query[at] = strength * torch.cos(torch.tensor(angle))
        query[at + len(rates)] = -strength * torch.sin(torch.tensor(angle))


def _slow(rates: Any) -> list[int]:
    """Return the dimensions of a head that rotate little over a few hundred tokens."""
    pairs = [at for at, rate in enumerate(rates.tolist()) if rate < 0.003]
    return [*pairs, *(at + len(rates) for at in pairs)]
