"""Execute the notebooks of this folder, and store what they show.

    python examples/notebooks.py [NAME ...] [--into FOLDER]

Without names, all are executed.  With --into the executed copies go there and the files here stay as they are.
Needs nbclient and ipykernel; `constrained_generation` needs the real model of `benchmarks/real_model.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
NAMES = ("formats_side_by_side", "broken_answers", "evaluation", "error_analysis", "constrained_generation")


def joined(outputs: list[Any]) -> list[Any]:
    """Make one output of what was printed in several pieces."""
    kept: list[Any] = []
    for output in outputs:
        if kept and output.output_type == kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def execute(name: str, into: Path) -> None:
    """Run one notebook from its first line to its last, and write it with its outputs but without timestamps."""
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    where = {"metadata": {"path": str(HERE)}}
    client = NotebookClient(notebook, timeout=900, startup_timeout=300, kernel_name="python3", resources=where)
    client.execute()
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":  # progress bars and warnings hold paths of this machine
            cell.outputs = joined([output for output in cell.outputs if output.get("name") != "stderr"])
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, into / f"{name}.ipynb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--into", type=Path, default=HERE, help="folder for the executed notebooks")
    arguments = parser.parse_args()
    for name in arguments.names or NAMES:
        execute(name, arguments.into)


if __name__ == "__main__":
    main()
