"""A traditional system against a language model, as the paper's Figure 2 and Table 7 set them side by side.

    python examples/figure_2.py [FILE]

spaCy and SmolLM2-135M-Instruct, fine-tuned to write brackets, both learned from the same tweets; their answers
about the flat sample ship with genner.  Printed are the shares of the kinds of error next to those that the
paper states, a paired test of the two scores, and an error of every kind that one of them avoids.  FILE is an
SVG, or a PNG, or whatever matplotlib writes; docs/figure_2.svg by default.  Needs the extra `plot`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

import genner
from genner import analyze_errors, compare
from genner.experiments import errors_with_paper, plot_errors_with_paper
from genner.study.samples import load_answers, load_sample, sample_labels, spacy_predictions
from genner.types import Document, Entity, Mention, Prediction

SPACY, MODEL = "spaCy", "SmolLM2"


def cases(gold: list[Document], systems: dict[str, list[Prediction]]) -> None:
    """Print for each system and kind of error the first sentence in which the other system makes no error."""
    right = {
        name: [set(found.entities) == set(one.entities) for found, one in zip(predictions, gold, strict=True)]
        for name, predictions in systems.items()
    }
    for name, other in ((SPACY, MODEL), (MODEL, SPACY)):
        shown: set[str] = set()
        for case in analyze_errors(gold, systems[name], labels=sample_labels("flat")).cases:
            if right[other][case.position] and case.kind not in shown:
                shown.add(case.kind)
                text = gold[case.position].text
                found, wanted = shown_of(case.predicted, text), shown_of(case.gold, text)
                print(f"{name}, {case.kind}: {found} for {wanted} in\n    {text}")


def shown_of(item: Entity | Mention | None, text: str) -> str:
    """Return an entity, or a mention without a place, as it is printed."""
    if item is None:
        return "nothing"
    return f"{item.label} {text[item.start : item.end] if isinstance(item, Entity) else item.text!r}"


def main(path: str) -> None:
    gold, labels = list(load_sample("flat")), sample_labels("flat")
    written = load_answers("flat")["bracket"]
    read = [
        genner.decode(output, document.text, "bracket", labels=labels, nested=False)
        for output, document in zip(written, gold, strict=True)
    ]
    systems = {SPACY: list(spacy_predictions("flat")), MODEL: read}
    reports = {name: analyze_errors(gold, found, labels=labels) for name, found in systems.items()}
    print(errors_with_paper(reports))
    print(compare(gold, *systems.values(), names=(SPACY, MODEL), labels=labels))
    cases(gold, systems)
    matplotlib.use("svg" if path.endswith(".svg") else "agg")
    matplotlib.rcParams["svg.hashsalt"] = "figure 2"  # the same file each time
    axes = plot_errors_with_paper(reports)
    axes.set_title("Shares of the kinds of error")
    axes.figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / "docs" / "figure_2.svg"))
