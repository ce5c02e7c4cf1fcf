"""Real files in their own formats are read as their authors meant them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genner import io
from genner.types import Document

NATIVE = Path(__file__).parent / "data" / "native"

FILES = {
    "wnut17": ("wnut17train.head.conll", "columns"),
    "turku": ("dev.head.tsv", "columns"),
    "lenerbr": ("lenerbr.conll", "columns"),
    "ncbi_iobes": ("devel.head.tsv", "columns"),
    "gum_conllu": ("gum.conllu", "conllu"),
    "gum_webanno": ("gum.tsv", "webanno"),
    "ncbi_brat": (".", "brat"),
    "craft_brat": (".", "brat"),
    "ncbi_pubtator": ("ncbi.txt", "pubtator"),
}


def record(document: Document) -> dict[str, object]:
    """Return what `expected.jsonl` says of a document."""
    return {
        "text": document.text,
        "entities": [entity.to_dict() for entity in document.entities],
        **{key: document.meta[key] for key in ("tokens", "discontinuous") if key in document.meta},
    }


def by_start(spans: list[dict]) -> list[dict]:
    return sorted(spans, key=lambda span: (span["fragments"], span["label"]))


@pytest.mark.parametrize("name", FILES)
def test_native_file(name: str) -> None:
    """The format is guessed, and text, entities and tokens are those of an independent conversion."""
    file, format = FILES[name]
    expected = [json.loads(line) for line in (NATIVE / name / "expected.jsonl").read_text("utf-8").split("\n") if line]
    for wanted in expected:
        del wanted["id"]  # the conversion made its own
    report = io.ReadReport()
    path = NATIVE / name / file

    found = [record(document) for document in io.read(path, report=report)]

    assert io.guess_format(path) == format
    for item in (*found, *expected):
        if "discontinuous" in item:
            item["discontinuous"] = by_start(item["discontinuous"])
    assert found == expected
    assert report.read == len(expected)
    assert report.skipped == report.repaired == 0


def test_spans_with_a_gap_are_set_aside() -> None:
    """A span with a gap is no entity: `meta` keeps it and the report counts it."""
    report = io.ReadReport()

    (document,) = io.read(NATIVE / "craft_brat" / "16410827.ann", report=report)

    gaps = document.meta["discontinuous"]
    assert report.set_aside == len(gaps) == 5
    assert {"fragments": [[510, 528], [534, 539]], "label": "GO_BP", "text": "differentiation of ... cells"} in gaps


def test_ids_come_from_the_file() -> None:
    """Sentences and articles that have a name keep it."""
    assert next(d.id for d in io.read(NATIVE / "gum_conllu" / "gum.conllu")) == "GUM_news_sensitive-1"
    assert next(d.id for d in io.read(NATIVE / "gum_webanno" / "gum.tsv")) == "gum-1"
    assert [d.id for d in io.read(NATIVE / "ncbi_brat")] == ["100562", "10094552"]
    assert next(d.id for d in io.read(NATIVE / "ncbi_pubtator" / "ncbi.txt")) == "10192393"
