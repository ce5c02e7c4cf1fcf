"""Time decoding on the worst inputs known, and on broken outputs.

    python benchmarks/decode_worst.py                  seconds against size up to a million characters
    python benchmarks/decode_worst.py --formats xml --only copy --largest 64000
    python benchmarks/decode_worst.py --broken         broken outputs a second

The inputs are those of `genner.testing.WORST`, whose steps `tests/test_linear.py` counts: answers that are bad for
their characters, each against a short text, a text of words as long and itself, and pairs of answer and text that
are bad together.  Every format decodes them whole, those that can also as a stream of chunks of seven characters.
CPU time, so that other work on the machine does not count; collecting garbage is left out.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import re
import time
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path

import genner
from genner import FORMATS, LabelSet, get_codec
from genner.formats.codec import BaseCodec
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.testing import WORST, WORST_LABELS
from genner.testing.worst import Input
from genner.types import Document

SMALLEST, CHUNK = 16_000, 7


def decoded(made: Input, name: str) -> object:
    return genner.decode(made.output, made.text, name, labels=WORST_LABELS, **made.options)


def streamed(made: Input, name: str) -> object:
    stream = get_codec(name, **made.options).stream(made.text, labels=WORST_LABELS)
    for at in range(0, len(made.output), CHUNK):
        stream.feed(made.output[at : at + CHUNK])
    return stream.finish()


def with_one_prefix(size: int) -> Document:
    """A document whose entities, one in twenty characters, all begin alike."""
    text = ". ".join(f"the old name {number}" for number in range(size // 20))
    starts = [match.start() for match in re.finditer("the", text)]
    return Document(text, [(start, end - 2, "PER") for start, end in pairwise([*starts, len(text) + 2])])


def seconds(function: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    started = time.process_time()
    function()
    spent = time.process_time() - started
    gc.enable()
    return spent


def growth(times: list[float]) -> float:
    """Return the exponent of the last step, a fourfold one: 1 is linear, 2 quadratic."""
    return math.log(max(times[-1], 1e-4) / max(times[-2], 1e-4), 4) if len(times) > 1 else math.nan


def time_worst(names: list[str], only: str, largest: int) -> None:
    sizes = [size for size in (SMALLEST << step for step in (0, 2, 4, 6)) if size <= 1.1 * largest]
    print(f"{'':54}" + "".join(f"{size:>11,}" for size in sizes) + "  growth")
    steepest: list[tuple[float, str]] = []
    for name in names:
        actions = {"decode": decoded} | ({"stream": streamed} if hasattr(get_codec(name), "live_reader") else {})
        for title, make in WORST.items():
            for action, run in actions.items():
                if only in title:
                    times = [seconds(lambda: run(made, name)) for made in map(make, sizes)]  # noqa: B023
                    row = f"{name:16}{action:8}{title:30}"
                    print(row + "".join(f"{value:11.3f}" for value in times) + f"{growth(times):8.2f}", flush=True)
                    steepest.append((growth(times) if times[-1] > 0.5 else 0.0, row))
        documents = [with_one_prefix(size) for size in sizes]
        times = [seconds(lambda: get_codec(name).encode(document, labels=("PER",))) for document in documents]  # noqa: B023
        row = f"{name:16}{'encode':8}{'entities with one prefix':30}"
        print(row + "".join(f"{value:11.3f}" for value in times) + f"{growth(times):8.2f}", flush=True)
    print("\nsteepest:")
    for exponent, row in sorted(steepest, reverse=True)[:10]:
        print(f"{row}{exponent:8.2f}")


def with_edits(output: str, count: int, rng: random.Random) -> str:
    """Insert one character at each of `count` random places."""
    for _ in range(count):
        at = rng.randrange(len(output))
        output = output[:at] + rng.choice("ae ,.") + output[at:]
    return output


def large_document(size: int) -> Document:
    """The nested sample again and again, as one text of at least `size` characters."""
    documents = load_sample("nested")
    text, entities = "", []
    for document in cycle(documents):
        entities += [(len(text) + start, len(text) + end, label) for start, end, label in document.entities]
        text += document.text + "\n"
        if len(text) >= size:
            return Document(text.rstrip(), entities)
    raise AssertionError("the sample is empty")


def time_broken(cases: Path) -> None:
    """Outputs a second: the hand-checked cases, and encodings of the samples with one edit each.

    Then seconds for one answer about a text of 60,000 characters, with one edit and with two hundred.  All are
    decoded once before, so that no time goes into loading the readers.
    """
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    rng = random.Random(1)
    large = large_document(60_000)
    for name in FORMATS:
        codec = get_codec(name)
        hand = [(row["output"], row["source"], LabelSet(row["labels"])) for row in rows if row["format"] == name]
        edited = []
        for sample in SAMPLES:
            for document in load_sample(sample):
                output = codec.encode(document, dropped=[])
                edited.append((with_edits(output, 1, rng), document.text, sample_labels(sample)))
        for title, jobs in (("hand-checked", hand), ("one edit", edited)):
            print(f"{name:16} {title:14} {len(jobs) / fastest(codec, jobs):8,.0f} outputs/s")
        output = codec.encode(large, dropped=[])
        for count in (1, 200):
            broken = with_edits(output, count, rng)
            spent = fastest(codec, [(broken, large.text, sample_labels("nested"))])
            print(f"{name:16} {count:3} edits in {len(broken):,} characters {spent:8.3f} s")


def fastest(codec: BaseCodec, jobs: list[tuple[str, str, LabelSet]], rounds: int = 3) -> float:
    """Return the seconds of the fastest of several rounds; the first only loads the readers."""
    return min(
        seconds(lambda: [codec.decode(output, text, labels=labels) for output, text, labels in jobs])
        for _ in range(rounds + 1)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broken", action="store_true", help="time broken outputs instead")
    parser.add_argument("--formats", nargs="+", default=list(genner.formats()))
    parser.add_argument("--only", default="", help="inputs whose name contains this")
    parser.add_argument("--largest", type=int, default=1_024_000, help="largest size in characters")
    root = Path(__file__).parent.parent
    parser.add_argument("--cases", type=Path, default=root / "tests" / "data" / "broken_outputs.jsonl")
    options = parser.parse_args()
    if options.broken:
        time_broken(options.cases)
    else:
        time_worst(options.formats, options.only, options.largest)


if __name__ == "__main__":
    main()
