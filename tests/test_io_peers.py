"""What is written here is read by the libraries that made the formats known."""

from __future__ import annotations

from pathlib import Path

import pytest

from genner import io
from genner.io.docbin import doc_of, document_of
from genner.types import Document

pytestmark = pytest.mark.extra  # bioc and spaCy

FLAT = Document(
    "BRCA1 & flu.", [(0, 5, "Gene"), (8, 11, "Disease")], id="1", meta={"tokens": [[0, 5], [6, 7], [8, 11], [11, 12]]}
)
NESTED = Document("IL-2 gene", [(0, 9, "DNA"), (0, 4, "protein")], id="2")


def test_bioc_reads_our_xml_and_json(tmp_path: Path) -> None:
    """Ids, texts, places and types of annotations are those that were written."""
    import bioc
    from bioc import biocjson

    io.write([FLAT, NESTED], tmp_path / "x.xml", "bioc")
    io.write([FLAT, NESTED], tmp_path / "x.json", "bioc-json")

    with (tmp_path / "x.xml").open("rb") as file:
        in_xml = bioc.biocxml.load(file)
    with (tmp_path / "x.json").open() as file:
        in_json = biocjson.load(file)

    for collection in (in_xml, in_json):
        found = [
            [
                (one.infons["type"], one.total_span.offset, one.total_span.length, one.text)
                for one in passage.annotations
            ]
            for document in collection.documents
            for passage in document.passages
        ]
        assert [document.id for document in collection.documents] == ["1", "2"]
        assert found == [
            [("Gene", 0, 5, "BRCA1"), ("Disease", 8, 3, "flu")],
            [("DNA", 0, 9, "IL-2 gene"), ("protein", 0, 4, "IL-2")],
        ]


def test_we_read_what_bioc_writes(tmp_path: Path) -> None:
    """A collection of the library, with two passages and one annotation in the second."""
    import bioc

    document = bioc.BioCDocument()
    document.id = "7"
    for offset, text in ((0, "A title."), (9, "It is flu.")):
        passage = bioc.BioCPassage()
        passage.offset, passage.text = offset, text
        document.add_passage(passage)
    annotation = bioc.BioCAnnotation()
    annotation.id, annotation.text, annotation.infons["type"] = "T1", "flu", "Disease"
    annotation.add_location(bioc.BioCLocation(15, 3))
    document.passages[1].add_annotation(annotation)
    collection = bioc.BioCCollection()
    collection.add_document(document)
    with (tmp_path / "x.xml").open("w") as file:
        bioc.biocxml.dump(collection, file)

    (read,) = io.read(tmp_path / "x.xml")

    assert (read.id, read.text, read.entities) == ("7", "A title. It is flu.", ((15, 18, "Disease"),))


def test_spacy_reads_our_docbin(tmp_path: Path) -> None:
    """Flat entities are `ents`; nested ones are the span group `sc`; texts are whole."""
    import spacy
    from spacy.tokens import DocBin

    io.write([FLAT, NESTED], tmp_path / "x.spacy", "docbin")

    first, second = DocBin().from_disk(tmp_path / "x.spacy").get_docs(spacy.blank("en").vocab)

    assert (first.text, [(span.text, span.label_) for span in first.ents]) == (
        "BRCA1 & flu.",
        [("BRCA1", "Gene"), ("flu", "Disease")],
    )
    assert (second.ents, [(span.text, span.label_) for span in second.spans["sc"]]) == (
        (),
        [("IL-2 gene", "DNA"), ("IL-2", "protein")],
    )


def test_docs_go_both_ways() -> None:
    """A `Doc` becomes a document and a document a `Doc`, without a file."""
    doc = doc_of(FLAT)

    assert [(span.text, span.label_) for span in doc.ents] == [("BRCA1", "Gene"), ("flu", "Disease")]
    assert document_of(doc).entities == FLAT.entities


def test_the_converter_of_label_studio_reads_our_json(tmp_path: Path) -> None:
    """The SDK's converter makes JSON-MIN and CoNLL of it, with our entities in both; its JSON-MIN is read here."""
    reason = "label-studio-sdk needs an older numpy: .ci/run installs it in an environment of its own"
    pytest.importorskip("label_studio_sdk", reason=reason)
    from label_studio_sdk.converter import Converter

    documents = [Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="1"), Document("It rained", id="2")]
    labels = '<Labels name="label" toName="text"><Label value="PER"/><Label value="LOC"/></Labels>'
    io.write(documents, tmp_path / "x.json", "label-studio")

    converter = Converter(f'<View>{labels}<Text name="text" value="$text"/></View>', None, download_resources=False)
    converter.convert_to_conll2003(str(tmp_path / "x.json"), str(tmp_path), is_dir=False)
    converter.convert_to_json_min(str(tmp_path / "x.json"), str(tmp_path), is_dir=False)

    for name in ("result.conll", "result.json"):
        read = list(io.read(tmp_path / name))
        assert [(one.text, one.entities) for one in read] == [(one.text, one.entities) for one in documents]


def test_datasets_reads_our_rows(tmp_path: Path) -> None:
    """The `datasets` library loads tokens and tags as they are, and its rows are read here without a file."""
    datasets = pytest.importorskip("datasets", reason="datasets is not installed: pip install datasets")
    flat = Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="1")
    io.write([flat], tmp_path / "x.jsonl", "huggingface")

    rows = datasets.Dataset.from_json(str(tmp_path / "x.jsonl"), cache_dir=str(tmp_path / "cache"))

    assert rows[0] == {"id": "1", "tokens": ["Ann", "left", "Rome"], "ner_tags": ["B-PER", "O", "B-LOC"]}
    assert next(io.read(rows)).entities == flat.entities
