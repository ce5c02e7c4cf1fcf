"""Reading records of tags: `<entity><text>Ann</text><label>PER</label></entity>`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from genner.formats.answer import Answer, Candidate
from genner.formats.keys import role_of
from genner.formats.placing.claims import Claim

__all__ = ["record_candidates"]

_FIELD = re.compile(r"<([\w-]{1,40})>([^<>]{0,1000})</([\w-]{1,40})>")
_NUMBER = re.compile(r"\d{1,9}")


def record_candidates(answer: Answer) -> Iterator[Candidate]:
    """Yield the records of an answer whose fields are named as the parts of an item; nothing when there are none."""
    labels = answer.labels
    fields = [
        (role, match)
        for match in _FIELD.finditer(answer.body)
        if match[1] == match[3]
        and (role := role_of(match[1])) is not None
        and (labels is None or labels.fold(match[1]) is None)
    ]
    roles = [role for role, _ in fields]
    if not ("text" in roles and "label" in roles):
        return
    candidate = Candidate(fields[0][1].start(), fields[-1][1].end())
    record: dict[str, re.Match[str]] = {}
    for role, match in fields:
        if role in record:
            _take(candidate, record)
            record = {}
        record[role] = match
    _take(candidate, record)
    if candidate.claims:
        candidate.note("shape", "records of tags", candidate.start, candidate.end)
        yield candidate


def _take(candidate: Candidate, record: dict[str, re.Match[str]]) -> None:
    text, label = record.get("text"), record.get("label")
    if text is None:
        return
    place = (min(match.start() for match in record.values()), max(match.end() for match in record.values()))
    claim = Claim(text[2].strip(), "" if label is None else label[2].strip(), place)
    numbers = {
        role: int(match[2])
        for role in ("start", "end", "count")
        if (match := record.get(role)) is not None and _NUMBER.fullmatch(match[2].strip())
    }
    claim.start, claim.end, claim.count = numbers.get("start"), numbers.get("end"), numbers.get("count")
    candidate.claims.append(claim)
