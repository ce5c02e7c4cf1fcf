"""Reading inline answers that do not copy the source to the letter."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate, islice

from genner._echo import Echo, align_echo, copies
from genner._fold import Folded, difference, fold
from genner._fuzzy import edit_distance
from genner._ground import Grounder
from genner.formats._answer import mask_chatter
from genner.formats._draft import Draft
from genner.formats._items import Claim
from genner.formats._loose_markup import Group, Marked, find_brackets, find_tags
from genner.formats._markup import Markup, Reading, readings
from genner.formats._place import place_claims
from genner.types import LabelSet, Prediction, Span

__all__ = ["CONTEXT_SHARE", "read_messy"]

CONTEXT_SHARE = 0.4
"""Edits allowed for each folded character of an entity whose surroundings are those of the source."""

_LIST_SHARE = 0.35
"""Less common words (Dice) than this, and an answer is a list of marked mentions, not a copy."""

_REFERENCE = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


def read_messy(markup: Markup, output: str, text: str | None, labels: LabelSet | None, grounding: str) -> Prediction:
    """Recover the entities of an inline answer and say what was wrong with it."""
    draft = Draft(labels)
    masked, chatter = mask_chatter(output, text)
    for what, span in chatter:
        draft.issue("extra_text", what, span)
    if text is not None:
        copy = _exact_copy(markup, masked, text)
        if copy is not None:
            _take_copy(draft, copy, masked)
            return draft.finish(text)
    grounder = Grounder(text or "", grounding)

    def known_text(string: str) -> bool:
        folded = fold(string)
        return text is None or (bool(folded) and folded in grounder.folded.chars)

    if not markup.by_name and "[/" in masked and not (text and "[/" in text):
        draft.issue("syntax", "tags in square brackets")
        masked = masked.replace("[", "<").replace("]", ">")
        marked = find_tags(masked, text, labels, known_text)
    else:
        marked = (find_tags if markup.by_name else find_brackets)(masked, text, labels, known_text)
        if not marked.groups:  # the other notation, or nothing
            other = (find_brackets if markup.by_name else find_tags)(masked, text, labels, known_text)
            if other.groups and all(labels is not None and labels.fold(group.label) for group in other.groups):
                draft.issue("syntax", "brackets in place of tags" if markup.by_name else "tags in place of brackets")
                marked = other
    for kind, detail, start, end in marked.troubles:
        draft.issue(kind, detail, Span(start, end))
    said = _said(marked, text)
    if said.references:
        first, last = said.references[0], said.references[-1]
        draft.issue("text_changed", "the output escapes characters of the text", Span(first, last + 1))
    if text is None:
        _place_unsourced(draft, marked, said)
        return draft.finish(said.text)
    _Reader(draft, marked, said, text, grounder).run()
    return draft.finish(text)


# -- copies ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Copy:
    reading: Reading
    shift: int
    start: int
    end: int
    ambiguous: bool


def _exact_copy(markup: Markup, output: str, text: str) -> _Copy | None:
    """Find the stretch of whole lines that copies the source to the letter; of several the last."""
    meant = text.strip()
    if not meant:
        return None
    shift = text.index(meant)
    lines = output.split("\n")
    ends = list(accumulate(len(line) + 1 for line in lines))
    height = meant.count("\n") + 1
    best: _Copy | None = None
    stretches = [(0, len(output))]
    stretches += [
        (ends[at] - len(lines[at]) - 1, ends[at + height - 1] - 1)
        for at in range(len(lines) - height + 1)
        if lines[at].strip()
    ]
    budget = 64 * len(output) + 4096
    for start, end in stretches if len(lines) > 1 else stretches[:1]:
        piece = output[start:end].strip()
        if not piece or budget < 0:
            continue
        budget -= len(piece)
        found = list(islice(readings(markup, piece, meant), 2))
        if found and (best is None or len(found[0]) >= len(best.reading)):
            first = output.index(piece, start)
            best = _Copy(found[0], shift, first, first + len(piece), len(found) > 1)
            if start == 0 and end == len(output):
                break
    return best


def _take_copy(draft: Draft, copy: _Copy, output: str) -> None:
    for start, end, where in ((0, copy.start, "before"), (copy.end, len(output), "after")):
        if output[start:end].strip():
            draft.issue("extra_text", f"text {where} the answer", Span(start, max(end, start + 1)))
    if copy.ambiguous:
        draft.issue("ambiguous", "brackets or tags of the text leave several readings", Span(copy.start, copy.end))
    for start, end, name in copy.reading:
        label = draft.label(name, Span(copy.start, copy.end))
        if label is not None:
            draft.place(start + copy.shift, end + copy.shift, label, None)


# -- what was said, without markup -----------------------------------------------------------------


@dataclass(slots=True)
class _Said:
    """The output without markup, and where each of its characters stands in the output."""

    text: str
    origin: list[int]
    references: list[int] = field(default_factory=list)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Translate output offsets."""
        return bisect_left(self.origin, start), bisect_left(self.origin, end)


def _said(marked: Marked, text: str | None) -> _Said:
    origin = [at for at, hidden in enumerate(marked.markup) if not hidden]
    said = "".join([marked.output[at] for at in origin])
    if "&" not in said:
        return _Said(said, origin)
    pieces: list[str] = []
    places: list[int] = []
    references: list[int] = []
    last = 0
    for match in _REFERENCE.finditer(said):
        char = html.unescape(match[0])
        if char == match[0] or (text is not None and match[0] in text):
            continue
        pieces += [said[last : match.start()], char]
        references.append(origin[match.start()])
        places += origin[last : match.start()] + [origin[match.start()]] * len(char)
        last = match.end()
    return _Said("".join([*pieces, said[last:]]), places + origin[last:], references)


def _place_unsourced(draft: Draft, marked: Marked, said: _Said) -> None:
    """Without a source the output is its own text."""
    for group in marked.groups:
        label = draft.label(group.label, Span(group.start, max(group.end, group.start + 1)))
        start, end = said.range(group.start, group.end)
        while start < end and said.text[start].isspace():
            start += 1
        while start < end and said.text[end - 1].isspace():
            end -= 1
        if label is not None and start < end:
            draft.place(start, end, label, Span(group.start, group.end))
    if not marked.groups and said.text == "":
        draft.issue("no_answer", "the output is empty")


# -- echoes ----------------------------------------------------------------------------------------


class _Reader:
    """Carries marked stretches of an echo over to the source."""

    def __init__(self, draft: Draft, marked: Marked, said: _Said, text: str, grounder: Grounder) -> None:
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
        if start is not None:
            first, last = whole.origin[start], whole.origin[start + len(source.chars) - 1] + 1
        else:
            first, last, share = self.best_window()
            if share < _LIST_SHARE:
                self.as_list()
                return
        while first < last and self.said.text[first].isspace():
            first += 1
        while last > first and self.said.text[last - 1].isspace():
            last -= 1
        inside = [group for group in self.groups if self.is_inside(group, first, last)]
        outside = [group for group in self.groups if not self.is_inside(group, first, last)]
        self.note_surroundings(first, last, outside)
        self.note_changes(first, last, len(source.chars))
        window = Folded(self.said.text[first:last])
        echo = align_echo(window, source)
        for group in inside:
            self.carry_over(group, echo, first)
        if self.lost:
            self.as_claims(self.lost)

    def is_inside(self, group: Group, first: int, last: int) -> bool:
        start, end = self.said.range(group.start, group.end)
        return first <= start and end <= last

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
        if outside:
            spans = Span(outside[0].start, max(outside[-1].end, outside[0].start + 1))
            self.draft.issue("skipped", f"{len(outside)} marked outside the copy of the text", spans)

    def note_changes(self, first: int, last: int, size: int) -> None:
        said = self.said.text[first:last]
        kind = difference(said, self.text.strip())
        if kind is not None:
            what = {"spacing": "spaces", "case": "upper and lower case", "unicode": "the form of characters"}
            place = Span(self.said.origin[first], self.said.origin[last - 1] + 1)
            self.draft.issue("text_changed", f"the output changes {what.get(kind, 'words')} of the text", place)
            if kind == "fuzzy" and len(fold(said)) < size / 2:
                self.draft.issue("truncated", "the output copies only part of the text", place)

    def carry_over(self, group: Group, echo: Echo, first: int) -> None:
        """Place one marked stretch where the echo says it comes from."""
        place = Span(group.start, max(group.end, group.start + 1))
        low, high = self.said.range(group.start, group.end)
        a, b = echo.echo.at(low - first), echo.echo.at(high - first)
        if a >= b:
            self.draft.issue("skipped", "nothing is marked", place)
            return
        target = echo.project(a, b)
        span = None if target is None else echo.source.span(*target)
        if span is None or target is None:
            self.lost.append(group)
            return
        said = self.said.text[low:high]
        exact = echo.echo.chars[a:b] == echo.source.chars[slice(*target)]
        if not exact:
            span = self.whole_words(span)
        meant = self.text[span[0] : span[1]]
        kind = None if said == meant else (difference(said.strip(), meant) or "spacing")
        if not exact:
            near = edit_distance(echo.echo.chars[a:b], fold(meant))
            if near > CONTEXT_SHARE * max(b - a, len(fold(meant))):
                self.lost.append(group)
                return
            kind = "fuzzy" if near else kind
        level = self.grounder.grounding
        if (level == "exact" and kind not in (None, "spacing")) or (level == "normalized" and kind == "fuzzy"):
            self.lost.append(group)
            return
        label = self.draft.label(group.label, place)
        if label is None:
            return
        if kind is not None and said.strip() != meant:
            self.draft.issue(kind, f"{said.strip()!r:.100} stands as {meant!r:.100}", place, Span(*span))
        self.draft.place(*span, label, place)

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
