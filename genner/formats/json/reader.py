"""Finding the JSON of an output: every outermost array or object, and pieces that belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from genner.formats.answer import Answer, Candidate
from genner.formats.escapes import move, replaced
from genner.formats.json.elements import parse_elements
from genner.formats.json.nodes import Node, Problem, parts_of, unescape
from genner.formats.json.quotes import CLOSERS
from genner.formats.json.roles import Columns
from genner.formats.json.shapes import Reading, read_node
from genner.formats.keys import TAKEN_BACK, role_of
from genner.formats.naming import known
from genner.formats.tolerant import parse, parse_members

if TYPE_CHECKING:
    from genner.formats.json.codec import JsonCodec

__all__ = ["json_candidates"]

_Claimed: TypeAlias = "tuple[str, int | None, int | None]"
"""What tells two claims apart: the mention and the place it states."""

_OPEN = re.compile(r"[\[{［｛]")
_KEY_BEFORE = re.compile(r"(?:[\"'“‘]([^\"'”’\n]{1,60})[\"'”’]|([^\W\d]\w{0,40}))\s*[:=]>?\s*\Z")
_HEADING = re.compile(r"(?:\A|\n)[ \t]*[#*_]{0,4}[ \t]*(\w[\w -]{0,40}?)[*_]{0,3}[ \t]*:?[*_]{0,3}[ \t]*\n\s*\Z")
"""A label on a line of its own, above a list of its mentions."""

_YAML = re.compile(r"^[ \t]*(?:-[ \t])?(\w[\w -]{0,40}):[ \t]*\n[ \t]*-[ \t]", re.M)
"""A key, and the first member of its list on the next line."""

_FIRST_KEY = re.compile(r"\s*(?:(?P<text>[^\"\[\]{}\n:]{1,200})\",\s*)?(?P<from>)\"(?P<key>[^\"\n]{1,40})\"\s*:")
"""An answer that begins inside an item, at a key or in the mention before it."""

_GAP = 40
"""Characters between two pieces, besides separators, from which on they are two answers."""

_NO_STRAIGHT_QUOTE = re.compile(r'(?<!\\)"')
_ESCAPED = re.compile(r'\\(["\\/nt])')


def json_candidates(answer: Answer, codec: JsonCodec | None = None) -> Iterator[Candidate]:
    """Yield the JSON of an output, pieces of one answer joined; what is not in form for `codec` is noted."""
    if "{" not in answer.body and any(known(key[1], answer.labels) for key in _YAML.finditer(answer.body)):
        return  # a list without brackets, of which `ORG: []` is only a part
    elements = parse_elements(answer.body) if "</" in answer.body or "/>" in answer.body else None
    if elements is not None:
        columns = Columns(answer)
        columns.learn(elements)
        reading = _read(columns, elements, (), None)
        reading.candidate.note("shape", "XML elements", elements.start, elements.end)
        yield reading.candidate
        return
    unescaped = _unescaped(answer.body)
    if unescaped is None:
        found = _merged(_pieces(answer, codec))
    else:
        text, origin = unescaped
        body, output = answer.body, answer.output
        written = "".join(
            char if body[at] == output[at] else output[at] for char, at in zip(text, origin, strict=False)
        )
        found = _merged(_pieces(replace(answer, body=text, output=written), codec))
        for reading in found:
            move(reading.candidate, origin)
    if len(found) == 1 and found[0].is_valid and _is_all(answer.body, found[0].candidate):
        found[0].candidate.says_none = not found[0].candidate.claims
        found[0].candidate.strict = True
    for reading in found:
        candidate = reading.candidate
        if candidate.says_none and not _OPEN.match(answer.body, candidate.start):
            # among other text, the empty list of one label says nothing of the others
            candidate.says_none = len(answer.body.strip()) <= candidate.end - candidate.start
        yield candidate


def _is_all(body: str, candidate: Candidate) -> bool:
    """Tell whether an output is one candidate, so that no other reading of valid JSON makes sense."""
    whole = body.strip()
    return len(whole) == candidate.end - candidate.start and body.startswith(whole, candidate.start)


def _unescaped(body: str) -> tuple[str, list[int]] | None:
    """Undo the escaping of a whole answer, as `replaced` does, as a JSON string or for HTML; None when it has none."""
    if '\\"' in body:
        quotes = [match.start() for match in _NO_STRAIGHT_QUOTE.finditer(body)]
        first = body.index('\\"')
        before, behind = [at for at in quotes if at < first], [at for at in quotes if at > first]
        if len(before) > 1 or len(behind) > 1:
            return None
        offset = before[0] + 1 if before else len(body) - len(body.lstrip())
        body = body[offset : behind[0] if behind else len(body.rstrip())]
        return replaced(body, _ESCAPED, lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), offset)
    if '"' not in body and ("&quot;" in body or "&#34;" in body):
        return replaced(body)
    return None


def _pieces(answer: Answer, codec: JsonCodec | None) -> list[Reading]:
    """Read every outermost array or object of the output; what their keys hold is judged from all of them."""
    body = answer.body
    columns = Columns(answer)
    parsed = []
    at = 0
    first = _FIRST_KEY.match(body)
    if first is not None and role_of(first["key"]):  # what opens the answer is in the prompt
        root, problems = parse_members(body, first.start("from"))
        if first["text"]:
            start, end = first.span("text")
            root.value.insert(0, (Node("string", "text", start, start), Node("string", first["text"], start, end)))
            root.start = start
        parsed.append((root, problems))
        columns.learn(root)
        at = root.end
    while (match := _OPEN.search(body, at)) is not None:
        root, problems = _parse(answer, at, match.start())
        if body != answer.output:
            _restore(root, answer)
        parsed.append((root, problems))
        columns.learn(root)
        at = max(root.end, match.start() + 1)
    return [_read(columns, root, problems, codec) for root, problems in parsed]


def _restore(root: Node, answer: Answer) -> None:
    """Give strings back what was blanked out in them, where the text has it or where nothing else is left."""
    for node in parts_of(root):
        if node.kind == "string" and answer.body[node.start : node.end] != answer.output[node.start : node.end]:
            raw = answer.output[node.start : node.end]
            quotes = raw[:1] in CLOSERS, len(raw) > 1 and raw[-1:] in CLOSERS
            value, _ = unescape(raw[quotes[0] : len(raw) - quotes[1]])
            if not any(map(str.isalnum, str(node.value))) or answer.source.has(value):
                node.value = value


def _parse(answer: Answer, low: int, at: int) -> tuple[Node, list[Problem]]:
    """Parse what opens at `at`, from the key before it where it has one that is a label or in quotes."""
    heading = _HEADING.search(answer.body, max(low, at - 70), at)
    if heading is not None and known(heading[1], answer.labels):
        value, problems = parse(answer.body, at)
        key = Node("string", heading[1], *heading.span(1))
        return Node("object", [(key, value)], heading.start(1), value.end, value.complete), problems
    before = _KEY_BEFORE.search(answer.body, max(low, at - 70), at)
    if before is not None and (before[1] or known(before[2], answer.labels)):
        root, problems = parse_members(answer.body, before.start())
        if root.end > at:
            return root, problems
    return parse(answer.body, at)


def _read(columns: Columns, root: Node, problems: Sequence[Problem], codec: JsonCodec | None) -> Reading:
    candidate = Candidate(*root.span, complete=root.complete)
    for problem in problems:
        candidate.note("syntax", problem.detail, problem.start, problem.end)
    reading = read_node(root, columns, candidate)
    reading.is_valid = root.complete and all(problem.read for problem in problems)
    if codec is not None:
        known_at = {note.start for note in candidate.notes if note.kind == "shape"}
        for node, detail in codec.departures(root):
            if node.start not in known_at:
                candidate.note("shape", detail, *node.span)
    candidate.says_none = root.complete and not candidate.claims and not reading.lost
    return reading


def _merged(pieces: Iterable[Reading]) -> list[Reading]:
    """Join answers written in parts: one item a line, one object a label, several lists."""
    merged: list[Reading] = []
    claimed: set[_Claimed] = set()  # by the last answer so far
    for piece in pieces:
        own = {(claim.text, claim.start, claim.count) for claim in piece.candidate.claims}
        if merged and _belong_together(merged[-1], piece, claimed, own):
            _join(merged[-1], piece)
            claimed |= own
        else:
            merged.append(piece)
            claimed = own
    return merged


def _belong_together(last: Reading, piece: Reading, claimed: set[_Claimed], own: set[_Claimed]) -> bool:
    """Tell whether a piece goes on where the last one ended rather than answering again."""
    between = piece.answer.body[last.candidate.end : piece.candidate.start]
    gap = between.strip(" \t\n,;]}[{")
    is_taken_back = bool(gap) and TAKEN_BACK.search(gap) is not None
    if is_taken_back and not {text for text, *_ in own}.isdisjoint(text for text, *_ in claimed):
        return False
    if _is_item(last) and _is_item(piece):
        return True
    if not (last.candidate.claims and piece.candidate.claims):
        return False
    if last.keys and piece.keys and last.keys.isdisjoint(piece.keys):
        return True
    if len(gap) > _GAP or is_taken_back or ("\n" in between and gap and not any(map(str.isdigit, gap))):
        return False
    labels = {claim.text: claim.label for claim in last.candidate.claims}
    if any(labels.get(claim.text, claim.label) != claim.label for claim in piece.candidate.claims):
        return False
    return not own <= claimed if gap else claimed.isdisjoint(own)


def _is_item(reading: Reading) -> bool:
    return reading.root_item or (reading.items == 1 and len(reading.candidate.claims) == 1 and not reading.keys)


def _join(last: Reading, piece: Reading) -> None:
    """Add a piece to the one before it; items of their own are one list together."""
    candidate, other = last.candidate, piece.candidate
    as_items = _is_item(piece)
    shift = 0 if as_items else last.groups + 1
    group = candidate.claims[-1].group if candidate.claims else 0
    for claim in other.claims:
        claim.group = group if as_items else claim.group + shift
    last.groups += piece.groups + shift
    last.root_item = last.root_item or as_items
    last.keys |= piece.keys
    last.items += piece.items
    last.is_valid &= piece.is_valid
    candidate.claims += other.claims
    candidate.notes += other.notes
    candidate.note("shape", "the answer is in several pieces", other.start, other.end)
    candidate.pieces += other.pieces
    candidate.end = other.end
    candidate.complete = other.complete
