"""Every format that can be written gives back what it wrote, or the report counts what it left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from genner import io
from genner.types import Document

NATIVE = Path(__file__).parent / "data" / "native"
SOURCES = ("turku/dev.head.tsv", "gum_conllu/gum.conllu", "gum_webanno/gum.tsv", "ncbi_brat", "craft_brat")
SOURCES += ("ncbi_pubtator/ncbi.txt", "wnut17/wnut17train.head.conll")
WRITABLE = [
    pytest.param(name, marks=[pytest.mark.extra] if name == "docbin" else [])
    for name, module in io.DATA_FORMATS.items()
    if hasattr(module, "write")
]


def entities(documents: list[Document]) -> Counter[tuple[str, str]]:
    """Count entities by their letters and label: formats of tokens change white space."""
    return Counter(
        ("".join(document.surface(entity).split()), entity.label)
        for document in documents
        for entity in document.entities
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("format", WRITABLE)
def test_what_was_written_is_read_or_counted(format: str, source: str, tmp_path: Path) -> None:
    """By name and by guess: every entity comes back but those the report of the writer counts as dropped."""
    written = list(io.read(NATIVE / source))
    report = io.WriteReport()
    path = tmp_path / {"brat": "folder", "docbin": "x.spacy"}.get(format, "x.dat")

    io.write(written, path, format, on_error="skip", report=report)

    for name in (format, None):
        found = list(io.read(path, name))
        assert len(found) == len(written) - report.skipped
        lost = entities(written) - entities(found)
        assert entities(found) - entities(written) == Counter()
        assert sum(lost.values()) == report.dropped
        if not report.count("left_out") and not report.skipped:
            assert sorted(one.text for one in found) == sorted(one.text for one in written)


@pytest.mark.parametrize("format", ["brat", "jsonl", "pubtator", "bioc", "bioc-json", "label-studio", "prodigy"])
def test_details_come_back(format: str, tmp_path: Path) -> None:
    """What else is known of an entity is written where a format has a place for it."""
    detail = {
        "brat": {"id": "T7", "attributes": {"Negated": True, "Conf": "High"}, "notes": ["a note"]},
        "pubtator": {"id": "MESH:D1"},
        "bioc": {"id": "7", "infons": {"identifier": "672"}},
        "bioc-json": {"id": "7", "infons": {"identifier": "672"}},
        "label-studio": {"id": "7", "score": 0.5},
    }.get(format, {"score": 0.5})
    meta = {"details": [{"start": 0, "end": 3, "label": "PER", **detail}]}
    meta |= {"brat": ["R1\tSelf Arg1:T7 Arg2:T7"]} if format == "brat" else {}
    report = io.WriteReport()

    io.write([Document("Ann left", [(0, 3, "PER")], id="1", meta=meta)], tmp_path / "x", format, report=report)
    (document,) = io.read(tmp_path / "x", format)

    assert document.meta["details"] == meta["details"]
    assert report.ok


def test_what_a_format_has_no_place_for_is_counted(tmp_path: Path) -> None:
    """Details and spans with a gap that are not written are in the report, each with its reason."""
    meta = {
        "details": [{"start": 0, "end": 4, "label": "D", "score": 0.5}],
        "discontinuous": [{"fragments": [[0, 4], [15, 21]], "label": "D", "text": "lung ... injury"}],
    }
    report = io.WriteReport()

    io.write([Document("lung and heart injury", [(0, 4, "D")], meta=meta)], tmp_path / "x", "doccano", report=report)

    assert report.count("left_out") == 2
    assert "a span with a gap" in report.problems[0].message


def test_a_span_with_a_gap_goes_from_brat_to_brat(tmp_path: Path) -> None:
    """brat has gaps: they are read aside, and written as they were."""
    (read,) = io.read(NATIVE / "craft_brat" / "16410827.ann")

    io.write([read], tmp_path / "x", "brat")

    assert next(io.read(tmp_path / "x")).meta["discontinuous"] == read.meta["discontinuous"]
