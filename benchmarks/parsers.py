"""Read the same right and broken answers with genner and with other libraries, each by its own code in one run.

    pip install langextract spacy json_repair nest_asyncio fuzzysearch llm-inference-engine
    pip install --no-deps spacy-llm llm-ie annotations4all
    python benchmarks/parsers.py [--data CORPUS ...] [--documents 40]

Each system gets the answer written as its own prompts ask for it, with the faults of `faults.py`.
F1 is over exact spans and labels; what a library does not install is left out.  Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import random
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from faults import (
    CLAIM_FAULTS,
    OUTPUT_FAULTS,
    TITLES,
    Answer,
    Reading,
    System,
    broken_answers,
    find_plainly,
    right_answer,
    systems,
    write_json,
)

import genner
from genner.study.samples import SAMPLES, load_sample
from genner.types import Label, LabelSet

WRAPPED = ("a fence", "chatter around", "reasoning before", "the answer twice")


def kind_of(fault: str) -> str:
    """Return the row of the table that a fault belongs to."""
    if fault == "none":
        return "right answers"
    if fault.startswith("labels"):
        return "labels in other words"
    if fault in WRAPPED:
        return "fences, chatter, reasoning, repeats"
    if fault in OUTPUT_FAULTS:
        return "broken or wrapped JSON, cut answers"
    if CLAIM_FAULTS[fault][0] == "typo":
        return "a typo in each long mention"
    if fault.startswith(("items", "quotes around", "stars", "spaces around", "a full stop")):
        return "lists in another order, punctuation around mentions"
    return "words, case, quotes, spaces or Unicode changed"


# -- the other libraries ------------------------------------------------------------------------------------


def write_lines(answer: Answer) -> str:
    """Write one line a label, as spaCy-LLM's prompts ask."""
    groups: dict[str, list[str]] = defaultdict(list)
    for claim in answer.claims:
        groups[claim.label].append(claim.text.replace("\n", " "))
    return "\n".join(f"{label}: {', '.join(mentions)}" for label, mentions in groups.items())


def spacy_llm_reader(labels: LabelSet) -> Callable[[str, Answer], Reading]:
    import spacy
    from spacy_llm.tasks.ner.registry import make_ner_task_v2
    from spacy_llm.tasks.span.parser import parse_responses

    task = make_ner_task_v2(labels=list(labels))
    nlp = spacy.blank("xx")

    def read(output: str, answer: Answer) -> Reading:
        shards = [[nlp.make_doc(answer.document.text)]]
        found = next(iter(parse_responses(task, shards, [[output]])))
        return Reading([(span.start_char, span.end_char, span.label_) for spans in found for span in spans])

    return read


def write_frames(answer: Answer) -> str:
    """Write a list of frames, as llm-ie's prompts ask."""
    items = [{"entity_text": claim.text, "attr": {"type": claim.label}} for claim in answer.claims]
    return json.dumps(items, ensure_ascii=False)


def llm_ie_reader(_labels: LabelSet) -> Callable[[str, Answer], Reading]:
    from llm_ie.data_types import FrameExtractionUnit
    from llm_ie.extractors import BasicFrameExtractor

    extractor = object.__new__(BasicFrameExtractor)  # its constructor asks for a model

    def read(output: str, answer: Answer) -> Reading:
        text = answer.document.text
        unit = FrameExtractionUnit("d", 0, len(text), text)
        unit.set_generated_text(output)
        unit.set_status("success")
        frames = extractor._post_process_units_to_frames([unit], False, True, 0.2, 0.8, False)
        return Reading([(one.start, one.end, one.attr.get("type", "")) for one in frames])

    return read


def write_regions(answer: Answer) -> str | None:
    """Write the text with `<<PER>>...</PER>>`, as annotations4all's prompts ask."""
    pieces: list[tuple[int, int, str]] = []
    for start, end, label in answer.copied:
        pieces += [(start, -end, f"<<{label}>>"), (end, -len(answer.copy) - 1 - start, f"</{label}>>")]
    closing_first = sorted(pieces, key=lambda piece: (piece[0], piece[2][1] != "/", piece[1]))
    output, at = [], 0
    for place, _, mark in closing_first:
        output += [answer.copy[at:place], mark]
        at = place
    return "".join(output) + answer.copy[at:]


def annotations4all_reader(_labels: LabelSet) -> Callable[[str, Answer], Reading]:
    from annotations4all.utils.response_parser import parse_region_response

    def read(output: str, answer: Answer) -> Reading:
        found = parse_region_response(output, answer.document.text)
        return Reading([(one["start"], one["end"], one["label"]) for one in found])

    return read


def json_repair_reader(_labels: LabelSet) -> Callable[[str, Answer], Reading]:
    import json_repair

    def read(output: str, answer: Answer) -> Reading:
        return find_plainly(json.dumps(json_repair.loads(output)), answer)

    return read


OTHERS: dict[str, tuple[str, str, Callable[[Answer], str | None], Callable[[LabelSet], Any]]] = {
    "spaCy-LLM": ("spacy_llm", "lines", write_lines, spacy_llm_reader),
    "llm-ie": ("llm_ie", "items", write_frames, llm_ie_reader),
    "annotations4all": ("annotations4all", "inline", write_regions, annotations4all_reader),
    "json_repair, str.find": ("json_repair", "items", write_json("plain"), json_repair_reader),
}


def all_systems(labels: LabelSet, formats: Sequence[str]) -> Iterator[System]:
    for system in systems(formats):
        yield system._replace(name=f"genner {system.name}") if system.name in formats else system
    for name, (package, family, write, make) in OTHERS.items():
        try:
            yield System(name, family, write, make(labels))
        except ImportError as error:
            print(f"{package} is not installed and left out: {error}", file=sys.stderr)


# -- counting -------------------------------------------------------------------------------------------


@dataclass
class Score:
    gold: int = 0
    predicted: int = 0
    right: int = 0
    answers: int = 0
    seconds: float = 0.0
    errors: int = 0

    def __str__(self) -> str:
        if not self.answers:
            return "-"
        f1 = 200 * self.right / max(1, self.gold + self.predicted)
        return f"{f1:.1f} ({1000 * self.seconds / self.answers:.2f} ms)"


def measure(system: System, answer: Answer, seed: int, table: dict[str, dict[str, Score]]) -> None:
    plain = system._replace(name=system.name.removeprefix("genner "))
    gold = set(answer.document.entities)
    for fault, output, behind, numbers in broken_answers(answer, plain, seed, None):
        if CLAIM_FAULTS.get(fault, ("", None))[0] in ("offset", "count"):
            continue  # the other libraries have none of these
        if system.family == "lines" and OUTPUT_FAULTS.get(fault, ("", None))[0] in ("json", "cut"):
            continue
        score = table[kind_of(fault)].setdefault(system.name, Score())
        started = time.process_time()
        try:
            found = set(map(tuple, system.read(output, behind).entities))
        except Exception:
            found = set()
            score.errors += 1
        score.seconds += time.process_time() - started
        score.answers += 1
        wanted = {tuple(behind.claims[n].gold) for n in numbers} if fault == "cut" else set(map(tuple, gold))
        score.gold += len(wanted)
        score.predicted += len(found)
        score.right += len(wanted & found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", help="corpora; the sample corpora when not given")
    parser.add_argument("--documents", type=int, default=40, help="documents of each corpus")
    parser.add_argument("--formats", nargs="+", default=["xml", "grouped-json", "offset-json"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    table: dict[str, dict[str, Score]] = defaultdict(dict)
    corpora = (
        [list(genner.read(path)) for path in options.data] if options.data else [list(load_sample(n)) for n in SAMPLES]
    )
    names: list[str] = []
    for corpus in corpora:
        names_of = sorted({entity.label for document in corpus for entity in document.entities})
        labels = LabelSet([Label(name, title=TITLES.get(name, "")) for name in names_of])
        fitting = [d for d in corpus if d.entities and len(d.text) <= 3000 and len(set(d.entities)) == len(d.entities)]
        documents = random.Random(0).sample(fitting, min(options.documents, len(fitting)))
        for system in all_systems(labels, options.formats):
            names.append(system.name)
            for seed, document in enumerate(documents):
                measure(system, right_answer(document, labels), seed, table)
    names = list(dict.fromkeys(names))
    print(f"| F1 (ms an answer) | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for kind, row in table.items():
        print(f"| {kind} | {' | '.join(str(row.get(name, Score())) for name in names)} |")
    for name in names:
        errors = sum(row[name].errors for row in table.values() if name in row)
        if errors:
            print(f"\n{name} raised {errors} exceptions.")
    for package in ("langextract", "spacy_llm", "llm_ie", "annotations4all", "json_repair"):
        try:
            importlib.import_module(package)
            version = importlib.import_module("importlib.metadata").version(package.replace("_", "-"))
            print(f"{package} {version}", end="; ")
        except ImportError:
            pass
    print()


if __name__ == "__main__":
    main()
