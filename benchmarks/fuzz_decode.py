"""Fuzz the decoders near their formats: one item of a valid answer is mutated, and every other must be read.

    python benchmarks/fuzz_decode.py [--inputs 1000000] [--workers 2] [--state fuzz.json] [--formats ...]

Input number n is the same in every run, in the format whose turn it is; `--formats` leaves out the others.  Nothing
may raise, no entity may leave the text, two readings must be equal, and no item but the mutated one may be lost.  With
`--state` finished blocks are kept in a file, and a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

import genner
from genner.testing.laws import check_decode
from genner.types import Document, Entity

LABELS = genner.LabelSet(["PER", "ORG", "LOC"])
FORMATS = tuple(name for name in genner.formats() if name != "tags")
BLOCK = 1_000
"""Inputs of one format that are run together."""

WORDS = (
    *("left", "saw", "the", "of", "and", "in", "[1]", "a|b", "<b>", "said:", '"so"', "it's", "\\n", "R&D", "{x}"),
    *("naïve", "東京", "e\u0301t", "🙂", "1,5", "(see", "it)", "-", "O", "none"),
)
NAMES = (
    *("Ann Reed", "Zoë", "Bob O'Hara", "Acme Corp.", "AT&T", "Oslo", "New York", "İzmir", "大阪市", "C++ Guild"),
    *("X-Ray Lab", "Dr. No", "U.S. Navy", "Łódź", "P. 7", "Yahoo!", "Kim, Lee", "Q/A Team", "[Kivi]", "Ø<1>"),
)
PIECES = (*"[]{}|<>/\"\\,:;'` \n", "é", "1", "\0", "\ud800", "null", "```", "<PER>", " | ", "📍")


class Input(NamedTuple):
    name: str
    output: str
    text: str
    labels: genner.LabelSet
    kept: set[Entity]


def document_of(rng: random.Random) -> Document:
    """Make a text in which each of a few names is once."""
    names = rng.sample(NAMES, rng.randint(2, 6))
    text, entities = "", []
    for name in names:
        text += "".join(rng.choice(WORDS) + " " for _ in range(rng.randint(0, 4)))
        entities.append(Entity(len(text), len(text) + len(name), rng.choice(list(LABELS))))
        text += name + rng.choice((" ", ", ", ". ", "\n", " "))
    return Document(text, entities)


def changed(piece: str, rng: random.Random) -> str:
    """Delete, insert, replace or double one character."""
    at = rng.randrange(len(piece) + 1)
    kind = rng.choice(("delete", "insert", "replace", "double"))
    if kind == "insert" or at == len(piece):
        return piece[:at] + rng.choice(PIECES) + piece[at:]
    new = {"delete": "", "replace": rng.choice(PIECES), "double": piece[at] * 2}[kind]
    return piece[:at] + new + piece[at + 1 :]


STRANGE: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, "", [], {}, [[]], "Ann", ["PER"], {"text": 1}, "\ud800")


def item_mutated(item: str, rng: random.Random) -> str:
    """Mutate the JSON of one item: a field of another type, missing, renamed or added, or one character."""
    value = json.loads(item)
    kind = rng.choice(("character", "value", "missing", "renamed", "added", "whole"))
    if kind == "character" or not isinstance(value, dict):
        return changed(item, rng) if kind != "whole" else json.dumps(rng.choice(STRANGE))
    if kind == "whole":
        return json.dumps(rng.choice(STRANGE))
    key = rng.choice(list(value))
    if kind == "value":
        value[key] = rng.choice(STRANGE)
    elif kind == "added":
        value[rng.choice(("id", "reason", "children", "span"))] = rng.choice(STRANGE)
    else:
        old = value.pop(key)
        if kind == "renamed":
            value[key.upper() + rng.choice("_ x")] = old
    return json.dumps(value)


def input_of(number: int) -> Input:
    rng = random.Random(number)
    name = FORMATS[number % len(FORMATS)]
    document = document_of(rng)
    labels = LABELS
    if name == "marks":  # which name no label
        labels = genner.LabelSet(["PER"])
        document = Document(document.text, [(start, end, "PER") for start, end, _ in document.entities])
    output = genner.get_codec(name).encode(document, labels=labels)
    victim = rng.choice(document.entities)
    written = re.escape(document.surface(victim))
    quoted = re.escape(json.dumps(document.surface(victim), ensure_ascii=False))
    pattern = {
        "bracket": rf"\[{written} \| \w+\]",
        "xml": rf"<(\w+)>{written}</\1>",
        "grouped-json": quoted,
        "marks": f"@@{written}##",
        "lines": rf"(?m)^{written} \(\w+\)$",
        "code": rf"\w+\(span={quoted}\)",
    }.get(name, rf'\{{"text": {quoted}[^{{}}]*\}}')
    place = re.search(pattern, output)
    kept = set(document.entities) - {victim}
    if place is None:  # the surface is escaped in this answer
        return Input(name, output, document.text, labels, kept)
    inside = output[place.start() : place.end()]
    new = item_mutated(inside, rng) if name.endswith("json") else changed(inside, rng)
    output = output[: place.start()] + new + output[place.end() :]
    if rng.random() < 0.2:
        output = rng.choice(("```json\n{}\n```", "Here:\n{}", "<think>x</think>{}", "{}\n\nDone.")).replace(
            "{}", output
        )
    return Input(name, output, document.text, labels, kept)


def run_block(task: tuple[str, int]) -> tuple[str, list[str]]:
    """Run one block of one format; return its name in the state and what failed."""
    name, block = task
    failures = []
    for turn in range(block * BLOCK, (block + 1) * BLOCK):
        number = turn * len(FORMATS) + FORMATS.index(name)
        made = input_of(number)
        try:
            prediction = check_decode(genner.get_codec(made.name), made.output, made.text, labels=made.labels)
            lost = made.kept - set(prediction.entities)
            if lost:
                failures.append(f"{number} {made.name} lost {sorted(lost)}: {made.output!r} of {made.text!r}")
        except Exception as error:
            failures.append(f"{number} {made.name} {type(error).__name__}: {error!s:.200}: {made.output!r}")
    return f"{name} {block}", failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all formats together")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--state", type=Path, help="file that keeps finished blocks")
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    options = parser.parse_args()
    state: dict[str, list[str]] = {}
    if options.state and options.state.exists():
        state = json.loads(options.state.read_text(encoding="utf-8"))
    blocks = range(-(-options.inputs // (BLOCK * len(FORMATS))))
    todo = [(name, block) for block in blocks for name in options.formats if f"{name} {block}" not in state]
    began, done = time.perf_counter(), 0
    with Pool(options.workers) as pool:
        for finished, failures in pool.imap_unordered(run_block, todo):
            state[finished] = failures
            done += BLOCK
            if options.state:
                options.state.write_text(json.dumps(state), encoding="utf-8")
            rate = done / (time.perf_counter() - began)
            print(f"\r{len(state) * BLOCK:,} inputs, {rate:,.0f}/s", end="", file=sys.stderr, flush=True)
    failures = [failure for found in state.values() for failure in found]
    print(f"\n{len(state) * BLOCK:,} inputs, {len(failures)} failures")
    for failure in failures[:40]:
        print(failure[:900])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
