"""Reading JSON answers that are not just what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from genner._ground import Grounder
from genner.formats._answer import mask_chatter
from genner.formats._draft import Draft
from genner.formats._items import Claim, Shape, collect, split_line
from genner.formats._loose_json import Node, Problem, parse_loose
from genner.formats._place import place_claims
from genner.types import LabelSet, Prediction, Span

__all__ = ["Shape", "read_messy"]

_OPEN = re.compile(r"[\[{]")
_KEY_BEFORE = re.compile(r"(?:[\"'“‘]([^\"'”’\n]{1,60})[\"'”’]|([^\W\d]\w{0,40}))\s*[:=]\s*\Z")
_MASKS_ARE_EXTRA = "extra_text"


@dataclass(slots=True)
class _Candidate:
    """One stretch of the output that may be the answer."""

    start: int
    end: int
    complete: bool
    claims: list[Claim] = field(default_factory=list)
    troubles: list[tuple[str, str, Span]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    keys: frozenset[str] = frozenset()
    item: bool = False

    def join(self, other: _Candidate) -> None:
        self.end = other.end
        self.complete = other.complete
        self.claims += other.claims
        self.troubles += other.troubles
        self.problems += other.problems
        self.keys |= other.keys


def read_messy(
    shape: Shape, output: str, text: str | None, labels: LabelSet | None, grounding: str, order: str
) -> Prediction:
    """Recover the entities of a JSON answer and say what was wrong with it."""
    draft = Draft(labels)
    grounder = Grounder(text or "", grounding)

    def known_text(string: str) -> bool:
        return text is None or bool(grounder.find(string).spans)

    masked, chatter = mask_chatter(output, text)
    candidates = list(_candidates(masked, shape, labels, known_text))
    if not any(candidate.claims for candidate in candidates) and '\\"' in masked:
        unescaped = masked.replace('\\"', '"')
        retried = list(_candidates(unescaped, shape, labels, known_text))
        if any(candidate.claims for candidate in retried):
            draft.issue("wrapped", "the answer is JSON inside a string")
            candidates = retried
    candidates = _merge(candidates, shape)
    chosen = _choose(candidates, grounder) if candidates else None
    if chosen is None or not (chosen.claims or chosen.keys or chosen.complete):
        listed = _lines(masked, labels, known_text)
        if listed is not None and (listed.claims or chosen is None):
            chosen = listed
    for what, span in chatter:
        draft.issue("extra_text", what, span)
    if chosen is None:
        draft.issue("no_answer", "no JSON was found in the output", _span(0, len(output)))
        return draft.finish(text)
    for start, end in ((0, chosen.start), (chosen.end, len(masked))):
        if masked[start:end].strip():
            where = "before" if start == 0 else "after"
            draft.issue("extra_text", f"text {where} the answer", _span(start, end))
    for problem in _summary(chosen.problems):
        draft.issue("syntax", problem.detail, _span(problem.start, problem.end))
    seen: set[tuple[str, str]] = set()
    for kind, detail, span in chosen.troubles:
        if kind not in ("shape", "wrapped") or (kind, detail) not in seen:
            draft.issue(kind, detail, span)
        seen.add((kind, detail))
    if not chosen.complete:
        draft.issue("truncated", "the output ends inside the answer", _span(max(0, chosen.end - 1), chosen.end))
    place_claims(draft, chosen.claims, shape, text, grounder, order)
    return draft.finish(text)


def _candidates(output: str, shape: Shape, labels: LabelSet | None, known_text: object) -> Iterator[_Candidate]:
    """Parse every outermost array or object of the output."""
    at = 0
    while True:
        match = _OPEN.search(output, at)
        if match is None:
            return
        root, problems = parse_loose(output, match.start())
        candidate = _Candidate(root.start, max(root.end, root.start + 1), root.complete, problems=problems)
        before = _KEY_BEFORE.search(output, max(0, root.start - 70), root.start)
        if before is not None:  # `"LOC": [...]` without the braces around it
            name = before[1] or before[2]
            key = Node("string", name, before.start(), before.end())
            root = Node("object", [(key, root)], before.start(), root.end, root.complete)
            candidate.start = before.start()
            candidate.problems = [Problem("missing braces", before.start(), before.end()), *problems]

        def trouble(kind: str, detail: str, span: Span, into: _Candidate = candidate) -> None:
            into.troubles.append((kind, detail, span))

        candidate.claims = collect(root, shape, labels, known_text, trouble)  # type: ignore[arg-type]
        if root.kind == "object":
            candidate.keys = frozenset(str(key.value) for key, _ in root.value if key is not None)
            candidate.item = len(candidate.claims) == 1 and "text" in candidate.keys
        elif not root.value:
            candidate.keys = frozenset() if root.end - root.start > 2 else frozenset(("[]",))
        yield candidate
        at = candidate.end


def _merge(candidates: list[_Candidate], shape: Shape) -> list[_Candidate]:
    """Join answers written in parts: one item a line, or one object a label."""
    merged: list[_Candidate] = []
    for candidate in candidates:
        last = merged[-1] if merged else None
        if last is not None and candidate.claims and last.claims:
            in_lines = _is_item(candidate) and _is_item(last)
            in_groups = shape == "grouped" and candidate.keys and last.keys and not (candidate.keys & last.keys)
            if in_lines or (in_groups and not _is_item(candidate)):
                if in_lines and not last.item:
                    last.item = True
                last.troubles.append(
                    ("shape", "the answer is in several pieces", _span(candidate.start, candidate.end))
                )
                keys = last.keys
                last.join(candidate)
                if in_lines:
                    last.keys = keys
                continue
        merged.append(candidate)
    return merged


def _is_item(candidate: _Candidate) -> bool:
    return candidate.item or bool(candidate.claims and candidate.keys & {"text", "label", "entity", "mention", "type"})


def _choose(candidates: list[_Candidate], grounder: Grounder) -> _Candidate:
    """Take the candidate that says most of the text; of equals the last."""

    def rank(numbered: tuple[int, _Candidate]) -> tuple[bool, int, bool, int]:
        number, candidate = numbered
        placed = sum(bool(grounder.find(claim.text).spans) for claim in candidate.claims[:200])
        total = len(candidate.claims[:200])
        answers = bool(candidate.claims) or bool(candidate.keys)
        return placed * 2 >= total > 0, placed, answers, number

    return max(enumerate(candidates), key=rank)[1]


_LABELLED_LINE = re.compile(r"\W{0,6}([^\W\d][\w -]{0,40}?)\W{0,3}\s*[:=]\s*(.*)")


def _lines(output: str, labels: LabelSet | None, known_text: object) -> _Candidate | None:
    """Read an answer that is no JSON at all but a list, a line a mention or a line a label."""
    candidate: _Candidate | None = None
    at = 0
    for line in output.split("\n"):
        start, at = at, at + len(line) + 1
        item = line.strip().strip("-*•·0123456789.) \t")
        if not item or len(item) > 2000:
            continue
        span = _span(start, start + len(line))
        claims: list[Claim] = []
        match = _LABELLED_LINE.fullmatch(line.strip())
        if match and labels is not None and labels.fold(match[1].strip()):
            parts = [part.strip(" \"'*`“”[].") for part in re.split(r"[,;、，]", match[2])]
            claims = [Claim(part, match[1].strip(), span, 0) for part in parts if part and known_text(part)]  # type: ignore[operator]
        if not claims:
            found = split_line(item, labels, known_text)  # type: ignore[arg-type]
            if found is not None and known_text(found[0]):  # type: ignore[operator]
                claims = [Claim(found[0], found[1], span, 0)]
        if claims:
            if candidate is None:
                candidate = _Candidate(start, at - 1, True)
                candidate.troubles.append(("shape", "a list of lines in place of JSON", span))
            candidate.end = min(at - 1, len(output))
            candidate.claims += claims
    return candidate


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
