"""Finding the answer in an output that should be JSON: of several candidates the one that fits best."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from genner._old_formats._draft import Draft
from genner._old_formats._items import Claim, Shape, collect
from genner._old_formats._labels import known
from genner._old_formats._lines import read_lines
from genner._old_formats._loose_json import Node, Problem, parse_loose
from genner._old_formats._place import place_claims
from genner.text.grounding import Source
from genner.types import LabelSet, Prediction, Span

__all__ = ["JsonAnswer", "find_json"]

_OPEN = re.compile(r"[\[{［｛]")
_KEY_BEFORE = re.compile(r"(?:[\"'“‘]([^\"'”’\n]{1,60})[\"'”’]|([^\W\d]\w{0,40}))\s*[:=]\s*\Z")
_ITEM_KEYS = frozenset(("text", "label", "entity", "mention", "type"))
_RANKED = 200
"""Claims of a candidate that are looked up to rank it."""

_BARE_QUOTE = re.compile(r'(?<!\\)"')
_ESCAPED = re.compile(r'\\(["\\/nt])')


@dataclass(slots=True)
class JsonAnswer:
    """One stretch of the output that may be the answer."""

    output: str
    start: int
    end: int
    complete: bool
    claims: list[Claim] = field(default_factory=list)
    troubles: list[tuple[str, str, Span]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    keys: frozenset[str] = frozenset()
    is_item: bool = False
    placed: int = 0

    def trouble(self, kind: str, detail: str, span: Span) -> None:
        self.troubles.append((kind, detail, span))

    def join(self, other: JsonAnswer) -> None:
        self.end = other.end
        self.complete = other.complete
        self.claims += other.claims
        self.troubles += other.troubles
        self.problems += other.problems
        self.keys |= other.keys

    def count(self, source: Source) -> int:
        """Count the claims that are in the text."""
        self.placed = sum(not claim.text or bool(source.find(claim.text).spans) for claim in self.claims[:_RANKED])
        return self.placed

    def take(self, draft: Draft, shape: Shape, source: Source, order: str) -> Prediction:
        """Report what is wrong with this answer and place what it says."""
        self.report(draft)
        text = source.text if source.given else None
        place_claims(draft, self.claims, shape, text, source, order)
        return draft.finish(text)

    def report(self, draft: Draft) -> None:
        """Say what surrounds the answer, and what is wrong with its syntax and shape."""
        for start, end in ((0, self.start), (self.end, len(self.output))):
            if self.output[start:end].strip():
                where = "before" if start == 0 else "after"
                draft.issue("extra_text", f"text {where} the answer", _span(start, end))
        for problem in _summary(self.problems):
            draft.issue("syntax", problem.detail, _span(problem.start, problem.end))
        seen: set[tuple[str, str]] = set()
        for kind, detail, span in self.troubles:
            if kind not in ("shape", "wrapped") or (kind, detail) not in seen:
                draft.issue(kind, detail, span)
            seen.add((kind, detail))
        if not self.complete:
            draft.issue("truncated", "the output ends inside the answer", _span(max(0, self.end - 1), self.end))


@dataclass(frozen=True, slots=True)
class _Reader:
    """What reading one output needs to know."""

    shape: Shape
    labels: LabelSet | None
    source: Source


def find_json(shape: Shape, output: str, labels: LabelSet | None, source: Source) -> JsonAnswer | None:
    """Find the JSON of an output, also where all of it is escaped, or lines that stand for it."""
    reader = _Reader(shape, labels, source)
    chosen = _choose(reader, output)
    if chosen is None or not chosen.placed:
        unescaped = _unescape(output)
        other = _choose(reader, unescaped) if unescaped is not None else None
        if other is not None and other.placed:
            other.trouble("wrapped", "the answer is escaped", _span(0, len(output)))
            return other
    if chosen is None or (chosen.complete and not chosen.claims):
        return _as_lines(reader, output) or chosen
    return chosen


def _unescape(output: str) -> str | None:
    """Undo the escaping of a whole answer, as a JSON string or for HTML; None when there is none."""
    if '\\"' in output and not _BARE_QUOTE.search(output.strip().strip('"')):
        return _ESCAPED.sub(lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), output)
    return html.unescape(output) if "&quot;" in output or "&#34;" in output else None


def _as_lines(reader: _Reader, output: str) -> JsonAnswer | None:
    root = read_lines(output, reader.labels, reader.source.has)
    if root is None:
        return None
    answer = JsonAnswer(output, root.start, min(root.end, len(output)), True)
    answer.trouble("shape", "lines in place of JSON", _span(root.start, root.end))
    answer.claims = collect(root, reader.shape, reader.labels, reader.source, answer.trouble)
    return answer if answer.claims and answer.count(reader.source) else None


def _candidates(reader: _Reader, output: str) -> Iterator[JsonAnswer]:
    """Parse every outermost array or object of the output."""
    at = 0
    while True:
        match = _OPEN.search(output, at)
        if match is None:
            return
        root, problems = parse_loose(output, match.start())
        candidate = JsonAnswer(output, root.start, max(root.end, root.start + 1), root.complete, problems=problems)
        before = _KEY_BEFORE.search(output, max(at, root.start - 70), root.start)
        name = (before[1] or before[2] or "") if before is not None else ""
        if before is not None and (before[1] or known(name, reader.labels)):  # `"LOC": [...]` without braces
            key = Node("string", name, before.start(), before.end())
            root = Node("object", [(key, root)], before.start(), root.end, root.complete)
            candidate.start = before.start()
            candidate.problems = [Problem("missing braces", before.start(), before.end()), *problems]
        candidate.claims = collect(root, reader.shape, reader.labels, reader.source, candidate.trouble)
        if root.kind == "object":
            candidate.keys = frozenset(str(key.value) for key, _ in root.value if key is not None)
            candidate.is_item = len(candidate.claims) == 1 and "text" in candidate.keys
        elif not root.value:
            candidate.keys = frozenset() if root.end - root.start > 2 else frozenset(("[]",))
        yield candidate
        at = candidate.end


def _merge(reader: _Reader, candidates: Iterator[JsonAnswer]) -> list[JsonAnswer]:
    """Join answers written in parts: one item a line, or one object a label."""
    merged: list[JsonAnswer] = []
    for candidate in candidates:
        last = merged[-1] if merged else None
        if last is not None and candidate.claims and last.claims:
            in_lines = _is_item(candidate) and _is_item(last)
            in_groups = reader.shape == "grouped" and not (_is_item(candidate) or candidate.keys & last.keys)
            in_groups = in_groups and bool(candidate.keys and last.keys and last.count(reader.source))
            if in_lines or (in_groups and candidate.count(reader.source)):
                last.is_item = last.is_item or in_lines
                last.trouble("shape", "the answer is in several pieces", _span(candidate.start, candidate.end))
                keys = last.keys
                last.join(candidate)
                if in_lines:
                    last.keys = keys
                continue
        merged.append(candidate)
    return merged


def _is_item(candidate: JsonAnswer) -> bool:
    return candidate.is_item or bool(candidate.claims and candidate.keys & _ITEM_KEYS)


def _choose(reader: _Reader, output: str) -> JsonAnswer | None:
    """Take the candidate that says most of the text; of equals the last."""
    candidates = _merge(reader, _candidates(reader, output))

    def rank(numbered: tuple[int, JsonAnswer]) -> tuple[bool, int, bool, int]:
        number, candidate = numbered
        placed = candidate.count(reader.source)
        answers = bool(candidate.claims) or bool(candidate.keys)
        return placed * 2 >= len(candidate.claims[:_RANKED]) > 0, placed, answers, number

    return max(enumerate(candidates), key=rank, default=(0, None))[1]


def _summary(problems: list[Problem]) -> Iterator[Problem]:
    """Yield the first problem of each kind, with how often it occurs."""
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.detail] = counts.get(problem.detail, 0) + 1
    for problem in problems:
        count = counts.pop(problem.detail, 0)
        if count:
            yield Problem(problem.detail + (f" ({count} times)" if count > 1 else ""), problem.start, problem.end)


def _span(start: int, end: int) -> Span:
    return Span(start, max(end, start + 1))
