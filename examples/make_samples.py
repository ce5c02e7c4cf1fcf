"""Build the sample corpora that ship in `genner/study/samples/` from larger ones.

    python examples/make_samples.py --data DIR

DIR holds `train/en_btc_f.jsonl` and `train/en_btc_g.jsonl` (Broad Twitter Corpus, sections f and g) and
`en_gum_dev_nested.jsonl` (GUM, dev), one document a line.  The choice has no chance in it: records in file
order.  Tweets that name an account are left out, since the corpus annotates the "@" of most accounts as an
entity of one character.  The tweets are of section g, and for training those of section f that hold
brackets as well; the recorded answers are of a model that learned from section f.  Of GUM every other
sentence is for testing, so train and test share whole articles; a corpus for real scores keeps documents
apart.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from genner.types import Document

SAMPLES = Path(__file__).parent.parent / "genner" / "study" / "samples"

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
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the corpora")
    folder = parser.parse_args().data
    learned, held = (
        [tweet for tweet in load(folder / "train" / f"en_btc_{section}.jsonl") if "@" not in tweet.text]
        for section in "fg"
    )
    sentences = [d for d in load(folder / "en_gum_dev_nested.jsonl") if (d.id or "").startswith(GENRES)]
    parts = {
        "flat_train": held[1::8] + [tweet for tweet in learned if set("[]<>") & set(tweet.text)],
        "flat_test": held[::8],
        "nested_train": sentences[::2],
        "nested_test": sentences[1::2],
    }
    for name, documents in parts.items():
        save(SAMPLES / f"{name}.jsonl", documents)


if __name__ == "__main__":
    main()
