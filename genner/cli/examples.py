"""Examples of each command, printed by `--help`.

The files of the examples are small: a test writes them and runs every line that needs no model.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EXAMPLES", "epilog"]

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "encode": (
        "genner encode gold.jsonl --format xml",
        "genner encode gold.jsonl --format offset-json --json --output answers.jsonl",
    ),
    "decode": (
        "genner decode answers.txt --source gold.jsonl --labels PER,LOC --report",
        "echo '<PER>Ann</PER> left' | genner decode --format xml --text 'Ann left'",
    ),
    "convert": (
        "genner convert gold.jsonl --to xml",
        "genner convert gold.jsonl --to columns --snap split --output gold.conll",
        "genner convert gold.jsonl --to alpaca --format xml --labels PER,LOC",
    ),
    "prompt": ("genner prompt gold.jsonl --format xml --labels PER,LOC --json",),
    "evaluate": (
        "genner evaluate gold.jsonl answers.txt --labels PER,LOC",
        "genner evaluate gold.jsonl predicted.jsonl --matching partial --by length",
        "genner evaluate gold.jsonl predicted.jsonl --html report.html",
    ),
    "errors": (
        "genner errors gold.jsonl answers.txt --format xml --labels PER,LOC",
        "genner errors gold.jsonl predicted.jsonl --type wrong_type --sample 5",
    ),
    "compare": (
        "genner compare gold.jsonl answers.txt other.txt --format xml",
        "genner compare gold.jsonl one.jsonl two.jsonl --summary --test permutation",
    ),
    "view": ("genner view gold.jsonl --label PER", "genner view answers.txt --source gold.jsonl"),
    "check": (
        "genner check gold.jsonl --labels PER,LOC",
        "genner check gold.jsonl --fix all --output fixed.jsonl",
    ),
    "extract": (
        "genner extract texts.txt --model openai:qwen3 --url http://localhost:8000/v1 --labels PER,LOC",
        "genner extract --text 'Ann left.' --model ./my-model --labels PER,LOC --guided",
        "genner extract texts.txt --model ./my-model --labels PER,LOC --confidence 5 --min-confidence 0.8",
    ),
    "calibrate": (
        "genner calibrate gold.jsonl scored.jsonl",
        "genner calibrate gold.jsonl scored.jsonl --precision 0.9 --output calibration.json --plot curves.svg",
    ),
    "assess": (
        "genner assess",
        "genner assess --corpus gold.jsonl --outputs answers.txt --format xml --output report.html",
        "genner assess experiment.yaml --dry-run",
    ),
    "train": (
        "genner train --training train.jsonl --model ./base --format xml --labels PER,LOC --output adapter",
        "genner train config.yaml --dry-run",
    ),
    "predict": ("genner predict gold.jsonl --model adapter --output predictions.jsonl --guided",),
    "merge": ("genner merge adapter merged",),
    "formats": ("genner formats",),
    "info": ("genner info --json",),
}
"""Command lines, by the name of the command."""


WIDTH = 76
"""Characters of a line of an example: `--help` indents it by four, and a terminal may have 80."""


def epilog(command: str) -> str | None:
    """Return the examples as `--help` prints them; a long one goes on in the next line, as a shell takes it."""
    lines = EXAMPLES.get(command)
    return None if lines is None else "\b\n" + "\n".join(("Examples:", *map(_broken, lines)))


def _broken(line: str) -> str:
    """Break a long command line at options, each with its value."""
    lines: list[str] = []
    for part in line.replace(" --", "\n--").split("\n"):
        if lines and len(lines[-1]) + len(part) + 3 <= WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(f"    {part}" if lines else part)
    return " \\\n".join(f"  {one}" for one in lines)
