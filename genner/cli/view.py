"""`genner view`: a corpus, or what a system wrote, with its entities highlighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from genner.cli.choose import chosen, rest
from genner.cli.highlight import shown_document
from genner.cli.inputs import corpus, format_of, note_formats, other_corpus, outputs, reader_of, rereadable, rewound
from genner.cli.options import (
    AnyFormat,
    AsJson,
    Corpus,
    DataFormat,
    Grounding,
    Html,
    LabelOf,
    Labels,
    Limit,
    OutputFile,
    SampleOf,
    Seed,
    SortDocuments,
    SourceFile,
    TextOf,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import command_line, show, write_json
from genner.cli.sides import decoded
from genner.report import corpus_to_html, write_page
from genner.types import Document, LabelSet, Prediction

__all__ = ["view"]

Shown = Document | Prediction
Named = tuple[str | None, Shown]
"""What is shown, with the id of its document where it is known."""

ORDERS = {
    "document": lambda numbered: numbered[0],
    "length": lambda numbered: (-len(numbered[1][1].text), numbered[0]),
    "entities": lambda numbered: (-len(numbered[1][1].entities), numbered[0]),
}
"""What documents can be sorted by: as they come, the longest first, those with the most entities first."""


@reads
def view(
    file: Corpus = "-",
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    source: SourceFile = None,
    label: LabelOf = None,
    text: TextOf = None,
    sort: SortDocuments = "document",
    sample: SampleOf = None,
    seed: Seed = 0,
    limit: Limit = 10,
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    reading: Reading,
    as_json: AsJson = False,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Show documents, predictions or raw outputs with their entities highlighted."""
    if format is None and source is None and data_format is not None:
        read: Sequence[Named] = [(one.id, one) for one in corpus(file, data_format, reading)]
    else:
        read = _answers(file, format, label_set(labels), source, grounding, reading)
    fitting = [(place, one) for place, one in enumerate(read) if _fits(one[1], label, text)]
    listed = chosen(fitting, sort, ORDERS, sample, seed)
    if html is not None:
        write_page(html, corpus_to_html([one for _, (_, one) in listed], title=file, command=command_line()))
    elif as_json:
        write_json((_with_id(name, one.to_dict()) for _, (name, one) in listed), output)
    else:
        shown = listed if sample is not None else listed[:limit]
        more = rest(fitting, len(shown), len(listed))
        show([*(_drawn(place, one) for place, one in shown), *([Text(more)] if more else [])], output)


def _answers(
    path: str, format: str | None, labels: LabelSet | None, source: str | None, grounding: str, reading: Reading
) -> list[Named]:
    """Read a corpus, or a file of predictions or raw outputs, whatever it is.

    Args:
        source: a corpus with the texts of the outputs, where the file does not have them.
    """
    target = rereadable(path)
    codec = reader_of(format, grounding)
    texts, report = reading.report(), reading.report()
    found = list(outputs(rewound(target), reading, raw=format is not None, report=report))
    if source is not None:
        documents = list(other_corpus(source, reading, report=texts))
        sides = decoded(documents, found, codec, labels, bad=(texts.bad, report.bad))
        return [(one.id, predicted) for one, predicted in zip(sides.gold, sides.predictions, strict=True)]
    if all(isinstance(output.answer, Document) for output in found):
        return [(output.id, output.answer) for output in found if isinstance(output.answer, Document)]
    made = [(output.id, output.decode(codec, labels=labels)) for output in found]
    for output, (_, prediction) in zip(found, made, strict=True):
        if prediction.text is None:
            raise output.error("the source text is not known: give --source")
    if format is None:
        raw = [one for output, (_, one) in zip(found, made, strict=True) if isinstance(output.answer, str)]
        note_formats(Counter(map(format_of, raw)), path)
    return [*made]


def _with_id(name: str | None, record: Mapping[str, Any]) -> dict[str, Any]:
    return {**({} if name is None else {"id": name}), **record}


def _fits(one: Shown, label: str | None, text: str | None) -> bool:
    labels = {entity.label for entity in one.entities}
    if isinstance(one, Prediction):
        labels |= {mention.label for mention in one.unplaced}
    return (label is None or label in labels) and (text is None or text in (one.text or ""))


def _drawn(place: int, named: Named) -> Text:
    name, one = named
    if isinstance(one, Prediction):
        return shown_document(one.to_document(id=name), one, f"#{place + 1}")
    return shown_document(one, name=f"#{place + 1}")
