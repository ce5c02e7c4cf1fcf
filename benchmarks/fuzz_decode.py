"""Fuzz decoding, guided by coverage: no exception, every place inside the text, one answer.

    python benchmarks/fuzz_decode.py --format bracket --minutes 10

Needs atheris (`pip install atheris`), which mutates inputs towards code not yet reached; it starts
from encodings of the sample corpora.  A failure prints the input and exits with a code that is not 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["genner"]):
    import genner
    from genner import _echo, _fuzzy, _ground  # noqa: F401  (instrumented before they are first needed)
    from genner.formats import _messy_inline, _messy_json  # noqa: F401

from genner.data import load_sample, sample_labels
from genner.formats import Codec

SEPARATOR = "\x1e"
"""Stands between source and output in one input."""


def check(codec: Codec, labels: genner.LabelSet, data: bytes) -> None:
    """Decode one input and hold the prediction to the laws of decoding."""
    text, _, output = data.decode("utf-8", "surrogateescape").partition(SEPARATOR)
    for source in (text, None):
        prediction = codec.decode(output, source, labels=labels)
        assert prediction == codec.decode(output, source, labels=labels)
        size = len(prediction.text or "") if source is None else len(source)
        for entity in prediction.entities:
            assert entity.start < entity.end, entity
            assert prediction.text is None or entity.end <= size, entity
        for issue in prediction.issues:
            assert issue.output_span is None or issue.output_span.end <= max(1, len(output)), issue


def seeds(codec: Codec, labels: genner.LabelSet, directory: Path) -> None:
    """Write encodings to start from."""
    for number, document in enumerate(load_sample("nested")):
        output = codec.encode(document, labels=labels)
        data = f"{document.text}{SEPARATOR}{output}".encode("utf-8", "surrogateescape")
        (directory / str(number)).write_bytes(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", required=True, choices=genner.FORMATS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--max-length", type=int, default=2000, help="longest input in bytes")
    options = parser.parse_args()
    codec, labels = genner.get_codec(options.format), sample_labels("nested")
    with tempfile.TemporaryDirectory() as directory:
        seeds(codec, labels, Path(directory))
        limits = [f"-max_total_time={round(60 * options.minutes)}", f"-max_len={options.max_length}", "-timeout=20"]
        atheris.Setup([sys.argv[0], directory, *limits], lambda data: check(codec, labels, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
