"""Draw the paper's Figure 2 from the shares its text states, beside a system of your own.

    python examples/figure_2.py [FILE]

The system here is the lexicon baseline on the flat sample.  FILE is an SVG, or a PNG, or whatever
matplotlib writes; docs/figure_2.svg by default.  Needs the extra `plot`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

from genner import analyze_errors
from genner.experiments import errors_with_paper, plot_errors_with_paper
from genner.lexicon import Lexicon
from genner.study.samples import load_sample, sample_labels

OWN = "lexicon, flat sample"


def main(path: str) -> None:
    gold = load_sample("flat")
    lexicon = Lexicon.fit(load_sample("flat", "train"))
    said = [document.replace(entities=lexicon.predict(document.text)) for document in gold]
    report = analyze_errors(gold, said, labels=sample_labels("flat"))

    print(errors_with_paper({OWN: report}))
    matplotlib.use("svg" if path.endswith(".svg") else "agg")
    matplotlib.rcParams["svg.hashsalt"] = "figure 2"  # the same file each time
    axes = plot_errors_with_paper({OWN: report})
    axes.set_title("Shares of the kinds of error")
    axes.figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / "docs" / "figure_2.svg"))
