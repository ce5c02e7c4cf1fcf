"""Answers a second of genner and of `transformers.generate`, on the same prompts with the same model.

    python benchmarks/answer_speed.py --model DIR --corpus genia.jsonl --labels genia
    python benchmarks/answer_speed.py                     # the real model as it is, and the shipped nested sample

`DIR` is a model or an adapter that `genner train` wrote.  For each format `generate` answers at several batch
sizes, prompts of like length together, and its fastest counts; genner answers at one.  Both are greedy, in
float32 on a CPU and bfloat16 on a GPU, free and kept to valid answers (`generate` with genner's logits
processor).  They take turns, and the fastest round of each counts.

Printed are seconds by the clock and by processor time, the share of answers that are the same to the letter,
and what no other load changes: passes of the model, tokens read in them, and the drafted tokens that were kept.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import genner
from genner.models.generator import Completion, Request, requests_for
from genner.models.loading import load
from genner.models.recipe import Recipe, versions
from genner.models.speculative import Passes
from genner.models.transformers import TransformersGenerator
from genner.study.samples import load_sample, sample_labels
from genner.types import Document


class Plain(TransformersGenerator):
    """The same generator, answering by `generate` of transformers."""

    def generate(self, requests: Sequence[Request]) -> Any:
        asked = [(request, self.template.prompt(request.messages)) for request in requests]
        asked.sort(key=lambda pair: -len(pair[1]))
        for at in range(0, len(asked), self.batch_size):
            batch = asked[at : at + self.batch_size]
            found = list(self._batch(batch, at))
            # one pass reads the prompts, and each that follows one token a row, until the longest answer ends
            longest = max(done.tokens for done in found)
            self.passes.passes += longest
            self.passes.tokens += len(batch) * (max(len(ids) for _, ids in batch) + longest - 1)
            yield from found


class Turn(NamedTuple):
    """One round of answers."""

    clock: float
    processor: float
    answers: dict[int, Completion]
    passes: Passes


def timed(make: Callable[[], TransformersGenerator], asked: Sequence[Request]) -> Turn:
    """Answer all questions once."""
    generator = make()
    clock, processor = time.perf_counter(), time.process_time()
    answers = {done.key: done for done in generator.generate(asked)}
    return Turn(time.perf_counter() - clock, time.process_time() - processor, answers, generator.passes)


def fastest(turns: Sequence[Turn]) -> Turn:
    """Return the turn of the least time by the clock, with the least processor time of any."""
    best = min(turns, key=lambda turn: turn.clock)
    return best._replace(processor=min(turn.processor for turn in turns))


def row(name: str, turn: Turn, expected: Turn, rows: int) -> dict[str, Any]:
    """Return what is printed of one turn."""
    answers = turn.answers
    same = sum(answers[key].output == done.output for key, done in expected.answers.items())
    passes = turn.passes
    return {
        "what": name,
        "rows": rows,
        "seconds": round(turn.clock, 2),
        "processor": round(turn.processor, 2),
        "answers a second": round(len(answers) / turn.clock, 2),
        "passes": passes.passes,
        "tokens read": passes.tokens,
        "kept of drafted": f"{passes.accepted}/{passes.drafted}",
        "tokens written": sum(done.tokens for done in answers.values()),
        "same": f"{same}/{len(answers)}",
    }


def compare(
    model: Any, tokenizer: Any, recipe: Recipe, documents: list[Document], guided: bool, options: Any
) -> list[dict[str, Any]]:
    """Answer with both in turns; one row for each batch size of `generate`, and one for genner."""

    def maker(kind: type[TransformersGenerator], size: int) -> Callable[[], TransformersGenerator]:
        def make() -> TransformersGenerator:
            made = kind(model, tokenizer, batch_size=size, max_new_tokens=options.max_new_tokens)
            if guided:
                made.follow(recipe)
            else:
                made.expect(recipe)
            return made

        return make

    asked = requests_for(documents, recipe)
    makers = {("generate", size): maker(Plain, size) for size in options.batch_sizes}
    makers[("genner", options.batch_size)] = maker(TransformersGenerator, options.batch_size)
    turns: dict[tuple[str, int], list[Turn]] = {key: [] for key in makers}
    for _ in range(options.rounds):
        for key, make in makers.items():
            turns[key].append(timed(make, asked))
    best = {key: fastest(found) for key, found in turns.items()}
    expected = best[("generate", options.batch_sizes[0])]
    return [row(name, turn, expected, size) for (name, size), turn in best.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or name; by default the real one as it is")
    parser.add_argument("--corpus", help="file to ask about; by default the shipped nested sample")
    parser.add_argument("--labels", help="its label set; by default that of the sample")
    parser.add_argument("--formats", nargs="+", default=list(genner.FORMATS))
    parser.add_argument("--documents", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=16, help="of genner")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[8, 16], help="of generate")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--max-new-tokens", type=int, default=300)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--free", action="store_true", help="leave out the guided answers")
    parser.add_argument("--output", type=Path, help="write the figures here as JSON")
    options = parser.parse_args()
    import torch
    from transformers import logging

    logging.set_verbosity_error()
    torch.set_num_threads(options.threads)
    if options.model is None:
        from real_model import folder as real_model

        options.model = str(real_model())
    gpu = torch.cuda.is_available()
    loaded = load(options.model, dtype=torch.bfloat16 if gpu else torch.float32)
    model = loaded.model.merge_and_unload() if hasattr(loaded.model, "merge_and_unload") else loaded.model
    read = load_sample("nested") if options.corpus is None else genner.read(options.corpus)
    documents = [document for document in read if document.text.strip()][: options.documents]
    labels = options.labels or sample_labels("nested")
    result: dict[str, Any] = {
        "documents": len(documents),
        "device": torch.cuda.get_device_name() if gpu else platform.machine(),
        "threads": options.threads,
        "versions": versions(("torch", "transformers")),
        "formats": {},
    }
    for format in options.formats:
        for guided in (False,) if options.free else (False, True):
            recipe = Recipe.make(format, labels, style="paper")
            found = compare(model, loaded.tokenizer, recipe, documents, guided, options)
            name = f"{format}, guided" if guided else format
            best = min(one["seconds"] for one in found[:-1])
            least = min(one["processor"] for one in found[:-1])
            found[-1]["faster"] = round(best / found[-1]["seconds"], 2)
            found[-1]["faster by processor time"] = round(least / found[-1]["processor"], 2)
            result["formats"][name] = found
            print(name)
            for one in found:
                print("  " + ", ".join(f"{key} {value}" for key, value in one.items()), flush=True)
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
