"""Score a large file of answers line by line: seconds and peak memory with one process and with several.

    python benchmarks/big_files.py --megabytes 2000 --workers 1 2

Makes a `generated_predictions.jsonl` of that size in a temporary folder, from the sample corpora of the package
in XML, every third answer broken.  Each number of workers runs in a process of its own; its memory is the
largest that the operating system saw of it and, apart, of a process that worked for it.  Exit code 1 when two
results differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle, product
from pathlib import Path

import genner
from genner.parallel import evaluate_files
from genner.study.samples import SAMPLES, SPLITS, load_sample


def make(path: Path, megabytes: float) -> int:
    """Write records until the file has the size, and return how many."""
    records = []
    for name, split in product(SAMPLES, SPLITS):
        for number, document in enumerate(load_sample(name, split)):
            answer = genner.encode(document, "xml")
            broken = answer.replace("</", "<", 1) + " And so on." if number % 3 == 0 else answer
            prompt = f"Find the entities.\nNow process the input sentence:\n{document.text}"
            records.append(json.dumps({"prompt": prompt, "predict": broken, "label": answer}) + "\n")
    written, count = 0, 0
    with path.open("w", encoding="utf-8") as file:
        for record in cycle(records):
            if written >= megabytes * 1e6:
                return count
            written += file.write(record)
            count += 1
    return count


def scored(path: str, workers: int) -> None:
    """Score the file and print seconds, megabytes and result as JSON."""
    began = time.perf_counter()
    result = evaluate_files(path, format="xml", workers=workers)
    seconds = time.perf_counter() - began
    own, others = (resource.getrusage(who).ru_maxrss / 1e3 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    micro = result.micro
    print(json.dumps([seconds, own, others, [result.documents, micro.tp, micro.fp, micro.fn, micro.f1]]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=1, help="the best of so many runs counts")
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.path:
        scored(options.path, options.workers[0])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated_predictions.jsonl"
        count = make(path, options.megabytes)
        print(f"{path.stat().st_size / 1e6:,.0f} MB, {count:,} records")
        print("workers  seconds  ratio  MB here  MB of a worker")
        results, first = [], 0.0
        for workers in options.workers:
            runs = []
            for _ in range(options.repeat):
                command = [sys.executable, __file__, "--path", str(path), "--workers", str(workers)]
                runs.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
            seconds, own, others, result = min(runs)
            first = first or seconds
            results.append(result)
            print(f"{workers:7}  {seconds:7.1f}  {first / seconds:5.2f}  {own:7.0f}  {others:14.0f}")
    return 0 if all(result == results[0] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
