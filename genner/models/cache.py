"""A cache of keys and values in which every token of a row has the column of its position.

So a draft that was rejected needs no removal: the next tokens overwrite it, and nothing sees it before that,
since a token sees the columns up to its own position.  All rows begin with one shared prefix, read once.
"""

from __future__ import annotations

from typing import Any

__all__ = ["columns_class"]

_STEP = 128  # columns added at once


def columns_class() -> Any:
    """Return the class; transformers is loaded when it is asked for.

    Of its `size` rows, the attributes `rows` and `columns`, tensors that can index together, say where the next
    tokens go, and `width` how many columns they may look at; rows that read nothing keep what they have.
    """
    import torch
    from transformers.cache_utils import Cache

    class Columns(Cache):
        def __init__(self) -> None:
            super().__init__(layers=[])
            self.keys: list[Any] = []
            self.values: list[Any] = []
            self.rows: Any = None
            self.columns: Any = None
            self.width = 0
            self.size = 1

        def update(
            self, key_states: Any, value_states: Any, layer_idx: int, *args: Any, **kwargs: Any
        ) -> tuple[Any, Any]:
            for layers, new in ((self.keys, key_states), (self.values, value_states)):
                if layer_idx == len(layers):
                    layers.append(new.new_zeros(self.size, new.shape[1], 0, new.shape[3]))
            return self._write(self.keys, layer_idx, key_states), self._write(self.values, layer_idx, value_states)

        def _write(self, layers: list[Any], layer: int, new: Any) -> Any:
            kept = layers[layer]
            if self.width > kept.shape[2]:
                more = -(-(self.width - kept.shape[2]) // _STEP) * _STEP
                kept = layers[layer] = torch.cat([kept, kept.new_zeros(*kept.shape[:2], more, kept.shape[3])], dim=2)
            rows = self.rows.to(new.device)
            kept[rows, :, self.columns.to(new.device)] = new.transpose(1, 2)
            return kept[:, :, : self.width] if len(rows) == len(kept) else kept[rows[:, 0], :, : self.width]

        def get_seq_length(self, layer_idx: int = 0, **options: Any) -> int:
            return 0

        def repeat(self, rows: int) -> None:
            """Give each of `rows` rows a copy of the one row that is there."""
            self.size = rows
            self._map(lambda kept: kept.repeat(rows, 1, 1, 1))

        def keep(self, rows: Any) -> None:
            """Keep some rows."""
            self.size = len(rows)
            self._map(lambda kept: kept[rows])

        def _map(self, change: Any) -> None:
            self.keys = [change(kept) for kept in self.keys]
            self.values = [change(kept) for kept in self.values]

    return Columns
