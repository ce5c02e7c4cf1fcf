"""Apply what real models get wrong to right answers, and count what is found and what is lost without a word.

    python benchmarks/faults.py [--data CORPUS ...] [--documents 40] [--formats xml ...] [--faults ...] [--show 3]

The right reading is known by construction: an answer names the gold entities of a document, one
fault is applied to it, and the entities must come back.  `recall` is the share of them that do;
`silent` counts those of which the prediction holds no trace: not placed, not unplaced, in no issue.
langextract's resolver and a plain `str.find` on parsed JSON read the same faults in the same run.

    pip install langextract        (without it its column is left out)
"""

from __future__ import annotations

import argparse
import html
import json
import logging
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import genner
from genner.study.samples import SAMPLES, load_sample
from genner.testing.laws import is_accounted_for
from genner.types import Document, Entity, Label, LabelSet

INLINE = ("bracket", "xml")
PAPER = ("bracket", "xml", "grouped-json", "occurrence-json", "offset-json")


class Claim(NamedTuple):
    """What an answer says of one gold entity: its words, label, place and count."""

    text: str
    label: str
    start: int
    end: int
    count: int
    gold: Entity


@dataclass
class Answer:
    """A right answer before it is written: its claims, and the copy that an inline answer makes of the text."""

    document: Document
    claims: list[Claim]
    copy: str = ""
    copied: list[Entity] = field(default_factory=list)
    """The entities at their places in the copy, one for each claim."""
    labels: LabelSet | None = None


def right_answer(document: Document, labels: LabelSet) -> Answer:
    text = document.text
    claims = []
    for entity in document.entities:
        surface = text[entity.start : entity.end]
        count, at = 1, text.find(surface)
        while 0 <= at < entity.start:
            count, at = count + 1, text.find(surface, at + 1)
        claims.append(Claim(surface, entity.label, entity.start, entity.end, count, entity))
    return Answer(document, claims, text, list(document.entities), labels)


# -- faults ---------------------------------------------------------------------------------------------

Edit = tuple[int, int, str]


def edited(answer: Answer, edits: Sequence[Edit]) -> Answer:
    """Apply edits to the copy and to the words of the claims, whose places move with them."""
    pieces: list[str] = []
    moved: dict[int, int] = {}
    at = length = 0
    for start, end, new in sorted(edits):
        if start < at:
            continue
        moved.update((old, length + old - at) for old in range(at, start + 1))
        pieces += [answer.copy[at:start], new]
        length += start - at + len(new)
        moved.update((old, length) for old in range(start + 1, end))
        at = end
    moved.update((old, length + old - at) for old in range(at, len(answer.copy) + 1))
    copy = "".join(pieces) + answer.copy[at:]
    copied = [Entity(moved[e.start], moved[e.end], e.label) for e in answer.copied if moved[e.start] < moved[e.end]]
    if len(copied) < len(answer.copied):
        return answer
    claims = [claim._replace(text=copy[e.start : e.end]) for claim, e in zip(answer.claims, copied, strict=True)]
    return Answer(answer.document, claims, copy, copied, answer.labels)


_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


def everywhere(change: Callable[[str], str]) -> Callable[[Answer, random.Random], Answer]:
    """Make a fault that changes each word and mark of the text alike."""

    def fault(answer: Answer, _rng: random.Random) -> Answer:
        edges = sorted({0, len(answer.copy), *(at for entity in answer.copied for at in entity[:2])})
        # a word is changed in parts where an entity begins or ends in it, so that its edge stays where it was
        pieces = [m for low, high in pairwise(edges) for m in _PIECE.finditer(answer.copy, low, high)]
        return edited(answer, [(m.start(), m.end(), change(m[0])) for m in pieces if change(m[0]) != m[0]])

    return fault


def one_word(change: Callable[[str], str]) -> Callable[[Answer, random.Random], Answer]:
    """Make a fault that changes one word that is in no entity."""

    def fault(answer: Answer, rng: random.Random) -> Answer:
        inside = {at for e in answer.copied for at in range(e.start - 1, e.end + 1)}
        words = [m for m in re.finditer(r"\w+ ", answer.copy) if not inside & set(range(m.start(), m.end()))]
        if not words:
            return answer
        word = rng.choice(words)
        return edited(answer, [(word.start(), word.end(), change(word[0]))])

    return fault


def typo(where: str, how: str) -> Callable[[Answer, random.Random], Answer]:
    """Make a fault that misspells one letter of every mention of eight or more characters, nested ones left out."""

    def fault(answer: Answer, rng: random.Random) -> Answer:
        edits = []
        for entity in answer.copied:
            alone = not any(o.start < entity.end and entity.start < o.end for o in answer.copied if o is not entity)
            surface = answer.copy[entity.start : entity.end]
            if len(surface) < 8 or not alone or not (surface[0] + surface[-1]).isalpha():
                continue
            middle = [at for at in range(2, len(surface) - 2) if surface[at - 1 : at + 2].isalpha()]
            if where == "middle" and not middle:
                continue
            at = {"first": 0, "last": len(surface) - 1, "middle": rng.choice(middle or [0])}[where]
            letter = rng.choice([c for c in "aeioutnsr" if c != surface[at].lower()])
            start = entity.start + at
            edits.append(
                {
                    "substituted": (start, start + 1, letter),
                    "deleted": (start, start + 1, ""),
                    "inserted": (start, start, letter) if where != "last" else (start, start + 1, surface[at] + letter),
                }[how]
            )
        inserted_first = where == "first" and how == "inserted"
        return _prefixed(answer, edits) if inserted_first else edited(answer, edits)

    return fault


def _prefixed(answer: Answer, edits: Sequence[Edit]) -> Answer:
    """Put letters before the first letter of mentions, inside the entity."""
    return edited(answer, [(start, start + 1, letter + answer.copy[start]) for start, _, letter in edits])


def claims_changed(change: Callable[[Claim, int, Answer], Claim]) -> Callable[[Answer, random.Random], Answer]:
    def fault(answer: Answer, _rng: random.Random) -> Answer:
        claims = [change(claim, at, answer) for at, claim in enumerate(answer.claims)]
        copied = [Entity(e.start, e.end, c.label) for e, c in zip(answer.copied, claims, strict=True)]
        return Answer(answer.document, claims, answer.copy, copied, answer.labels)

    return fault


def in_bytes(claim: Claim, _at: int, answer: Answer) -> Claim:
    text = answer.document.text
    return claim._replace(start=len(text[: claim.start].encode()), end=len(text[: claim.end].encode()))


def in_utf16(claim: Claim, _at: int, answer: Answer) -> Claim:
    start, end = (len(answer.document.text[:at].encode("utf-16-le")) // 2 for at in (claim.start, claim.end))
    return claim._replace(start=start, end=end)


def by_words(claim: Claim, _at: int, answer: Answer) -> Claim:
    return claim._replace(count=len(answer.document.text[: claim.start].split()) + 1)


def with_full_stop(claim: Claim, _at: int, answer: Answer) -> Claim:
    """Put a full stop behind a mention, but where the text has one there too it would be another mention."""
    text = f"{claim.text}."
    return claim if text in answer.document.text else claim._replace(text=text)


def shuffled(answer: Answer, rng: random.Random) -> Answer:
    order = list(range(len(answer.claims)))
    rng.shuffle(order)
    claims, copied = ([side[at] for at in order] for side in (answer.claims, answer.copied))
    return Answer(answer.document, claims, answer.copy, copied, answer.labels)  # type: ignore[arg-type]


def twice(answer: Answer, _rng: random.Random) -> Answer:
    return Answer(answer.document, answer.claims * 2, answer.copy, answer.copied, answer.labels)


QUOTES = str.maketrans({"'": "’", '"': "“", "’": "'", "“": '"', "”": '"'})
TITLES = {"PER": "person", "ORG": "organization", "LOC": "location"}

CLAIM_FAULTS: dict[str, tuple[str, Callable[[Answer, random.Random], Answer]]] = {
    "none": ("whole", lambda answer, _rng: answer),
    "a word dropped": ("whole", one_word(lambda word: "")),
    "a word added": ("whole", one_word(lambda word: word + "very ")),
    "a word changed": ("whole", one_word(lambda word: "thing ")),
    "lower case": ("whole", everywhere(str.lower)),
    "upper case": ("whole", everywhere(str.upper)),
    "quotes changed": ("whole", everywhere(lambda piece: piece.translate(QUOTES))),
    "spaces doubled": ("whole", everywhere(lambda piece: "  " if piece == " " else piece)),
    "lines wrapped": ("whole", everywhere(lambda piece: "\n" if piece == " " else piece)),
    "NFD": ("whole", everywhere(lambda piece: unicodedata.normalize("NFD", piece))),
    "NFKC": ("whole", everywhere(lambda piece: unicodedata.normalize("NFKC", piece) if piece.strip() else piece)),
    "accents dropped": (
        "whole",
        everywhere(lambda p: "".join(c for c in unicodedata.normalize("NFD", p) if not unicodedata.combining(c)) or p),
    ),
    "HTML entities": ("whole", everywhere(html.escape)),
    "dashes changed": ("whole", everywhere(lambda piece: {"-": "–", "–": "-"}.get(piece, piece))),
    "offsets off by one": ("offset", claims_changed(lambda c, _n, _a: c._replace(start=c.start + 1, end=c.end + 1))),
    "offsets from 1": ("offset", claims_changed(lambda c, _n, _a: c._replace(start=c.start + 1))),
    "inclusive ends": ("offset", claims_changed(lambda c, _n, _a: c._replace(end=c.end - 1))),
    "offsets in bytes": ("offset", claims_changed(in_bytes)),
    "offsets in UTF-16": ("offset", claims_changed(in_utf16)),
    "offsets all 0": ("offset", claims_changed(lambda c, _n, _a: c._replace(start=0, end=0))),
    "ends beyond the text": ("offset", claims_changed(lambda c, _n, a: c._replace(end=len(a.document.text) + 9))),
    "counts from 0": ("count", claims_changed(lambda c, _n, _a: c._replace(count=c.count - 1))),
    "counts by words": ("count", claims_changed(by_words)),
    "counts all 1": ("count", claims_changed(lambda c, _n, _a: c._replace(count=1))),
    "counts are row numbers": ("count", claims_changed(lambda c, n, _a: c._replace(count=n + 1))),
    "labels in lower case": ("whole", claims_changed(lambda c, _n, _a: c._replace(label=c.label.lower()))),
    "labels are titles": ("whole", claims_changed(lambda c, _n, _a: c._replace(label=TITLES.get(c.label, c.label)))),
    "labels with B-": ("whole", claims_changed(lambda c, _n, _a: c._replace(label=f"B-{c.label}"))),
    "items shuffled": ("list", shuffled),
    "items twice": ("list", twice),
    "quotes around mentions": ("list", claims_changed(lambda c, _n, _a: c._replace(text=f'"{c.text}"'))),
    "stars around mentions": ("list", claims_changed(lambda c, _n, _a: c._replace(text=f"**{c.text}**"))),
    "spaces around mentions": ("list", claims_changed(lambda c, _n, _a: c._replace(text=f" {c.text} "))),
    "a full stop behind mentions": ("list", claims_changed(with_full_stop)),
    **{
        f"{where} letter {how}": ("typo", typo(where, how))
        for where in ("first", "middle", "last")
        for how in ("substituted", "deleted", "inserted")
    },
}
"""Faults of the claims: which answers they apply to (all, those with offsets, counts, lists), and how."""


def _cut(output: str, rng: random.Random) -> str:
    return output[: rng.randrange(len(output) // 2, len(output))] if output else output


def _without(mark: str) -> Callable[[str, random.Random], str]:
    """Delete one of the places of a mark that is outside of strings, where there is one."""

    def fault(output: str, rng: random.Random) -> str:
        places = outside_strings(output, mark)
        if not places:
            return output
        at = rng.choice(places)
        return output[:at] + output[at + len(mark) :]

    return fault


def _doubled(mark: str) -> Callable[[str, random.Random], str]:
    def fault(output: str, rng: random.Random) -> str:
        places = outside_strings(output, mark)
        at = rng.choice(places) if places else len(output)
        return output[:at] + mark + output[at:] if places else output

    return fault


def outside_strings(output: str, mark: str) -> list[int]:
    """Return where `mark` is, outside of the strings of a JSON text (a quote mark: where a string begins or ends)."""
    strings = [match.span() for match in re.finditer(r'"(?:[^"\\]|\\.)*"', output)]
    if mark == '"':
        return [place for start, end in strings for place in (start, end - 1)]
    blank = list(output)
    for start, end in strings:
        blank[start:end] = "_" * (end - start)
    return [match.start() for match in re.finditer(re.escape(mark), "".join(blank))]


OUTPUT_FAULTS: dict[str, tuple[str, Callable[[str, random.Random], str]]] = {
    "a fence": ("whole", lambda output, _rng: f"```json\n{output}\n```"),
    "chatter around": ("whole", lambda output, _rng: f"Sure! Here are the entities:\n\n{output}\n\nLet me know!"),
    "reasoning before": ("whole", lambda output, _rng: f"<think>\nFirst I look.\n</think>\n\n{output}"),
    "the answer twice": ("whole", lambda output, _rng: f"{output}\n\n{output}"),
    "cut": ("cut", _cut),
    "JSON in a string": ("json", lambda output, _rng: json.dumps(output)),
    "Python literals": ("json", lambda output, _rng: repr(json.loads(output))),
    "a wrapper": ("json", lambda output, _rng: '{"entities": ' + output + "}"),
    "pretty-printed": ("json", lambda output, _rng: json.dumps(json.loads(output), indent=2)),
    "no last bracket": ("json", lambda output, _rng: output.rstrip()[:-1]),
    "a bracket too many": ("json", lambda output, _rng: output + output.rstrip()[-1]),
    "a comma at the end": ("json", lambda output, _rng: output.rstrip()[:-1] + "," + output.rstrip()[-1]),
    "a comma deleted": ("json", _without(", ")),
    "a brace deleted": ("json", _without("}")),
    "a brace doubled": ("json", _doubled("}")),
    "a closing square bracket deleted": ("json", _without("]")),
    "a quote deleted": ("json", _without('"')),
    "a quote doubled": ("json", _doubled('"')),
}
"""Faults of the written answer: "json" are those of JSON answers, "cut" loses what comes behind it."""


# -- systems --------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """What a system makes of an output: entities, and how it accounts for one mention."""

    entities: Sequence[tuple[int, int, str]]
    accounts_for: Callable[[str, str], bool] | None = None


class System(NamedTuple):
    name: str
    family: str
    write: Callable[[Answer], str | None]
    read: Callable[[str, Answer], Reading]


def write_inline(name: str) -> Callable[[Answer], str | None]:
    def write(answer: Answer) -> str | None:
        try:
            document = Document(answer.copy, set(answer.copied))
            return genner.encode(document, name)
        except genner.EncodeError:
            return None

    return write


def write_json(name: str) -> Callable[[Answer], str | None]:
    def write(answer: Answer) -> str | None:
        if name == "grouped-json":
            groups: dict[str, list[str]] = {label: [] for label in answer.labels or ()}
            for claim in answer.claims:
                groups.setdefault(claim.label, []).append(claim.text)
            return json.dumps(groups, ensure_ascii=False)
        items: list[dict[str, Any]] = []
        for claim in answer.claims:
            item: dict[str, Any] = {"text": claim.text, "label": claim.label}
            if name == "occurrence-json":
                item["occurrence_index"] = claim.count
            if name == "offset-json":
                item |= {"start": claim.start, "end": claim.end}
            items.append(item)
        return json.dumps(items, ensure_ascii=False)

    return write


def read_with_genner(name: str) -> Callable[[str, Answer], Reading]:
    codec = genner.get_codec(name)

    def read(output: str, answer: Answer) -> Reading:
        text = answer.document.text
        prediction = codec.decode(output, text, labels=answer.labels)
        return Reading(prediction.entities, lambda mention, out: is_accounted_for(prediction, mention, out))

    return read


def find_plainly(output: str, answer: Answer) -> Reading:
    """Parse with `json.loads` and place each mention at its next plain hit."""
    text, found, after = answer.document.text, [], defaultdict(int)
    try:
        items = json.loads(output)
        for item in items:
            at = text.find(item["text"], after[item["text"]])
            if at >= 0:
                after[item["text"]] = at + 1
                found.append((at, at + len(item["text"]), item["label"]))
    except (ValueError, TypeError, KeyError):
        return Reading([])
    return Reading(found)


def write_extractions(answer: Answer) -> str:
    items = [{claim.label: claim.text} for claim in answer.claims]
    return json.dumps({"extractions": items}, ensure_ascii=False)


def read_with_langextract() -> Callable[[str, Answer], Reading]:
    from langextract import resolver
    from langextract.core import data

    logging.getLogger("absl").setLevel(logging.CRITICAL)

    reader = resolver.Resolver(format_type=data.FormatType.JSON)

    def read(output: str, answer: Answer) -> Reading:
        text = answer.document.text
        try:
            extractions = reader.resolve(output, suppress_parse_errors=True)
            aligned = list(reader.align(extractions, text, 0, 0))
        except Exception:  # its own errors are many, and each loses the whole answer
            return Reading([])
        places = [(one.char_interval, one.extraction_class) for one in aligned if one.char_interval]
        return Reading([(place.start_pos, place.end_pos, label) for place, label in places])

    return read


def systems(formats: Sequence[str]) -> Iterator[System]:
    for name in formats:
        family = "inline" if name in INLINE else name
        write = write_inline(name) if name in INLINE else write_json(name)
        yield System(name, family, write, read_with_genner(name))
    yield System("str.find", "items", write_json("plain"), find_plainly)
    try:
        yield System("langextract", "items", write_extractions, read_with_langextract())
    except ImportError:
        print("langextract is not installed: its column is left out", file=sys.stderr)


# -- counting -------------------------------------------------------------------------------------------


@dataclass
class Tally:
    gold: int = 0
    found: int = 0
    silent: int = 0
    spurious: int = 0

    def __str__(self) -> str:
        if not self.gold:
            return "-"
        silent = f" ({self.silent})" if self.silent else ""
        return f"{100 * self.found / self.gold:.1f}{silent}"


def applies(kind: str, system: System) -> bool:
    if kind == "offset":
        return system.name == "offset-json"
    if kind == "count":
        return system.name == "occurrence-json"
    if kind == "cut":
        return system.family == "items" or system.name in ("occurrence-json", "offset-json")
    if kind == "json":
        return system.family not in ("inline", "lines")
    return kind != "list" or system.family != "inline"


def broken_answers(
    answer: Answer, system: System, seed: int, only: Sequence[str] | None
) -> Iterator[tuple[str, str, Answer, list[int]]]:
    """Yield fault, output, the answer behind it, and the claims that count: those a fault has touched, or all."""
    for name, (kind, fault) in CLAIM_FAULTS.items():
        if applies(kind, system) and (not only or name in only):
            changed = fault(answer, random.Random(seed))
            if kind in ("offset", "count"):
                touched = changed.claims != answer.claims
            else:
                touched = (changed.copy, changed.claims) != (answer.copy, answer.claims)
            output = system.write(changed) if touched or name == "none" else None
            if output is not None:
                numbers = list(range(len(answer.claims)))
                if kind == "typo":
                    numbers = [n for n in numbers if changed.claims[n].text != answer.claims[n].text]
                yield name, output, changed, numbers
    right = system.write(answer)
    if right is None:
        return
    every = list(range(len(answer.claims)))
    for name, (kind, change) in OUTPUT_FAULTS.items():
        if not applies(kind, system) or (only and name not in only):
            continue
        output = change(right, random.Random(seed))
        if output != right:
            yield name, output, answer, _whole(right, len(output), answer.claims) if kind == "cut" else every


def _whole(right: str, length: int, claims: Sequence[Claim]) -> list[int]:
    """Return the numbers of the claims of a list of objects that are complete within its first `length` characters."""
    at, whole = 0, []
    for number, claim in enumerate(claims):
        at = right.index("}", right.index(json.dumps(claim.text, ensure_ascii=False), at)) + 1
        if at <= length:
            whole.append(number)
    return whole


def count(
    tally: Tally, reading: Reading, output: str, answer: Answer, numbers: Sequence[int], positional: bool
) -> list[Claim]:
    """Add one answer; return the claims that were not found."""
    text = answer.document.text
    claims = [answer.claims[number] for number in numbers]
    have: Counter[Any] = Counter(tuple(e) if positional else (text[e[0] : e[1]], e[2]) for e in reading.entities)
    missed = []
    for claim in claims:
        start, end, label = claim.gold
        wanted = (start, end, label) if positional else (text[start:end], label)
        tally.gold += 1
        if have[wanted]:
            have[wanted] -= 1
            tally.found += 1
            continue
        missed.append(claim)
        if reading.accounts_for is not None and not reading.accounts_for(claim.text, output):
            tally.silent += 1
    return missed


def run(documents: Sequence[Document], labels: LabelSet, options: argparse.Namespace) -> dict[str, dict[str, Tally]]:
    table: dict[str, dict[str, Tally]] = {name: {} for name in (*CLAIM_FAULTS, *OUTPUT_FAULTS)}
    shown: Counter[tuple[str, str]] = Counter()
    for system in systems(options.formats):
        for seed, document in enumerate(documents):
            answer = right_answer(document, labels)
            for fault, output, behind, numbers in broken_answers(answer, system, seed, options.faults):
                tally = table[fault].setdefault(system.name, Tally())
                # a list without places, or with counts that say nothing, cannot tell one place from another
                positional = system.name in (*INLINE, "offset-json", "occurrence-json") and fault not in (
                    "counts all 1",
                    "counts are row numbers",
                    "offsets all 0",
                    "ends beyond the text",
                    "items twice",
                )
                missed = count(tally, system.read(output, behind), output, behind, numbers, positional)
                if missed and shown[fault, system.name] < options.show and system.name in PAPER:
                    shown[fault, system.name] += 1
                    prediction = genner.decode(output, document.text, format=system.name, labels=labels)
                    print(f"\n# {fault}, {system.name}: {[tuple(claim) for claim in missed][:3]}", file=sys.stderr)
                    print(f"  text   {document.text[:300]!r}\n  output {output[:600]!r}", file=sys.stderr)
                    print(f"  read   {prediction!r:.600}", file=sys.stderr)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", help="corpora; the sample corpora when not given")
    parser.add_argument("--documents", type=int, default=40, help="documents of each corpus, drawn with a fixed seed")
    parser.add_argument("--formats", nargs="+", default=list(PAPER))
    parser.add_argument("--faults", nargs="+", help="only these")
    parser.add_argument("--show", type=int, default=0, help="print this many misses of each fault and format")
    options = parser.parse_args()
    corpora = (
        [list(genner.read(path)) for path in options.data] if options.data else [list(load_sample(n)) for n in SAMPLES]
    )
    table: dict[str, dict[str, Tally]] = {}
    for corpus in corpora:
        names = sorted({entity.label for document in corpus for entity in document.entities})
        labels = LabelSet([Label(name, title=TITLES.get(name, "")) for name in names])
        fitting = [d for d in corpus if d.entities and len(d.text) <= 4000 and len(set(d.entities)) == len(d.entities)]
        documents = random.Random(0).sample(fitting, min(options.documents, len(fitting)))
        for fault, row in run(documents, labels, options).items():
            for name, tally in row.items():
                total = table.setdefault(fault, {}).setdefault(name, Tally())
                for part, value in vars(tally).items():
                    setattr(total, part, getattr(total, part) + value)
    show(table)


def show(table: dict[str, dict[str, Tally]]) -> None:
    """Print recall in percent by fault and system, silent losses in parentheses."""
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    print(f"| fault | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for fault, row in table.items():
        if row:
            print(f"| {fault} | {' | '.join(str(row.get(name, Tally())) for name in names)} |")
    kinds = {name: kind for name, (kind, _) in (*CLAIM_FAULTS.items(), *OUTPUT_FAULTS.items())}
    for title, wanted in (("all without typos", lambda k: k != "typo"), ("typos", lambda k: k == "typo")):
        sums = {name: Tally() for name in names}
        for fault, row in table.items():
            for name, tally in row.items() if wanted(kinds[fault]) else ():
                for part, value in vars(tally).items():
                    setattr(sums[name], part, getattr(sums[name], part) + value)
        print(f"| **{title}** | {' | '.join(map(str, sums.values()))} |")


if __name__ == "__main__":
    main()
