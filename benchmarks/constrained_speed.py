"""Time guides: microseconds per generated token by vocabulary size, and milliseconds to start a sentence.

    python benchmarks/constrained_speed.py [--data DIR] [--sizes 4000 32000 128000] [--sentences 40]

The tokens of gold answers are followed one by one, as a model that is always right would write them.
`allowed` is the time to find the allowed tokens and to follow the chosen one, `apply` to mask a row
of scores with them on the CPU (under the default policy, which looks for the best score first), `batch`
the same for one row of a batch of 32.  `start` is the time
to build the guide of a sentence.  Beside them, where they are installed, the time of xgrammar and
llguidance given an equivalent grammar: to compile it, and to find the mask of a step.

Texts come from `DIR/*.jsonl` and the sample corpora; tokenizers are trained on them and on strings
of random letters, so that the large vocabularies are full.
"""

from __future__ import annotations

import argparse
import random
import statistics
import string
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from constrained_models import sentences, train

import genner
from genner.constrained import LogitsProcessor, TokenGuide, Vocabulary, exports, get_guide
from genner.study.samples import load_sample, sample_labels
from genner.types import Document


def texts(data: Path | None) -> list[str]:
    found = sentences()
    for path in sorted(data.glob("*.jsonl")) if data else ():
        if "discontinuous" not in path.name:
            found += [document.text for document in genner.read(path)]
    return found


def full(found: list[str], size: int) -> Iterator[str]:
    """Yield the texts, and enough random words to fill a vocabulary."""
    yield from found
    rng = random.Random(0)
    for _ in range(size // 2 if size > 8000 else 0):
        word = "".join(rng.choices(string.ascii_letters, k=rng.randint(3, 9)))
        yield f" {word} {word} {word}"


def clocked(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU time of one call in microseconds."""
    begin = time.process_time_ns()
    result = action()
    return (time.process_time_ns() - begin) / 1000, result


class Times(dict[str, list[float]]):
    """Times by what took them."""

    def add(self, name: str, microseconds: float) -> None:
        self.setdefault(name, []).append(microseconds)

    def mean(self, name: str) -> str:
        return f"{statistics.fmean(self[name]):.1f}" if self.get(name) else "-"


def own(format: str, documents: list[Document], labels: Any, tokenizer: Any, vocabulary: Vocabulary) -> Times:
    """Time our guides along the gold answers: for each sentence the best of five runs, each from the start."""
    import torch

    times = Times()
    scores = torch.randn(1, len(vocabulary))
    many = torch.randn(32, len(vocabulary))
    for document in documents:
        ids = tokenizer(genner.encode(document, format, labels=labels), add_special_tokens=False)["input_ids"]
        runs = [_run(document, format, labels, vocabulary, ids, scores, many) for _ in range(5)]
        for name in runs[0]:
            times.add(name, min(statistics.fmean(run[name]) for run in runs))
    return times


def _run(
    document: Document, format: str, labels: Any, vocabulary: Vocabulary, ids: Any, scores: Any, many: Any
) -> Times:
    times = Times()
    took, guide = clocked(lambda: TokenGuide(get_guide(format, document.text, labels), vocabulary))
    times.add("start", took)
    states = [guide.start]

    def follow() -> None:
        for token in ids:
            state = states[-1]
            _ = state.allowed
            after = state.after(token)
            assert after is not None, (format, document)
            states.append(after)

    took, _ = clocked(follow)
    times.add("allowed", took / len(ids))
    mask = LogitsProcessor([guide]).mask

    for state, token in zip(states, ids, strict=False):
        scores[0, token] += 100
        took, _ = clocked(lambda: mask([state], scores))  # noqa: B023
        times.add("apply", took)
        scores[0, token] -= 100
    rows = (states[:-1] * 32)[:32]
    many[range(32), (ids * 32)[:32]] += 100
    took, _ = clocked(lambda: mask(rows, many))
    many[range(32), (ids * 32)[:32]] -= 100
    times.add("batch", took / 32)
    return times


def peers(format: str, documents: list[Document], labels: Any, tokenizer: Any) -> Times:
    """Time llguidance and xgrammar along gold answers that do not nest."""
    times = Times()
    options = {"boundaries": "character", "limit": 50_000}
    flat = [(document, genner.encode(document, format, labels=labels)) for document in documents]
    try:
        import llguidance
        from llguidance.hf import from_tokenizer

        made = from_tokenizer(tokenizer)
        for document, output in flat:
            grammar = exports.lark(format, document.text, labels, **options)
            took, matcher = clocked(lambda: llguidance.LLMatcher(made, grammar))  # noqa: B023
            times.add("llguidance start", took)
            for token in tokenizer(output, add_special_tokens=False)["input_ids"]:
                took, _ = clocked(matcher.compute_bitmask)
                times.add("llguidance mask", took)
                if matcher.try_consume_tokens([token]) != 1:
                    break
    except ImportError:
        pass
    try:
        import xgrammar

        info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, stop_token_ids=[2])
        compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        bitmask = xgrammar.allocate_token_bitmask(1, info.vocab_size)
        for document, output in flat[:10]:
            grammar = exports.ebnf(format, document.text, labels, **options)
            took, compiled = clocked(lambda: compiler.compile_grammar(grammar))  # noqa: B023
            times.add("xgrammar start", took)
            matcher = xgrammar.GrammarMatcher(compiled)
            for token in tokenizer(output, add_special_tokens=False)["input_ids"]:
                took, _ = clocked(lambda: matcher.fill_next_token_bitmask(bitmask))  # noqa: B023
                times.add("xgrammar mask", took)
                if not matcher.accept_token(token):
                    break
    except ImportError:
        pass
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of corpora as JSON Lines")
    parser.add_argument("--sizes", type=int, nargs="+", default=[4000, 32_000, 128_000])
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument("--alone", action="store_true", help="leave out xgrammar and llguidance")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    documents = [document for document in load_sample("nested") if len(document.text) < 250][: arguments.sentences]
    labels = sample_labels("nested")
    found = texts(arguments.data)
    print(f"{len(documents)} sentences, {statistics.fmean(len(d.text) for d in documents):.0f} characters on average")
    print("CPU microseconds; start in milliseconds; allowed, apply and batch per generated token\n")
    header = (
        "tokens",
        "format",
        "start",
        "allowed",
        "apply",
        "batch",
        "llg start",
        "llg mask",
        "xgr start",
        "xgr mask",
    )
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for size in arguments.sizes:
        tokenizer = train("bytes", size, full(found, size))
        took, vocabulary = clocked(lambda: Vocabulary.from_tokenizer(tokenizer))  # noqa: B023
        for format in genner.FORMATS:
            ours = own(format, documents, labels, tokenizer, vocabulary)
            theirs = Times() if arguments.alone else peers(format, documents, labels, tokenizer)
            cells = [
                f"{len(vocabulary):,}",
                format,
                _milli(ours, "start"),
                *map(ours.mean, ("allowed", "apply", "batch")),
                _milli(theirs, "llguidance start"),
                theirs.mean("llguidance mask"),
                _milli(theirs, "xgrammar start"),
                theirs.mean("xgrammar mask"),
            ]
            print("| " + " | ".join(cells) + " |", flush=True)
        print(f"(vocabulary read in {took / 1e6:.2f} s)", file=sys.stderr)


def _milli(times: Times, name: str) -> str:
    return f"{statistics.fmean(times[name]) / 1000:.2f}" if times.get(name) else "-"


if __name__ == "__main__":
    main()
