"""Let random models answer whole corpora under guides: every answer must be valid.

    python benchmarks/constrained_random.py [--data DIR] [--sizes 4000 32000 128000] [--documents 2]

For each size of vocabulary a tokenizer is trained on the texts and a small Llama drawn at random.  For
every format it answers some documents of each corpus, greedily and sampled at temperature 2, under both
policies.  `--max-entities` and `--max-depth` keep the answers short, for such a model never has enough.
A whole answer must decode with no issue, to the source itself, with labels of the set and nothing
unplaced.  An answer cut off anywhere must be the beginning of a valid one, and give its complete
entities.  Exit code 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from constrained_check import corpora, labels_of
from constrained_models import random_model, train
from constrained_speed import full

import genner
from genner.constrained import POLICIES, Guide, LogitsProcessor, Policy, TokenGuide, Vocabulary, get_guide
from genner.types import Document, LabelSet

HOW: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampled": {"do_sample": True, "temperature": 2.0},
}
_END = {
    "bracket": r" \| [^\]]+\]",
    "xml": "</[^>]+>",
    "occurrence-json": r"\d\}",
    "offset-json": r"\d\}",
}
"""What an entity ends with, in answers about texts without such characters."""


class Asked(NamedTuple):
    """One document, and the labels of its corpus."""

    document: Document
    labels: LabelSet


def answers(
    model: Any, tokenizer: Any, guides: list[TokenGuide], policy: Policy, how: str, most: int
) -> list[list[int]]:
    """Return the tokens of an answer to each guide, without the end token."""
    import torch

    torch.manual_seed(0)
    prompts = [f"{guide.guide.text}\n" for guide in guides]
    batch = tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)
    width = batch["input_ids"].shape[1]
    rows = model.generate(
        **batch,
        **HOW[how],
        logits_processor=[LogitsProcessor(guides, policy=policy)],
        max_new_tokens=most,
        pad_token_id=3,
        eos_token_id=2,
    )[:, width:].tolist()
    return [row[: row.index(2)] if 2 in row else row for row in rows]


def wrong(guide: Guide, output: str) -> list[str]:
    """Name the promises a whole answer breaks."""
    prediction = genner.decode(output, guide.text, format=guide.format, labels=guide.labels)
    kinds = {issue.kind for issue in prediction.issues} - ({"ambiguous"} if guide.format == "grouped-json" else set())
    found = sorted(map(str, kinds))
    found += ["unplaced"] * bool(prediction.unplaced) + ["text"] * (prediction.text != guide.text)
    found += ["label"] * any(entity.label not in guide.labels for entity in prediction.entities)
    return found


def wrong_when_cut(guide: Guide, output: str, written: bytes) -> list[str]:
    """Name the promises the beginning of an answer breaks."""
    if guide.follow(written) is None:
        return ["not a beginning"]
    if guide.format not in _END or not set("[]|<>{}\\").isdisjoint(guide.text):
        return []
    cut = written.decode(errors="ignore")
    options = {"format": guide.format, "labels": guide.labels}
    whole = set(genner.decode(output, guide.text, **options).entities)  # type: ignore[arg-type]
    found = set(genner.decode(cut, guide.text, **options).entities)  # type: ignore[arg-type]
    missing = len(re.findall(_END[guide.format], cut)) > len(found & whole)
    return ["incomplete"] * missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of corpora as JSON Lines")
    parser.add_argument("--sizes", type=int, nargs="+", default=[4000, 32_000, 128_000])
    parser.add_argument("--format", nargs="+", choices=list(genner.FORMATS), default=list(genner.FORMATS))
    parser.add_argument("--documents", type=int, default=2, help="of each corpus")
    parser.add_argument("--characters", type=int, default=200, help="the longest text to ask about")
    parser.add_argument("--cuts", type=int, default=5, help="of each answer")
    parser.add_argument("--max-entities", type=int, default=6)
    parser.add_argument("--max-depth", type=int, default=3)
    parser.add_argument("--max-new-tokens", type=int, default=2500)
    arguments = parser.parse_args()
    rng = random.Random(0)
    asked: list[Asked] = []
    texts: list[str] = []
    for documents in corpora(arguments.data).values():
        labels = labels_of(documents)
        texts += [document.text for document in documents]
        short = [document for document in documents if len(document.text) <= arguments.characters]
        asked += [Asked(document, labels) for document in rng.sample(short, min(arguments.documents, len(short)))]
    broken = 0
    for size in arguments.sizes:
        tokenizer = train("bytes", size, full(texts, size))
        vocabulary, model = Vocabulary.from_tokenizer(tokenizer), random_model(len(tokenizer))
        for format in arguments.format:
            limits = {"max_entities": arguments.max_entities}
            if format != "grouped-json":
                limits["max_depth"] = arguments.max_depth
            for how in HOW:
                for policy in POLICIES:
                    guides = [
                        TokenGuide(get_guide(format, one.document.text, one.labels, **limits), vocabulary)
                        for one in asked
                    ]
                    seen: Counter[str] = Counter()
                    rows = answers(model, tokenizer, guides, policy, how, arguments.max_new_tokens)
                    for guide, ids in zip(guides, rows, strict=True):
                        output = tokenizer.decode(ids)
                        seen["answers"] += 1
                        seen["tokens"] += len(ids)
                        if guide.guide.accepts(output):
                            seen.update(f"wrong: {what}" for what in wrong(guide.guide, output))
                        else:
                            seen["wrong: unfinished"] += 1
                        for _ in range(arguments.cuts):
                            some = ids[: rng.randrange(len(ids) + 1)]
                            written = b"".join(vocabulary.spell(id) or b"" for id in some)
                            seen["cuts"] += 1
                            seen.update(f"wrong: {what}" for what in wrong_when_cut(guide.guide, output, written))
                    broken += sum(count for what, count in seen.items() if what.startswith("wrong"))
                    shown = ", ".join(f"{count:,} {what}" for what, count in seen.items() if count)
                    print(f"{len(vocabulary):,} {format} {how} {policy}: {shown}", flush=True)
    print("every promise kept" if not broken else f"{broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
