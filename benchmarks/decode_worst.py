"""Time `decode` on the worst inputs known, and on messy outputs.

    python benchmarks/decode_worst.py            time against size, doubling; growth should be about 1
    python benchmarks/decode_worst.py --large    10 MB of a few of them as well
    python benchmarks/decode_worst.py --messy    messy outputs a second

CPU time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable
from pathlib import Path

from genner import FORMATS, LabelSet, get_codec
from genner.study.samples import SAMPLES, load_sample, sample_labels

LABELS = LabelSet(["PER", "LOC", "ORG"])
TEXT = 'Ann (the "boss") saw Rome [1] and <b>Oslo</b>, a|b, in May.'

WORST: dict[str, Callable[[int], str]] = {
    "[[[": lambda size: "[" * size,
    "{{{": lambda size: "{" * size,
    "[(((": lambda size: "[" + "(" * size,
    "<<<": lambda size: "<" * size,
    "<PER>...": lambda size: "<PER>" * (size // 5),
    "</PER>...": lambda size: "</PER>" * (size // 6),
    "<PER>...ab</PER>...": lambda size: "<PER>" * (size // 11) + "ab" + "</PER>" * (size // 11),
    "<PER>x</PER>...": lambda size: "<PER>x</PER>" * (size // 12),
    "<PER/>...": lambda size: "<PER>" + "x <PER/>" * (size // 8),
    "[[ab | PER]]": lambda size: "[" * (size // 8) + "ab" + " | PER]" * (size // 8),
    "ab | PER]...": lambda size: "ab | PER]" * (size // 9),
    "[a b c]...": lambda size: "[a b c]" * (size // 7),
    "[a | PER]...": lambda size: "[a | PER]" * (size // 9),
    '{"PER": ...': lambda size: '{"PER": ' * (size // 8),
    '{"...': lambda size: '{"' * (size // 2),
    '["...': lambda size: '["' * (size // 2),
    "['...": lambda size: "['" * (size // 2),
    "['a' 'a'...": lambda size: "[" + "'a' " * (size // 4),
    '["\\\\...': lambda size: '["' + "\\" * size,
    "many mentions": lambda size: '{"PER": [' + '"Ann", ' * (size // 7) + "]}",
    "many strangers": lambda size: json.dumps({"PER": [f"stranger {number}" for number in range(size // 16)]}),
    "many items": lambda size: "[" + '{"text": "Rome", "label": "LOC", "start": 1, "end": 5},' * (size // 55) + "]",
    "many JSON lines": lambda size: '{"text": "Rome", "label": "LOC"}\n' * (size // 33),
    "comments": lambda size: "[/*" * (size // 3),
    "<think>...": lambda size: "<think>" * (size // 7),
    "fences": lambda size: "```\n" * (size // 4),
    "attributes": lambda size: '<PER a="' * (size // 8),
    "| PER...": lambda size: "[" + " | PER" * (size // 6),
    "PER:...": lambda size: "PER: Ann\n" * (size // 9),
    "references": lambda size: "&amp;" * (size // 5),
    "accents": lambda size: "\u0301" * size,
    "letters": lambda size: "".join(random.Random(size).choices("abcde ", k=size)),
    "lines": lambda size: "Ann saw Rome\n" * (size // 13),
    "spaces": lambda size: "<" + " " * size + "[" + " " * size,
}


def seconds(name: str, output: str, text: str = TEXT) -> float:
    codec = get_codec(name)
    started = time.process_time()
    codec.decode(output, text, labels=LABELS)
    return time.process_time() - started


def growth(times: list[float]) -> float:
    """Return the exponent from the first size to the last: 1 is linear, 2 quadratic."""
    return math.log(max(times[-1], 1e-6) / max(times[0], 1e-4), 2) / (len(times) - 1)


def time_worst(sizes: list[int]) -> None:
    for name in FORMATS:
        print(f"\n{name:16} {'':22}" + "".join(f"{size:>10,}" for size in sizes) + "  growth")
        for title, make in WORST.items():
            times = [seconds(name, make(size)) for size in sizes]
            print(f"{'':16} {title:22}" + "".join(f"{value:10.3f}" for value in times) + f"{growth(times):8.2f}")
        text = " ".join(f"w{number % 997}" for number in range(sizes[-1] // 5))
        times = [seconds(name, _swap_words(text[:size]), text[:size]) for size in sizes]
        print(f"{'':16} {'a long changed copy':22}" + "".join(f"{value:10.3f}" for value in times), end="")
        print(f"{growth(times):8.2f}")


def _swap_words(text: str) -> str:
    """Change every tenth word, and mark every seventh."""
    words = text.split()
    return " ".join(
        f"[{word} | PER]" if at % 7 == 0 else word + "x" if at % 10 == 0 else word for at, word in enumerate(words)
    )


def time_large() -> None:
    for name in FORMATS:
        for title in ("[[[", "letters", "lines", "<PER>x</PER>...", "many mentions"):
            print(f"{name:16} {title:22} 10 MB {seconds(name, WORST[title](10_000_000)):8.2f} s", flush=True)


def time_messy(cases: Path) -> None:
    """Outputs a second: the hand-checked cases, and encodings of the samples with one edit each."""
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    rng = random.Random(1)
    for name in FORMATS:
        codec = get_codec(name)
        hand = [(row["output"], row["source"], LabelSet(row["labels"])) for row in rows if row["format"] == name]
        edited = []
        for sample in SAMPLES:
            labels = sample_labels(sample)
            for document in load_sample(sample):
                output = codec.encode(document, dropped=[])
                at = rng.randrange(len(output))
                edited.append((output[:at] + rng.choice("ae ,.") + output[at:], document.text, labels))
        for title, jobs in (("hand-checked", hand), ("one edit", edited)):
            started = time.process_time()
            for _ in range(3):
                for output, text, labels in jobs:
                    codec.decode(output, text, labels=labels)
            print(f"{name:16} {title:14} {3 * len(jobs) / (time.process_time() - started):8,.0f} outputs/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="time 10 MB of a few inputs")
    parser.add_argument("--messy", action="store_true", help="time messy outputs instead")
    parser.add_argument("--smallest", type=int, default=16_000, help="smallest size in characters")
    root = Path(__file__).parent.parent
    parser.add_argument("--cases", type=Path, default=root / "tests" / "data" / "broken_outputs.jsonl")
    options = parser.parse_args()
    if options.messy:
        time_messy(options.cases)
        return
    time_worst([options.smallest << step for step in range(4)])
    if options.large:
        time_large()


if __name__ == "__main__":
    main()
