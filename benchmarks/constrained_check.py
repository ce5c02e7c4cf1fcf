"""Hold guides to their promises over whole corpora.

    python benchmarks/constrained_check.py [--data DIR] [--documents 200] [--answers 3] [--sizes 32000]

For every document and format: the gold encoding must be allowed byte by byte, and token by token under
tokenizers of every size, and answers drawn at random from the guide (every byte as likely as another;
after a while only those that add no structure) must decode with no issue.  `escaped` counts the
documents whose text has something that could be taken for markup.
Exit code 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from constrained_models import train
from constrained_speed import full

import genner
from genner.constrained import Guide, TokenGuide, Vocabulary, get_guide
from genner.exceptions import EncodeError
from genner.study.samples import SAMPLES, load_sample
from genner.types import Document, LabelSet


def corpora(data: Path | None) -> dict[str, list[Document]]:
    if data is None:
        return {name: list(load_sample(name)) for name in SAMPLES}
    paths = [path for path in sorted(data.glob("*.jsonl")) if "discontinuous" not in path.name]
    return {path.stem: list(genner.read(path)) for path in paths}


def labels_of(documents: Iterable[Document]) -> LabelSet:
    """Return the labels that occur."""
    return LabelSet(sorted({entity.label for document in documents for entity in document.entities}) or ["X"])


def draw(guide: Guide, rng: random.Random) -> str:
    """Walk the guide at random; after a few hundred bytes of structure, straight to the end."""
    state, written, structure = guide.start, bytearray(), 0
    while not (state.final and (not state.following or rng.random() < 0.5)):
        copying = sorted(state.ending.following)
        copies = copying and (structure > 200 or rng.random() < 0.8)
        byte = rng.choice(copying if copies else sorted(state.following))
        structure += byte not in copying
        written.append(byte)
        state = state.following[byte]
    return written.decode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of corpora as JSON Lines")
    parser.add_argument("--documents", type=int, default=200, help="of each corpus, at most")
    parser.add_argument("--answers", type=int, default=3, help="to draw for each document")
    parser.add_argument("--sizes", type=int, nargs="+", default=[32_000], help="of the vocabularies")
    arguments = parser.parse_args()
    found = corpora(arguments.data)
    texts = [document.text for documents in found.values() for document in documents]
    tokenizers = {
        f"{kind} {size:,}": train(kind, size, full(texts, size))
        for kind in ("bytes", "pieces")
        for size in arguments.sizes
    }
    vocabularies = {kind: Vocabulary.from_tokenizer(made) for kind, made in tokenizers.items()}
    rng = random.Random(0)
    broken = 0
    for name, documents in found.items():
        labels = labels_of(documents)
        for format in genner.FORMATS:
            seen: Counter[str] = Counter()
            for document in rng.sample(documents, min(arguments.documents, len(documents))):
                guide = get_guide(format, document.text, labels)
                seen["documents"] += 1
                try:
                    output = genner.encode(document, format, labels=labels)
                except EncodeError:
                    seen["refused by the format"] += 1
                else:
                    seen["escaped"] += output.count("\\") > document.text.count("\\") and not format.endswith("json")
                    seen["bytes wrong"] += not guide.accepts(output)
                    for kind, tokenizer in tokenizers.items():
                        ids = tokenizer(output, add_special_tokens=False)["input_ids"]
                        if tokenizer.decode(ids) == output:
                            seen[f"{kind} wrong"] += not TokenGuide(guide, vocabularies[kind]).accepts(ids)
                        else:
                            seen[f"{kind} cannot spell"] += 1
                for _ in range(arguments.answers):
                    answer = draw(guide, rng)
                    prediction = genner.decode(answer, document.text, format=format, labels=labels)
                    kinds = {issue.kind for issue in prediction.issues}
                    wrong = kinds - ({"ambiguous"} if format == "grouped-json" else set())
                    seen["answers"] += 1
                    seen["answers wrong"] += bool(wrong or prediction.unplaced or prediction.text != document.text)
            broken += sum(count for what, count in seen.items() if what.endswith("wrong"))
            print(
                f"{name} {format}: " + ", ".join(f"{count} {what}" for what, count in seen.items() if count), flush=True
            )
    print("every promise kept" if not broken else f"{broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
