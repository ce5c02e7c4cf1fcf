"""Carrying the marks of an inline answer over to the source."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from genner._old_formats._draft import Draft
from genner._old_formats._items import Claim
from genner._old_formats._loose_brackets import find_brackets
from genner._old_formats._loose_tags import find_tags
from genner._old_formats._marked import DEEPEST, Group, Marked
from genner._old_formats._place import place_claims
from genner._old_formats._said import Said, said_in
from genner.text.alignment import Echo, align_echo, common_start, copies
from genner.text.folding import Folded, difference, fold
from genner.text.fuzzy import edit_distance
from genner.text.grounding import Source
from genner.types import LabelSet, Prediction, Span

__all__ = ["CONTEXT_SHARE", "find_marks", "read_marks"]

CONTEXT_SHARE = 0.4
"""Edits allowed for each folded character of an entity whose surroundings are those of the source."""

_LONG_MENTION = 2000

_HAN_SHARE = 0.67
"""The same where both sides are written in as many Chinese characters: 臺北 and 台北."""

_BEGINNING = 0.5
"""Share of an output that copies the beginning of the text, from which it is a copy cut short."""

_LIST_SHARE = 0.35
"""Less common words (Dice) than this, and an answer is a list of marked mentions, not a copy."""


def find_marks(by_name: bool, masked: str, text: str | None, labels: LabelSet | None, grounder: Source) -> Marked:
    """Find the marks of the notation asked for, and those of the other one where it is meant."""
    marked = _find(by_name, masked, text, labels, grounder)
    if len(marked.groups) > DEEPEST:
        marked.drop_deep()
    return marked


def _find(by_name: bool, masked: str, text: str | None, labels: LabelSet | None, grounder: Source) -> Marked:
    """Find the marks in one notation or the other, or both."""
    if "[/" in masked and not (by_name and "</" in masked) and not (text and "[/" in text):
        marked = find_tags(masked.replace("[", "<").replace("]", ">"), text, labels, grounder.has)
        marked.trouble("syntax", "tags in square brackets", masked.index("[/"), 0)
        return marked
    marked = (find_tags if by_name else find_brackets)(masked, text, labels, grounder.has)
    if labels is None or not ("[" in masked and "|" in masked if by_name else "</" in masked):
        return marked
    other = (find_brackets if by_name else find_tags)(masked, text, labels, grounder.has)
    groups = [group for group in other.groups if labels.fold(group.label) is not None]
    if not groups or len(groups) < len(other.groups):
        return marked
    what = "brackets in place of tags" if by_name else "tags in place of brackets"
    other.trouble("syntax", what, groups[0].start, groups[0].end)
    if marked.groups:  # both
        other.groups += marked.groups
        other.troubles += marked.troubles
        other.markup = bytearray(one | two for one, two in zip(other.markup, marked.markup, strict=True))
    return other


def read_marks(draft: Draft, marked: Marked, text: str | None, source: Source) -> Prediction:
    """Turn what is marked into entities over the source, or over the output where there is none."""
    for kind, detail, start, end in marked.troubles:
        draft.issue(kind, detail, Span(start, end))
    said = said_in(marked, text)
    if said.references:
        first, last = said.references[0], said.references[-1]
        draft.issue("text_changed", "the output escapes characters of the text", Span(first, last + 1))
    if text is None:
        _place_unsourced(draft, marked, said)
        return draft.finish(said.text)
    _Reader(draft, marked, said, text, source).run()
    return draft.finish(text)


def _place_unsourced(draft: Draft, marked: Marked, said: Said) -> None:
    """Without a source the output is its own text."""
    for group in marked.groups:
        names = draft.names(group.label, Span(group.start, max(group.end, group.start + 1)))
        start, end = said.range(group.start, group.end)
        while start < end and said.text[start].isspace():
            start += 1
        while start < end and said.text[end - 1].isspace():
            end -= 1
        for label in names if start < end else ():
            draft.place(start, end, label, Span(group.start, group.end))
    if not marked.groups and said.text == "":
        draft.issue("no_answer", "the output is empty")


def _distance(echo: Echo, first: int, last: int, meant: str) -> int:
    """Return the edit distance, or for long mentions the characters that have no counterpart."""
    if last - first <= _LONG_MENTION and len(meant) <= _LONG_MENTION:
        return edit_distance(echo.echo.chars[first:last], meant)
    alike = echo.known(first, last)
    return max(last - first, len(meant)) - alike


def _share(said: str, meant: str) -> float:
    is_han = len(said) == len(meant) and all("\u3400" <= char <= "\u9fff" for char in said + meant)
    return _HAN_SHARE if is_han else CONTEXT_SHARE


class _Reader:
    """Carries marked stretches of an echo over to the source."""

    def __init__(self, draft: Draft, marked: Marked, said: Said, text: str, grounder: Source) -> None:
        self.draft = draft
        self.groups = sorted(marked.groups, key=lambda group: (group.start, -group.end))
        self.said = said
        self.text = text
        self.grounder = grounder
        self.lost: list[Group] = []

    def run(self) -> None:
        source = self.grounder.folded
        whole = Folded(self.said.text)
        if not self.said.text.strip():
            self.draft.issue("no_answer", "the output is empty")
            return
        start = self.best_folded_copy(whole, source)
        if start is None and self.is_list():
            self.as_list()
            return
        if start is not None:
            first, last = whole.origin[start], whole.origin[start + len(source.chars) - 1] + 1
        else:
            first, last, share = self.best_window()
            if share < _LIST_SHARE and not self.is_beginning(whole):
                self.as_list()
                return
        while first < last and self.said.text[first].isspace():
            first += 1
        while last > first and self.said.text[last - 1].isspace():
            last -= 1
        low, high = self.with_spaces(first, last)
        inside: list[Group] = []
        outside: list[Group] = []
        for group in self.groups:
            begin, end = self.said.range(group.start, group.end)
            (inside if low <= begin and end <= high else outside).append(group)
        window = whole if (first, last) == (0, len(self.said.text)) else Folded(self.said.text[first:last])
        self.note_surroundings(first, last, outside)
        self.note_changes(first, last, window)
        echo = align_echo(window, source)
        for group in inside:
            self.carry_over(group, echo, first)
        if self.lost:
            self.as_claims(self.lost)

    def is_list(self) -> bool:
        """Tell whether there are several marked mentions, each on lines of its own, and nothing else."""
        if len(self.groups) < 2 or "\n" not in self.said.text.strip():
            return False
        said = self.said.text
        outside: list[str] = []
        at = 0
        for group in self.groups:
            start, end = self.said.range(group.start, group.end)
            outside.append(said[at:start])
            at = max(at, end)
        between = "".join([*outside[1:], said[at:]])
        return "\n" in between and not (outside[0] + between).strip(" \n\t-*•.,;:()0123456789")

    def is_beginning(self, whole: Folded) -> bool:
        """Tell whether the output copies the text as far as it goes."""
        size = len(whole.chars)
        return common_start(whole.chars, self.grounder.folded.chars) >= _BEGINNING * size

    def with_spaces(self, first: int, last: int) -> tuple[int, int]:
        """Widen a stretch by the white space around it."""
        text = self.said.text
        while first > 0 and text[first - 1].isspace():
            first -= 1
        while last < len(text) and text[last].isspace():
            last += 1
        return first, last

    def best_folded_copy(self, whole: Folded, source: Folded) -> int | None:
        """Find where the output copies the whole source but for spaces, case and Unicode form."""
        if not source.chars:
            return None
        starts = [self.said.range(group.start, group.end)[0] for group in self.groups]
        best: tuple[int, int] | None = None
        at = whole.chars.find(source.chars)
        while at >= 0:
            last = at + len(source.chars)
            low, high = whole.origin[at], whole.origin[last - 1]
            marks = bisect_left(starts, high + 1) - bisect_left(starts, low)
            if best is None or marks >= best[0]:
                best = marks, at
            at = whole.chars.find(source.chars, last)
        return None if best is None else best[1]

    def best_window(self) -> tuple[int, int, float]:
        """Choose the lines that copy the source best: as many as it has, or all."""
        said = self.said.text
        lines = said.split("\n")
        ends = list(accumulate(len(line) + 1 for line in lines))
        height = self.text.strip().count("\n") + 1
        best = (0, len(said), copies(said, self.text))
        if len(lines) <= height or len(said) * height > 4_000_000:
            return best
        starts = [self.said.range(group.start, group.end)[0] for group in self.groups]

        def rank(low: int, high: int, share: float) -> tuple[float, int]:
            return round(share, 2), bisect_left(starts, high) - bisect_left(starts, low)

        for at in range(len(lines) - height + 1):
            low, high = ends[at] - len(lines[at]) - 1, ends[at + height - 1] - 1
            if said[low:high].strip():
                share = copies(said[low:high], self.text)
                if rank(low, high, share) >= rank(*best):
                    best = (low, high, share)
        return best

    def note_surroundings(self, first: int, last: int, outside: list[Group]) -> None:
        said, origin = self.said.text, self.said.origin
        for low, high, where in ((0, first, "before"), (last, len(said), "after")):
            if said[low:high].strip():
                self.draft.issue("extra_text", f"text {where} the answer", Span(origin[low], origin[high - 1] + 1))
        added: list[Group] = []
        rest: list[Group] = []
        for group in outside:
            (added if self.is_added(group, first, last) else rest).append(group)
        self.as_claims(added)
        outside = rest
        if outside:
            spans = Span(outside[0].start, max(outside[-1].end, outside[0].start + 1))
            self.draft.issue("skipped", f"{len(outside)} marked outside the copy of the text", spans)

    def is_added(self, group: Group, first: int, last: int) -> bool:
        """Tell whether a mention outside of the copy was added to it: on its line, and not in the text."""
        labels = self.draft.labels
        if labels is not None and labels.fold(group.label) is None:
            return False
        start, end = self.said.range(group.start, group.end)
        said = self.said.text
        between = said[last:start] if start >= last else said[end:first]
        mention = said[start:end].strip()
        return "\n" not in between and bool(mention) and not self.grounder.has(mention)

    def note_changes(self, first: int, last: int, window: Folded) -> None:
        said, meant = self.said.text[first:last], self.text.strip()
        kind = difference(said, meant) if window.chars == self.grounder.folded.chars else "fuzzy"
        if kind is not None:
            what = {"spacing": "spaces", "case": "upper and lower case", "unicode": "the form of characters"}
            place = Span(self.said.origin[first], self.said.origin[last - 1] + 1)
            self.draft.issue("text_changed", f"the output changes {what.get(kind, 'words')} of the text", place)
            if kind == "fuzzy" and len(window.chars) < len(self.grounder.folded.chars) / 2:
                self.draft.issue("truncated", "the output copies only part of the text", place)

    def carry_over(self, group: Group, echo: Echo, first: int) -> None:
        """Place one marked stretch where the echo says it comes from."""
        place = Span(group.start, max(group.end, group.start + 1))
        low, high = self.said.range(group.start, group.end)
        a, b = echo.echo.at(low - first), echo.echo.at(high - first)
        if a >= b:
            if high > low and not self.said.text[low:high].isspace():
                self.lost.append(group)  # characters that folding drops
            else:
                self.draft.issue("skipped", "nothing is marked", place)
            return
        target = echo.project(a, b)
        span = None if target is None else echo.source.span(*target)
        if span is None or target is None:
            self.lost.append(group)
            return
        said = self.said.text[low:high]
        exact = echo.echo.chars[a:b] == echo.source.chars[slice(*target)]
        span = self.with_edges(span, said.strip()) if exact else self.whole_words(span)
        meant = self.text[span[0] : span[1]]
        kind = None if said == meant else (difference(said.strip(), meant) or "spacing")
        if not exact:
            near = _distance(echo, a, b, fold(meant))
            if near > _share(said, meant) * max(b - a, len(fold(meant))):
                self.lost.append(group)
                return
            kind = "fuzzy" if near else kind
        level = self.grounder.grounding
        if (level == "exact" and kind not in (None, "spacing")) or (level == "normalized" and kind == "fuzzy"):
            self.lost.append(group)
            return
        names = self.draft.names(group.label, place)
        if names and kind is not None and said.strip() != meant:
            self.draft.issue(kind, f"{said.strip()!r:.100} stands as {meant!r:.100}", place, Span(*span))
        for label in names:
            self.draft.place(*span, label, place)

    def with_edges(self, span: tuple[int, int], said: str) -> tuple[int, int]:
        """Take along what folding drops at the edges, where the text has it just so."""
        if len(said) > span[1] - span[0]:
            for start in (span[0], span[1] - len(said)):
                if start >= 0 and self.text.startswith(said, start):
                    return start, start + len(said)
        return span

    def whole_words(self, span: tuple[int, int]) -> tuple[int, int]:
        """Drop spaces that an inexact projection took along."""
        start, end = span
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    def as_list(self) -> None:
        """Read an answer that lists marked mentions instead of copying the text."""
        origin = self.said.origin
        if not self.groups:
            where = Span(origin[0], origin[-1] + 1) if origin else None
            self.draft.issue("no_answer", "the output neither copies the text nor marks anything", where)
            return
        self.draft.issue("shape", "marked mentions in place of the whole text", Span(origin[0], origin[-1] + 1))
        self.as_claims(self.groups)

    def as_claims(self, groups: list[Group]) -> None:
        claims = []
        for group in groups:
            low, high = self.said.range(group.start, group.end)
            mention = self.said.text[low:high].strip()
            if mention:
                claims.append(Claim(mention, group.label, Span(group.start, max(group.end, group.start + 1))))
        place_claims(self.draft, claims, "occurrence", self.text, self.grounder, "text")
