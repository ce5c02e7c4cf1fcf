"""`genner view`: a corpus, or what a system wrote, with its entities highlighted."""

from __future__ import annotations

from rich.text import Text

from genner.cli.choose import chosen, rest
from genner.cli.highlight import shown_document
from genner.cli.inputs import spoken
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
    SkipBad,
    SortDocuments,
    SourceFile,
    TextOf,
    label_set,
)
from genner.cli.screen import command_line, show, write_json
from genner.report import corpus_to_html, write_page
from genner.types import Document, Prediction

__all__ = ["view"]

Shown = Document | Prediction

ORDERS = {
    "document": lambda numbered: numbered[0],
    "length": lambda numbered: (-len(numbered[1].text), numbered[0]),
    "entities": lambda numbered: (-len(numbered[1].entities), numbered[0]),
}
"""What documents can be sorted by: as they come, the longest first, those with the most entities first."""


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
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Show documents, predictions or raw outputs with their entities highlighted."""
    read = spoken(
        file,
        format,
        label_set(labels),
        source=source,
        grounding=grounding,
        data_format=data_format,
        skip_bad=skip_bad,
    )
    fitting: list[tuple[int, Shown]] = [(place, one) for place, one in enumerate(read) if _fits(one, label, text)]
    listed = chosen(fitting, sort, ORDERS, sample, seed)
    if html is not None:
        write_page(html, corpus_to_html([one for _, one in listed], title=file, command=command_line()))
    elif as_json:
        write_json((one.to_dict() for _, one in listed), output)
    else:
        shown = listed if sample is not None else listed[:limit]
        more = rest(fitting, len(shown), len(listed))
        show([*(_drawn(place, one) for place, one in shown), *([Text(more)] if more else [])], output)


def _fits(one: Shown, label: str | None, text: str | None) -> bool:
    labels = {entity.label for entity in one.entities}
    if isinstance(one, Prediction):
        labels |= {mention.label for mention in one.unplaced}
    return (label is None or label in labels) and (text is None or text in (one.text or ""))


def _drawn(place: int, one: Shown) -> Text:
    if isinstance(one, Prediction):
        return shown_document(one.to_document(), one, f"#{place + 1}")
    return shown_document(one, name=f"#{place + 1}")
