"""Draw the picture of a report that the README shows: a fine-tuned language model and spaCy on the flat sample.

    python examples/report_picture.py [FILE]

Needs the extra `cli`, and chromium on the PATH.  FILE is docs/report.png by default.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import genner
from genner.report import write_report
from genner.study.assessment import Study, score
from genner.study.samples import load_answers, load_sample, sample_labels, spacy_predictions

SIZE = (1100, 1180)
"""Width and height of the picture, in pixels."""


def main(path: str) -> None:
    gold, labels = load_sample("flat"), sample_labels("flat")
    written = genner.evaluate_outputs(gold, load_answers("flat")["bracket"], "bracket", labels=labels)
    predicted = {"SmolLM2": written.predictions, "spaCy": spacy_predictions("flat")}
    results = tuple(score(name, gold, answers, labels=labels) for name, answers in predicted.items())
    study = Study("tweets", "a language model and spaCy", tuple(gold), labels, results)

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        write_report(str(page), [study])
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        window = f"--window-size={SIZE[0]},{SIZE[1]}"
        picture = f"--screenshot={Path(path).resolve()}"
        subprocess.run(["chromium", *options, window, picture, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / "docs" / "report.png"))
