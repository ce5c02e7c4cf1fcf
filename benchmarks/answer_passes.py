"""What drafts save when recorded answers are written again: passes of the model and tokens read, without a model.

    python benchmarks/answer_passes.py --recorded DIR --corpus genia.jsonl --labels genia

`DIR` holds what `fine_tune.py run` left: `genia-xml-lora.json` and so on, answers of a fine-tuned model, free and
guided.  A stand-in for a model writes them again, token by token or draft by draft, so these figures depend on no
clock and no machine.  Printed for each are the passes and tokens of `generate` of transformers (padded batches,
one token a row and pass) and of genner, the drafted tokens that were kept, and how many times less genner costs
where a pass costs as much as reading 16 tokens more, which is about so on a CPU.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

import genner
from genner.models.generator import requests_for
from genner.models.loading import load_tokenizer
from genner.models.recipe import Recipe
from genner.models.speculative import OVERHEAD
from genner.models.transformers import TransformersGenerator
from genner.types import Document


class Recorded:
    """Stands in for a model: after a prompt it writes the answer that is recorded for it.

    Its cache holds the tokens themselves, so it answers by what it was really given.
    """

    def __init__(self, answers: dict[tuple[int, ...], list[int]], size: int) -> None:
        self.following = {
            (*prompt, *answer[:at]): answer[at] for prompt, answer in answers.items() for at in range(len(answer))
        }
        self.size = size
        self.device = torch.device("cpu")
        config = SimpleNamespace(_attn_implementation="sdpa", name_or_path="recorded")
        self.config = SimpleNamespace(get_text_config=lambda: config, name_or_path="recorded")

    def eval(self) -> Recorded:
        return self

    def forward(
        self, input_ids: Any, position_ids: Any, attention_mask: Any, logits_to_keep: Any, cache: Any, **options: Any
    ) -> Any:
        tokens = input_ids[:, None, :, None].double()
        kept = cache.update(tokens, tokens, 0)[0][:, 0, :, 0].long().tolist()
        logits = torch.zeros(len(kept), len(logits_to_keep), self.size)
        for row, known in enumerate(kept):
            for at, column in enumerate(logits_to_keep.tolist()):
                end = int(position_ids[row, column]) + 1
                logits[row, at, self.following.get(tuple(known[:end]), 0)] = 1.0
        return SimpleNamespace(logits=logits)

    __call__ = forward


def written_again(
    tokenizer: Any, recipe: Recipe, documents: list[Document], outputs: list[str], guided: bool, batch_size: int
) -> dict[str, Any]:
    """Write recorded answers again, and count."""
    generator = TransformersGenerator(Recorded({}, 0), tokenizer, batch_size=batch_size)
    template = generator.template
    asked = requests_for(documents, recipe)
    prompts = [tuple(template.prompt(request.messages)) for request in asked]
    answers = [[*tokenizer(output, add_special_tokens=False)["input_ids"], template.end] for output in outputs]
    generator.model = Recorded(dict(zip(prompts, answers, strict=True)), len(tokenizer))
    if guided:
        generator.follow(recipe)
    else:
        generator.expect(recipe)
    found = {done.key: done.output for done in generator.generate(asked)}
    order = sorted(range(len(asked)), key=lambda at: -len(prompts[at]))
    passes = tokens = 0
    for first in range(0, len(order), batch_size):
        batch = order[first : first + batch_size]
        longest = max(len(answers[at]) for at in batch)
        passes += longest
        tokens += len(batch) * (len(prompts[batch[0]]) + longest - 1)
    mine, extra = generator.passes, OVERHEAD["cpu"]
    return {
        "answers": len(asked),
        "tokens written": sum(map(len, answers)),
        "generate": {"passes": passes, "tokens read": tokens},
        "genner": {"passes": mine.passes, "tokens read": mine.tokens},
        "kept of drafted": [mine.accepted, mine.drafted],
        "same": sum(found[at] == template.decode(answer[:-1]) for at, answer in enumerate(answers)),
        "cheaper": round((passes * extra + tokens) / (mine.passes * extra + mine.tokens), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recorded", type=Path, required=True, help="folder of what fine_tune.py left")
    parser.add_argument("--corpus", required=True, help="file with the documents that were asked about")
    parser.add_argument("--labels", required=True)
    parser.add_argument("--name", default="genia", help="of the corpus in the names of the files")
    parser.add_argument("--formats", nargs="+", default=list(genner.FORMATS))
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--tokenizer", help="model whose tokens are counted; by default the real one")
    parser.add_argument("--output", type=Path, help="write the figures here as JSON")
    options = parser.parse_args()
    if options.tokenizer is None:
        from real_model import folder as real_model

        options.tokenizer = str(real_model())
    tokenizer = load_tokenizer(options.tokenizer)
    known = {document.id: document for document in genner.read(options.corpus)}
    result: dict[str, Any] = {}
    for format in options.formats:
        path = options.recorded / f"{options.name}-{format}-lora.json"
        if not path.is_file():
            print(f"{format}: no {path.name}")
            continue
        record = json.loads(path.read_text(encoding="utf-8"))
        recipe = Recipe.make(format, options.labels, style="paper")
        documents = [known[id] for id in record["ids"][: options.documents]]
        for kind in [kind for kind in ("free", "guided") if kind in record]:
            outputs = record[kind]["outputs"][: options.documents]
            found = written_again(tokenizer, recipe, documents, outputs, kind == "guided", options.batch_size)
            result[f"{format}, {kind}"] = found
            print(f"{format}, {kind}: {json.dumps(found)}", flush=True)
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
