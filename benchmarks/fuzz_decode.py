"""Fuzz the decoders with coverage as the guide: nothing may raise, leave the text or take long.

    pip install atheris
    python benchmarks/fuzz_decode.py bracket --minutes 10

The first bytes of an input choose text and options, the rest is the output; the seeds are the
hand-checked broken outputs.  A failing input is written to the working directory by libFuzzer and
raised as an error.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["genner"]):
    import genner
    from genner._old_formats import FORMATS, get_codec
    from genner.testing import check_decode

TEXTS = (
    "Ann left Rome for Acme.",
    "[3H] a|b <b>Rome</b> & İstanbul\u0301 \\[x]",
    "東京都の東京 Zoë \U0001f600 Ann Ann",
    "",
    "PER LOC [Ann | PER] <PER>Ann</PER> 1 2",
)
LABELS = genner.LabelSet(["PER", "LOC", "cell_line"])
GROUNDINGS = ("fuzzy", "normalized", "exact")
SECONDS = 5.0


def seeds(folder: Path, name: str, cases: Path) -> None:
    """Write the hand-checked outputs of a format as first inputs."""
    for line in cases.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["format"] == name:
            (folder / case["id"]).write_bytes(b"\0\0" + case["output"].encode("utf-8", "surrogatepass"))


def run_one(name: str, data: bytes) -> None:
    """Decode one input and check the laws."""
    if len(data) < 2:
        return
    text = TEXTS[data[0] % len(TEXTS)]
    labels = LABELS if data[0] & 128 == 0 else None
    source = None if data[1] & 128 else text
    output = data[2:].decode("latin-1") if data[1] & 64 else data[2:].decode("utf-8", "replace")
    started = time.process_time()
    check_decode(get_codec(name, grounding=GROUNDINGS[data[1] % len(GROUNDINGS)]), output, source, labels=labels)
    taken = time.process_time() - started
    assert taken < SECONDS, f"{taken:.1f} s for {len(output)} characters"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--longest", type=int, default=2000, help="longest input in bytes")
    root = Path(__file__).parent.parent
    parser.add_argument("--cases", type=Path, default=root / "tests" / "data" / "broken_outputs.jsonl")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder), options.format, options.cases)
        flags = [f"-max_total_time={int(60 * options.minutes)}", f"-max_len={options.longest}", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *flags, folder], lambda data: run_one(options.format, bytes(data)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
