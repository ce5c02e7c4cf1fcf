"""Draw the picture of a report that the README shows: two simple systems on the flat sample.

    python examples/report_picture.py [FILE]

Needs the extra `cli`, and chromium on the PATH.  FILE is docs/report.png by default.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import genner
from genner.lexicon import Lexicon
from genner.report import write_report
from genner.study.assessment import Study, score
from genner.study.samples import load_sample, sample_labels

NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
SIZE = (1100, 1000)
"""Width and height of the picture, in pixels."""


def main(path: str) -> None:
    gold, labels = load_sample("flat"), sample_labels("flat")
    lexicon = Lexicon.fit(load_sample("flat", "train"))

    def with_names(text: str) -> list[genner.Entity]:
        known = list(lexicon.predict(text))
        names = [genner.Entity(*match.span(), "PER") for match in NAME.finditer(text)]
        return known + [name for name in names if not any(name.overlaps(entity) for entity in known)]

    systems = {"lexicon": lexicon.predict, "with names": with_names}
    predicted = {
        name: [genner.Prediction(system(document.text), text=document.text) for document in gold]
        for name, system in systems.items()
    }
    results = tuple(score(name, gold, answers, labels=labels) for name, answers in predicted.items())
    study = Study("tweets", "two simple systems", tuple(gold), labels, results)

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        write_report(str(page), [study])
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        window = f"--window-size={SIZE[0]},{SIZE[1]}"
        picture = f"--screenshot={Path(path).resolve()}"
        subprocess.run(["chromium", *options, window, picture, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / "docs" / "report.png"))
