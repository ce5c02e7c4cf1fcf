"""How well mentions without positions are placed: lists in and out of order, and mentions with one slip.

    python benchmarks/placing.py --data DIR [--sample 500]

DIR holds corpora as JSON Lines; without it the sample corpora of the package are taken.

Lists: the entities of each document as `{"text", "label"}` in the order of the text, in one that is drawn, and label
by label, decoded against the text; micro F1 of span and label.  A text that has one mention in several places cannot
be read with certainty.
Slips: one entity of eight or more characters, with one letter changed, decoded alone; how often it came back where
the text has it, of those whose mention is at one place and whose other wording is at none.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import genner
from genner.study.samples import SAMPLES, load_sample
from genner.text.index import TextIndex
from genner.text.words import is_spaced
from genner.types import Document, Entity

LETTERS = "etaoinshrdlu"


def substituted(word: str, at: int, rng: random.Random) -> str:
    return word[:at] + rng.choice([letter for letter in LETTERS if letter != word[at].lower()]) + word[at + 1 :]


def deleted(word: str, at: int, _: random.Random) -> str:
    return word[:at] + word[at + 1 :]


def inserted(word: str, at: int, rng: random.Random) -> str:
    return word[:at] + rng.choice(LETTERS) + word[at:]


SLIPS: dict[str, tuple[Callable[[str, int, random.Random], str], Callable[[str], int]]] = {
    "first letter substituted": (substituted, lambda word: 0),
    "first letter deleted": (deleted, lambda word: 0),
    "first letter inserted": (inserted, lambda word: 0),
    "second letter deleted": (deleted, lambda word: 1),
    "middle letter substituted": (substituted, lambda word: len(word) // 2),
    "middle letter deleted": (deleted, lambda word: len(word) // 2),
    "middle letter inserted": (inserted, lambda word: len(word) // 2),
    "last letter but one deleted": (deleted, lambda word: len(word) - 2),
    "last letter substituted": (substituted, lambda word: len(word) - 1),
    "last letter deleted": (deleted, lambda word: len(word) - 1),
    "letter added at the end": (inserted, len),
}


def decode_list(document: Document, mentions: Sequence[tuple[str, str]]) -> genner.Prediction:
    """Decode a list that states no positions."""
    output = json.dumps([{"text": text, "label": label} for text, label in mentions], ensure_ascii=False)
    return genner.decode(output, document.text, "occurrence-json")


def by_label(entities: list[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda entity: (entity.label, entity.start, -entity.end))


def f1(documents: list[Document], order: Callable[[list[Entity]], list[Entity]]) -> float:
    """Return micro F1 in percent of lists in an order."""
    right = predicted = gold = 0
    for document in documents:
        mentions = [(document.surface(entity), entity.label) for entity in order(list(document.entities))]
        found = set(decode_list(document, mentions))
        right += len(found & set(document.entities))
        predicted += len(found)
        gold += len(set(document.entities))
    return 200 * right / (predicted + gold)


def slipped(documents: list[Document], name: str, sample: int) -> tuple[int, int, list[str]]:
    """Return how many mentions with a slip came back, of how many, and those that did not.

    Where a script puts no spaces between words, a letter too many at an edge reads as another letter just as well.
    """
    change, where = SLIPS[name]
    rng = random.Random(name)
    drawn = [(document, entity) for document in documents for entity in document.entities if _fits(document, entity)]
    drawn = rng.sample(drawn, min(sample, len(drawn)))
    missed, count = [], 0
    for document, entity in drawn:
        surface = document.surface(entity)
        mention = change(surface, where(surface), rng)
        if TextIndex(document.text).whole(mention):
            continue  # no slip: the text has these words too
        count += 1
        prediction = decode_list(document, [(mention, entity.label)])
        if entity not in prediction.entities:
            missed.append(f"{mention!r} for {surface!r}: {[prediction.surface(each) for each in prediction]}")
    return count - len(missed), count, missed


def _fits(document: Document, entity: Entity) -> bool:
    """Tell whether a mention is long enough and at one place, with letters where the slips are."""
    surface = document.surface(entity)
    edges = surface[:2] + surface[len(surface) // 2] + surface[-2:]
    return len(surface) >= 8 and document.text.count(surface) == 1 and edges.isalpha()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--show", type=int, default=0, help="show so many of the mentions that were missed")
    options = parser.parse_args()
    if options.data:
        paths = sorted(path for path in options.data.glob("*.jsonl") if "discontinuous" not in path.name)
        corpora = {path.stem: list(genner.read(path, "jsonl")) for path in paths}
    else:
        corpora = {name: list(load_sample(name)) for name in SAMPLES}
    print(f"{'F1 of lists':42}{'documents':>10}{'in order':>10}{'shuffled':>10}{'by label':>10}")
    rng = random.Random(1)
    orders: list[Callable[[list[Entity]], list[Entity]]] = [list, lambda each: rng.sample(each, len(each)), by_label]
    for name, documents in {**corpora, "all": [each for one in corpora.values() for each in one]}.items():
        figures = "".join(f"{f1(documents, order):10.2f}" for order in orders)
        print(f"{name:42}{len(documents):10,}{figures}", flush=True)
    documents = [document for one in corpora.values() for document in one]
    spaced = [document for document in documents if all(map(is_spaced, filter(str.isalpha, document.text)))]
    for what, some in (("slips", documents), ("slips, scripts with spaces", spaced)):
        print(f"\n{what:42}{'came back':>10}{'of':>10}{'%':>10}")
        for name in SLIPS:
            back, count, missed = slipped(some, name, options.sample)
            print(f"{name:42}{back:10,}{count:10,}{100 * back / max(count, 1):10.1f}", flush=True)
            for each in missed[: options.show]:
                print("   ", each)


if __name__ == "__main__":
    main()
