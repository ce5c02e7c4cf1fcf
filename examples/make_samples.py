"""Build the sample corpora that ship in `genner/study/samples/` from larger ones.

    python examples/make_samples.py --data DIR

DIR holds `en_btc_f_sample.jsonl` (Broad Twitter Corpus, section f) and `en_gum_dev_nested.jsonl`
(GUM, dev), one document a line.  The choice has no chance in it: the records in file order, every
other one for testing.  Train and test so share their topics, and here whole articles; a corpus
for real scores keeps documents apart.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from genner.types import Document

SAMPLES = Path(__file__).parent.parent / "genner" / "data" / "samples"

GENRES = ("GUM_academic_", "GUM_court_", "GUM_interview_", "GUM_news_")
"""The genres whose text is under CC BY, with no share-alike."""


def load(path: Path) -> list[Document]:
    """Read one document a line; texts may hold any other kind of line break."""
    return [Document.from_json(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def save(path: Path, documents: Iterable[Document]) -> None:
    """Write id, text and entities, without spaces after separators."""
    lines = []
    for document in documents:
        record = document.replace(meta=None).to_dict()
        lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the two corpora")
    folder = parser.parse_args().data
    tweets = load(folder / "en_btc_f_sample.jsonl")
    sentences = [d for d in load(folder / "en_gum_dev_nested.jsonl") if (d.id or "").startswith(GENRES)]
    flat = [tweet for position, tweet in enumerate(tweets) if position % 3 < 2]
    for name, documents in (("flat", flat), ("nested", sentences)):
        save(SAMPLES / f"{name}_train.jsonl", documents[::2])
        save(SAMPLES / f"{name}_test.jsonl", documents[1::2])


if __name__ == "__main__":
    main()
