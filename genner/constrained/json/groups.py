"""Guides of lists of mentions by label: `{"PROTEIN": ["PU.1"], "DNA": []}`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from genner.constrained.json.remaining import RemainingSpans
from genner.constrained.json.strings import JsonAutomaton
from genner.constrained.options import GuideOptions
from genner.constrained.states.state import END, Choice, Option, State
from genner.formats.json.groups import JsonGroups

__all__ = ["GroupAutomaton"]


class GroupAutomaton(JsonAutomaton):
    """Writes a list for every label, in the order of the label set.

    A mention means the first place that is left, so each may come as often as it occurs in the text.
    """

    def __init__(self, codec: JsonGroups, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(codec, text, options)
        self._after = dict(zip(labels, [*labels[1:], None], strict=True))
        self.start = Choice([self._opened(b"{", labels[0], 0)])

    def _opened(self, before: bytes, label: str, count: int) -> Option:
        """Open the list of a label, with `count` entities in the lists before it."""
        name = f"{self.dump(label)}: [".encode()
        return before + name, lambda: self._mention(self.remaining((label,), count), b"")

    def _mention(self, remaining: RemainingSpans, quote: bytes) -> State:
        """End the list or continue it; `quote` still has to end the mention before."""
        following = self._after[remaining.choice[0]]
        rest: Option = (quote + b"]}", lambda: END)
        if following is not None:
            rest = self._opened(quote + b"], ", following, remaining.count)
        options = [rest]
        if remaining.starts():
            options.append((quote + (b', "' if quote else b'"'), partial(self.string, remaining)))
        return Choice(options, copying=rest[0])

    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        return self._mention(remaining.add(starts[0], starts[0] + length, remaining.choice[0]), b'"')
