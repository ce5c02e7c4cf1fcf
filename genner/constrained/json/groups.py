"""Guides of lists of mentions by label: `{"PROTEIN": ["PU.1"], "DNA": []}`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from genner.constrained.json.remaining import RemainingMentions
from genner.constrained.json.strings import JsonAutomaton
from genner.constrained.options import GuideOptions
from genner.constrained.states.state import END, Choice, Option, State

__all__ = ["GroupAutomaton"]


class GroupAutomaton(JsonAutomaton[RemainingMentions]):
    """Writes a list for every label, in the order of the label set."""

    def __init__(self, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(text, labels, options)
        self._names = [f"{self.dump(label)}: [".encode() for label in labels]
        remaining = RemainingMentions(self.source, options, self.hits)
        self.start = Choice([(b"{" + self._names[0], lambda: self._mention(remaining, b""))])

    def _mention(self, remaining: RemainingMentions, quote: bytes) -> State:
        """End the list or continue it; `quote` still has to end the mention before."""
        end = quote + b"]"
        if remaining.index + 1 < len(self._names):
            rest: Option = (
                end + b", " + self._names[remaining.index + 1],
                partial(self._mention, remaining.next_list(), b""),
            )
        else:
            rest = (end + b"}", lambda: END)
        options = [rest]
        if remaining.starts():
            options.append((quote + (b', "' if quote else b'"'), lambda: self.string(remaining)))
        return Choice(options, copying=rest[0])

    def closed(self, remaining: RemainingMentions, starts: Sequence[int], length: int) -> State:
        return self._mention(remaining.add(starts[0], starts[0] + length), b'"')
