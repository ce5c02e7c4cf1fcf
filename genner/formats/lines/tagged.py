"""Tokens with tags: `Ann B-PER`, one a line, or `Ann(B-PER) left(O)` in running text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from genner.formats.answer import Answer, Candidate
from genner.formats.escapes import unescaped
from genner.formats.lines.fields import CLOSING, OPENING, QUOTES
from genner.formats.lines.walk import walk
from genner.formats.lines.words import SHORTENED
from genner.formats.naming import known
from genner.formats.placing.claims import Claim
from genner.text.grounding import Source
from genner.types import LabelSet

__all__ = ["Tagged", "joined", "tag_candidates"]

_TAG = r"(?:O|[BIESLUM][-_][^\s()\[\]{}<>|,]{0,59}[^\s()\[\]{}<>|,.;:])"
_AT_END = re.compile(rf"[\s|:/(\[<>=,-]{{1,6}}[\"'`]?({_TAG})[\"'`]?[\s)|\]>,.]{{0,6}}\Z")
_AT_START = re.compile(rf"\s{{0,9}}({_TAG})[\s|:/,-]{{1,6}}(?=\S)")
_IN_TEXT = re.compile(
    rf"[(\[{{<]\s?(O|[BIESLUM][-_][^\s()\[\]{{}}<>|][^()\[\]{{}}<>|\n]{{0,60}})[)\]}}>][,;]?(?=\s|\Z|[^\s()\[\]{{}}<>]{{1,40}}[(\[{{<](?:O|[BIESLUM][-_]))"
    rf"|(?<=\S)(?:[/|_]|(?:[ \t]?(?:[:=,]|[-=]>|→))?[ \t])({_TAG})[)\]]?[,;]?(?=[.!?]?(?:\s|\Z))"
)
_NUMBER = re.compile(r"\s*(?:[-*•]|\d{1,5}[.):])\s+(?=\S+\s)")
_NAMED = re.compile(r"\s*[^\W\d]\w{0,20}\s?[:=]\s")
_SIGN = re.compile(r"(?<![^\W_])(?:O|[BIESLUM][-_]\w)")
_ALONE = re.compile(_TAG)
_TOKEN = re.compile(r"\w+|[^\w\s]")
_MOST_WORDS = 8
_LONGEST = 500
"""A longer line is no token with its tag."""

_TAG_BEHIND = re.compile(
    r"(?<![^\s(\[|:/\"',])(?P<label>[^\s()\[\]{}<>|,\"'/:]{1,60})[-_](?P<position>[BIESLUM])(?![^\s)\]|\"',])"
)
_PIECE = re.compile(rf"(?:^[ \t]*(?:\d{{1,4}}[.):]?[ \t]+|[-*][ \t]+)?{_TAG}[ \t]*$\n?){{2,}}|.+", re.M)
"""Lines with nothing but a tag, or one line."""

_LOWER_TAG = re.compile(r"(?<![^\s(\[|:/\"',])[bieslum](?=[-_](?P<label>[^\s()\[\]{}<>|,\"']{1,60}))")
_OUTSIDE = re.compile(r"/O\b|[(\[]O[)\]]")
_LOWER_OUTSIDE = re.compile(r"(?<![^\s(\[|:/\"',])o(?![^\s)\]|\"',])")

_BEGINS, _ENDS = "BSU", "ESLU"


class Tagged(NamedTuple):
    """A token, its tag, and where both are in the output."""

    token: str
    tag: str
    start: int
    end: int


@unescaped
def tag_candidates(answer: Answer) -> Iterator[Candidate]:
    """Yield each run of tagged tokens."""
    body = _as_usual(answer.body, answer.labels)
    if _SIGN.search(body) is None:
        return
    answer = replace(answer, body=body)
    names = answer.labels.known if answer.labels is not None else frozenset[str]()
    bare = _runs_in_text(answer, _bare_tags(names)) if _OUTSIDE.search(body) else ()
    bare_runs = (run for run in bare if _is_run(run, names))
    of_lines = list(_runs_of_lines(answer))
    starts = [run[0].start for run in of_lines]
    for run in (*of_lines, *_runs_in_text(answer, _IN_TEXT), *_runs_of_tags(answer), *bare_runs):
        around = of_lines[max(bisect_right(starts, run[0].start) - 1, 0)] if starts else run
        is_part = around[0].start <= run[0].start and run[-1].end <= around[-1].end and len(run) < len(around)
        candidate = None if is_part else candidate_of(run, answer)
        if candidate is not None:
            yield candidate


def _as_usual(body: str, labels: LabelSet | None) -> str:
    """Write `b-per` and `per-B` as `B-per`, and where tags are in small letters `o` as `O`; `per` is a label."""

    def turned(match: re.Match[str]) -> str:
        is_label = known(match["label"], labels) and not known(match[0], labels)
        return f"{match['position']}-{match['label']}" if is_label else match[0]

    def raised(match: re.Match[str]) -> str:
        return match[0].upper() if known(match["label"], labels) else match[0]

    if labels is None:
        return body
    body = _TAG_BEHIND.sub(turned, body)
    in_capitals = _LOWER_TAG.sub(raised, body)
    return body if in_capitals == body else _LOWER_OUTSIDE.sub("O", in_capitals)


def candidate_of(run: list[Tagged], answer: Answer, strict: bool = False) -> Candidate | None:
    """Turn tagged tokens into claims with their places in the source; None when they are no answer."""
    source = answer.source
    tokens = [one.token.removeprefix("##") for one in run]
    text = source.text if source.given else " ".join(tokens)
    places = walk(tokens, text)
    if strict and None in places:
        return None
    is_copy = strict or any(one.tag == "O" for one in run) or "".join(tokens) == "".join(text.split())
    if sum(place is None for place in places) * 3 > len(places) or not is_copy:
        places = [None] * len(run)
    if source.given and not is_copy and not any(source.has(token) for token in tokens[:50]):
        return None
    candidate = Candidate(run[0].start, run[-1].end, strict=strict, text=None if source.given else text)
    for low, high, label in joined([one.tag for one in run], answer.labels):
        first, last = places[low], places[high - 1]
        mention = ""
        for one in run[low:high]:
            mention += one.token[2:] if one.token.startswith("##") and mention else f" {one.token}"
        mention = mention.strip()
        lead, spare = _rim(tokens[low], tokens[high - 1], mention)
        claim = Claim(mention[lead : len(mention) - spare], label, (run[low].start, run[high - 1].end))
        if first is not None and last is not None:
            claim.copied = (first[0] + lead, last[1] - spare)
            if all(place is not None and text[place[0] : place[1]] == token
                   for place, token in zip(places[low:high], tokens[low:high], strict=True)):  # fmt: skip
                claim.text = text[first[0] + lead : last[1] - spare]
        candidate.claims.append(claim)
    if not strict:
        candidate.note("shape", "tokens with tags", candidate.start, candidate.end)
    candidate.says_none = not candidate.claims and is_copy
    return candidate


def _rim(first: str, last: str, mention: str) -> tuple[int, int]:
    """Count the punctuation marks before and behind the words of a mention that are no part of it.

    >>> _rim('"The', 'Us"', '"The Last of Us"'), _rim("Acme", "Inc.", "Acme Inc."), _rim("f()", "f()", "f()")
    ((1, 1), (0, 0), (0, 0))

    """
    opened = "".join(char for char in "([{" if mention.count(char) > mention.count(CLOSING[OPENING.index(char)]))
    closed = "".join(char for char in ")]}" if mention.count(char) > mention.count(OPENING[CLOSING.index(char)]))
    lead = len(first) - len(first.lstrip(f"{QUOTES}{opened}"))
    plain = last if SHORTENED.search(last) else last.rstrip(f".,;:!?{QUOTES}{closed}")
    spare = len(last) - len(plain)
    return lead if first[lead:][:1].isalnum() else 0, spare if plain[-1:].isalnum() else 0


def joined(tags: list[str], labels: LabelSet | None) -> Iterator[tuple[int, int, str]]:
    """Yield the entities of a sequence of tags, whatever the scheme: IOB1, IOB2, IOBES, BILOU, plain labels.

    >>> list(joined(["B-PER", "I-PER", "O", "S-LOC"], None))
    [(0, 2, 'PER'), (3, 4, 'LOC')]

    """
    start, label = 0, ""
    for at, tag in enumerate(tags):
        position, name = _split(tag, labels)
        if label and (position in _BEGINS or name != label):
            yield start, at, label
            label = ""
        if name and not label:
            start, label = at, name
        if label and position in _ENDS:
            yield start, at + 1, label
            label = ""
    if label:
        yield start, len(tags), label


def _split(tag: str, labels: LabelSet | None) -> tuple[str, str]:
    if tag == "O":
        return "O", ""
    if tag[1:2] in ("-", "_") and not known(tag, labels):
        return tag[0], tag[2:]
    return "I", tag


def _runs_of_lines(answer: Answer) -> Iterator[list[Tagged]]:
    """Yield runs of lines that are a token and its tag; one line between them may be something else."""
    run: list[Tagged] = []
    other = 0
    at = 0
    names = answer.labels.known if answer.labels is not None else frozenset[str]()
    for line in answer.body.split("\n"):
        tagged = _line(line, at, names, answer.source) if line.strip() else []
        if tagged:
            run += tagged
            other = 0
        elif line.strip():
            other += 1
            if other > 1 and run:
                if _is_run(run, names):
                    yield run
                run = []
        at += len(line) + 1
    if _is_run(run, names) or (len(run) == 1 and run[0].tag != "O" and len(answer.body.split()) <= 4):
        yield run


def _is_run(run: list[Tagged], names: frozenset[str]) -> bool:
    """Tell whether lines are tokens with tags: several, and where tags are bare labels, others that are O."""
    tags = {one.tag for one in run}
    return len(run) > 1 and ("O" in tags or tags.isdisjoint(names))


def _line(line: str, at: int, names: frozenset[str], source: Source) -> list[Tagged]:
    """Read a line: a token and its tag, either first, or a phrase with a tag for each of its tokens."""
    if len(line) > _LONGEST:
        return []
    number = _NUMBER.match(line)
    low, high = (number.end() if number else 0), len(line)
    tags: list[str] = []
    while len(tags) <= _MOST_WORDS and (match := _AT_END.search(line[low:high])) is not None:
        tags.insert(0, match[1])
        high = low + match.start()
    words = line.split()
    if not tags and (match := _AT_START.match(line[low:])) is not None:
        tags, low = [match[1]], low + match.end()
    elif not tags and len(words) > 1 and words[-1] in names:
        tags, high = [words[-1]], line.rindex(words[-1])
    if not tags or low >= high:
        return []
    token = line[low:high].strip(" |\t\"'`")
    if len(token) > 1:
        token = token.rstrip(":=> ").strip("*") or token
    if "|" in token or "\t" in token:  # other columns: a number, a part of speech
        columns = [part.strip() for part in re.split(r"[|\t]", token)]
        token = next((part for part in columns if part and not part.isdigit()), columns[0])
    words = token.split()
    if not words or len(words) > _MOST_WORDS:
        return []
    end = at + len(line.rstrip())
    is_phrase = len(words) > 1 and source.given and token in source.text
    if is_phrase and len(tags) == len(words):
        return [Tagged(*pair, at + low, end) for pair in zip(words, tags, strict=True)]
    return [Tagged(token if is_phrase else words[0], tags[-1], at + low, end)]


@lru_cache(maxsize=16)
def _bare_tags(names: frozenset[str]) -> re.Pattern[str]:
    """Match `token/O` and `token/LABEL`, or `token(O)` and `token(LABEL)`."""
    tags = "|".join(map(re.escape, ("O", *sorted(names))))
    return re.compile(rf"(?<=\S)(?:[(\[]({tags})[)\]]|/({tags})(?=\s|\Z))")


def _runs_in_text(answer: Answer, pattern: re.Pattern[str]) -> Iterator[list[Tagged]]:
    """Yield runs of `token(tag)`, `token/tag` or `token tag` between white space; words of the text need no tag."""
    body = answer.body
    of_text = frozenset(_TOKEN.findall(answer.source.text))
    run: list[Tagged] = []
    last = 0
    for match in pattern.finditer(body):
        words = body[last : match.start()].split()
        is_on_line = run and "\n" not in body[last : match.start()]
        others = _TOKEN.findall(" ".join(words[:-1])) if is_on_line else []
        if others and of_text.issuperset(others):
            run += [Tagged(other, "O", last, match.start()) for other in others]
        elif len(words) > 1 + 2 * (len(run) > 3) and run:
            if len(run) > 1:
                yield run
            run = []
        if words:
            start = body.rindex(words[-1], last, match.start())
            word = words[-1].lstrip("([{<\"'") or words[-1] if match[2] and match[0][-1] in ")]," else words[-1]
            run.append(Tagged(word, match[1] or match[2], start, match.end()))
        last = match.end()
    if len(run) > 1:
        yield run


def _runs_of_tags(answer: Answer) -> Iterator[list[Tagged]]:
    """Yield lists of tags alone: for the tokens of the line before, or for those of the text."""
    before: list[str] = []
    for piece in _PIECE.finditer(answer.body):
        named = _NAMED.match(piece[0])
        listed = piece[0][named.end() if named else 0 :].strip()
        if "\n" in listed:
            listed = " ".join(line.split()[-1] for line in listed.split("\n"))
        words = listed.replace(",", " ").strip(" []").split()
        if listed[:1] == "[":
            words = [word.strip("\"'") for word in re.findall(r"\"[^\"]*\"|'[^']*'|[^\s,\[\]]+", listed)]
        tags = [word.strip("\"'") for word in words]
        if len(tags) > 1 and all(map(_ALONE.fullmatch, tags)):
            for tokens in (before, answer.source.text.split(), _TOKEN.findall(answer.source.text)):
                if len(tokens) == len(tags):
                    yield [Tagged(*pair, *piece.span()) for pair in zip(tokens, tags, strict=True)]
                    break
        if words:
            before = words
