"""The JSON shapes that tools and projects are known for: what each looks like, and how it is written.

All are read by the one reader of records; a shape has a name so that it can be asked for and written.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from genner.exceptions import DataError, EncodeError
from genner.io import _adapters as adapters
from genner.io._annotations import Unit
from genner.io._names import names_nearby
from genner.io._tokens import flat_tags, grid_of, on_grid_or_dropped, words
from genner.io._writing import Details, searchable
from genner.io.chat import has_turns
from genner.io.items import End
from genner.io.json_text import json_line, json_records
from genner.io.records import Keys, RecordReader
from genner.io.sink import Sink
from genner.io.source import Source
from genner.tags import get_scheme
from genner.types import Document

__all__ = ["JSON_FORMATS", "JsonFormat"]

Fits = Callable[[Any], bool]
Build = Callable[[Document, Sink], "dict[str, Any] | list[dict[str, Any]]"]


class JsonFormat:
    """One shape of JSON records.

    Args:
        fits: tells whether the first record has this shape.
        adapt: turns a value of the file into plain records; not needed where only keys differ.
        gather: joins values of the file that make one document.
        end: what the ends of spans mean here.
    """

    SUFFIXES: tuple[str, ...] = ()

    def __init__(
        self,
        fits: Fits,
        *,
        adapt: Callable[[Any], Iterable[Any]] | None = None,
        gather: Callable[[Iterable[tuple[int | None, Any]]], Iterable[tuple[int | None, Any]]] | None = None,
        end: End | None = None,
    ) -> None:
        self.fits = fits
        self.adapt = adapt
        self.gather = gather
        self.end: End | None = end

    def sniff(self, name: str, head: str) -> bool:
        """Tell nothing from a beginning: `fits` looks at the whole first record."""
        return False

    def read(
        self,
        source: Source,
        *,
        offsets: Unit = "characters",
        end: End | None = None,
        names: Sequence[str] | Mapping[Any, str] | None = None,
        joiner: str | None = None,
        text: str | None = None,
        entities: str | None = None,
    ) -> Iterator[Document]:
        """Yield one document a record; see `nested_json.read` for the options."""
        keys = Keys(text, None, entities, names_nearby(source) if names is None else names)
        reader = RecordReader(source, keys, offsets=offsets, end=end or self.end, joiner=joiner, adapt=self.adapt)
        values: Iterable[tuple[int | None, Any]] = json_records(source)
        return reader.read(values if self.gather is None else self.gather(values))


class WritableJson(JsonFormat):
    """A shape that can be written too.

    Args:
        build: makes the record or records of a document; one that cannot be written raises `EncodeError`.
        array: whether the file is one array, not JSON Lines.
        details: whether what else is known of an entity is written too.
    """

    def __init__(self, fits: Fits, build: Build, *, array: bool = False, details: bool = False, **reading: Any) -> None:
        super().__init__(fits, **reading)
        self.KEEPS = ("details",) if details else ()
        self.build = build
        self.array = array

    def write(self, documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
        """Write every document, as JSON Lines or one array."""
        before = "[\n" if self.array else ""
        number = 0
        for document, made in sink.each(documents, lambda document: self.build(document, sink)):
            for record in made if isinstance(made, list) else [made]:
                line = json_line(record)
                sink.write(before + line + ("" if self.array else "\n"))
                before = ",\n" if self.array else ""
                number += 1
            yield document
        if self.array:
            sink.write("\n]\n" if number else "[]\n")


def _has(*keys: str, **types: type | tuple[type, ...]) -> Fits:
    """Return a test: all `keys` are there, and those with a type have it."""

    def fits(record: Any) -> bool:
        return (
            isinstance(record, Mapping)
            and all(key in record for key in keys)
            and all(isinstance(record.get(key), wanted) for key, wanted in types.items())
        )

    return fits


def _first(record: Any, key: str) -> Any:
    value = record.get(key) if isinstance(record, Mapping) else None
    return value[0] if isinstance(value, list) and value else None


def _with_id(document: Document, **record: Any) -> dict[str, Any]:
    return ({} if document.id is None else {"id": document.id}) | record


# -- annotation tools


def _is_label_studio(record: Any) -> bool:
    if not isinstance(record, Mapping) or not isinstance(record.get("data"), Mapping):
        return False
    return any(isinstance(record.get(key), list) for key in ("annotations", "completions", "predictions"))


def _label_studio(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    results = []
    for number, (start, end, label) in enumerate(document.entities):
        more = details.take(start, end, label)
        inner = {"start": start, "end": end, "text": document.text[start:end], "labels": [label]}
        result = {"id": str(more.pop("id", number)), "from_name": "label", "to_name": "text", "type": "labels"}
        result |= {key: more.pop(key) for key in ("score", "meta", "origin") if key in more}
        results.append({**result, "value": {**more, **inner}})
    relations = [one for one in document.meta.get("relations", ()) if isinstance(one, Mapping)]
    data = {"text": document.text} | ({} if document.id is None else {"id": document.id})
    # what a system predicted waits for a person; an annotation is taken as done
    held = "predictions" if document.meta.get("predicted") is True else "annotations"
    record: dict[str, Any] = {"data": data, held: [{"result": [*results, *relations]}]}
    return ({"id": document.id} if document.id is not None else {}) | record


def _is_min(record: Any) -> bool:
    values = record.values() if isinstance(record, Mapping) and isinstance(record.get("text"), str) else ()
    return any(
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], Mapping)
        and isinstance(value[0].get("labels"), list)
        and "start" in value[0]
        for value in values
    )


def _label_studio_min(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    listed = [
        {**details.take(s, e, label), "start": s, "end": e, "text": document.text[s:e], "labels": [label]}
        for s, e, label in document.entities
    ]
    return _with_id(document, text=document.text, label=listed)


def _is_doccano(record: Any) -> bool:
    if not isinstance(record, Mapping) or not isinstance(record.get("text", record.get("data")), str):
        return False
    lists = [_first(record, key) for key in ("label", "labels", "entities", "annotations")]
    return any(isinstance(one, Mapping) and "start_offset" in one for one in lists) or (
        isinstance(record.get("label", record.get("labels")), list)
        and all(one is None or isinstance(one, list) for one in lists)
    )


def _doccano(document: Document, sink: Sink) -> dict[str, Any]:
    return _with_id(document, text=document.text, label=[list(entity) for entity in document.entities])


def _prodigy(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    spans = [{**details.take(s, e, label), "start": s, "end": e, "label": label} for s, e, label in document.entities]
    record: dict[str, Any] = {"text": document.text, "spans": spans, "answer": "accept"}
    if "tokens" in document.meta:
        record["tokens"] = [
            {"text": document.text[start:end], "start": start, "end": end, "id": number}
            for number, (start, end) in enumerate(grid_of(document))
        ]
    return record | ({} if document.id is None else {"meta": {"id": document.id}})


def _spacy(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    ents = [{**details.take(s, e, label), "start": s, "end": e, "label": label} for s, e, label in document.entities]
    return _with_id(document, text=document.text, ents=ents)


def _dataturks(document: Document, sink: Sink) -> dict[str, Any]:
    listed = [
        {"label": [label], "points": [{"start": s, "end": e - 1, "text": document.text[s:e]}]}
        for s, e, label in document.entities
    ]
    return _with_id(document, content=document.text, annotation=listed)


def _pubannotation(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    listed = []
    for number, (start, end, label) in enumerate(document.entities, 1):
        more = details.take(start, end, label)
        identity = more.pop("id", f"T{number}")
        listed.append({"id": identity, "span": {"begin": start, "end": end}, "obj": label, **more})
    record = {"text": document.text, "denotations": listed}
    return ({} if document.id is None else {"sourceid": document.id}) | record


def _langextract(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    listed = [
        {
            "extraction_class": label,
            "extraction_text": document.text[s:e],
            "char_interval": {"start_pos": s, "end_pos": e},
            **details.take(s, e, label),
        }
        for s, e, label in document.entities
    ]
    head = {} if document.id is None else {"document_id": document.id}
    return head | {"text": document.text, "extractions": listed}


# -- models and their training data


def _huggingface(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    return _with_id(document, tokens=tokens, ner_tags=flat_tags(document, grid, sink, get_scheme("IOB2")))


def _gliner(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    ner = [[first, end - 1, label] for first, end, label in on_grid_or_dropped(document, grid, sink)]
    return _with_id(document, tokenized_text=tokens, ner=ner)


def _by_label(document: Document, sink: Sink) -> dict[str, list[str]]:
    """Return the mentions of each label; those that would be placed elsewhere are dropped and counted."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for start, end, label in searchable(document, sink):
        found[label].append(document.text[start:end])
    return dict(found)


def _gliner2(document: Document, sink: Sink) -> dict[str, Any]:
    return _with_id(document, input=document.text, output={"entities": _by_label(document, sink)})


def _universal_ner(document: Document, sink: Sink) -> dict[str, Any]:
    turns = [{"from": "human", "value": f"Text: {document.text}"}, {"from": "gpt", "value": "I've read this text."}]
    for label, mentions in _by_label(document, sink).items():
        turns.append({"from": "human", "value": f"What describes {label} in the text?"})
        turns.append({"from": "gpt", "value": json.dumps(mentions, ensure_ascii=False)})
    return _with_id(document, conversations=turns)


def _spert(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    listed = [
        {"type": label, "start": first, "end": end} for first, end, label in on_grid_or_dropped(document, grid, sink)
    ]
    return ({} if document.id is None else {"orig_id": document.id}) | {"tokens": tokens, "entities": listed}


def _dygie(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    ner = [[first, end - 1, label] for first, end, label in on_grid_or_dropped(document, grid, sink)]
    return {"doc_key": document.id or "", "sentences": [tokens], "ner": [ner]}


def _w2ner(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    placed = on_grid_or_dropped(document, grid, sink)
    ner = [{"index": [*range(first, end)], "type": label} for first, end, label in placed]
    return _with_id(document, sentence=tokens, ner=ner)


def _mrc(document: Document, sink: Sink) -> list[dict[str, Any]]:
    """Write one question for each label of the document, so that it can be read back; at least one."""
    tokens, grid = words(document, sink)
    if not tokens or any(token.split() != [token] for token in tokens):
        raise EncodeError("a context of BERT-MRC is split at spaces: it cannot hold no token, or one with white space")
    placed = on_grid_or_dropped(document, grid, sink)
    name = document.id if document.id is not None else "0"
    records = []
    for number, label in enumerate(dict.fromkeys(label for *_, label in placed) or [""], 1):
        spans = [(first, end - 1) for first, end, other in placed if other == label]
        record: dict[str, Any] = {"context": " ".join(tokens), "query": label, "entity_label": label}
        record |= {"qas_id": f"{name}.{number}", "impossible": not spans}
        record |= {"start_position": [first for first, _ in spans], "end_position": [last for _, last in spans]}
        records.append(record | {"span_position": [f"{first};{last}" for first, last in spans]})
    return records


def _gathered(values: Iterable[tuple[int | None, Any]]) -> Iterator[tuple[int | None, Any]]:
    """Join the questions about one context that follow each other."""
    line: int | None = None
    waiting: list[Any] = []
    last = None
    for number, value in values:
        if isinstance(value, DataError) or not isinstance(value, Mapping):
            yield number, value
            continue
        context = value.get("context", value.get("content"))
        this = (re.split(r"[.]", str(value.get("qas_id", "")))[0], str(context))
        if waiting and this != last:
            yield line, waiting
            waiting = []
        line, last = (number if not waiting else line), this
        waiting.append(value)
    if waiting:
        yield line, waiting


def _is_luis(record: Any) -> bool:
    if _has(query=str)(record):
        inner = record.get("prediction", record)
        listed = inner.get("entities") if isinstance(inner, Mapping) else None
        return "$instance" in (listed or ()) or "endIndex" in (_first(inner, "entities") or ())
    return _has("luis_schema_version", utterances=list)(record)


def _is_cluener(record: Any) -> bool:
    label = record.get("label") if isinstance(record, Mapping) else None
    return isinstance(label, Mapping) and all(isinstance(inner, Mapping) for inner in label.values())


def _cluener(document: Document, sink: Sink) -> dict[str, Any]:
    label: dict[str, dict[str, list[list[int]]]] = {}
    for start, end, name in document.entities:
        label.setdefault(name, {}).setdefault(document.text[start:end], []).append([start, end - 1])
    return _with_id(document, text=document.text, label=label)


def _bigbio(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    listed = []
    for number, (start, end, label) in enumerate(document.entities, 1):
        more = details.take(start, end, label)
        place = {"type": label, "text": [document.text[start:end]], "offsets": [[start, end]]}
        listed.append({"id": more.pop("id", f"e{number}"), **place, "normalized": more.pop("normalized", []), **more})
    passage = {"id": "p1", "type": "text", "text": [document.text], "offsets": [[0, len(document.text)]]}
    empty: dict[str, Any] = {"events": [], "coreferences": [], "relations": document.meta.get("relations", [])}
    name = document.id or ""
    return {"id": name, "document_id": name, "passages": [passage], "entities": listed, **empty}


def _bioc(document: Document, sink: Sink) -> dict[str, Any]:
    details = Details(document)
    listed = []
    for number, (start, end, label) in enumerate(document.entities, 1):
        more = details.take(start, end, label)
        place = {"text": document.text[start:end], "locations": [{"offset": start, "length": end - start}]}
        infons = {**more.pop("infons", {}), "type": label}
        listed.append({"id": str(more.pop("id", number)), "infons": infons, **place})
    passage = {"offset": 0, "infons": {}, "text": document.text, "sentences": [], "annotations": listed}
    passage["relations"] = []
    record = {"id": document.id or "", "infons": document.meta.get("infons", {}), "passages": [passage]}
    return record | {"annotations": [], "relations": document.meta.get("relations", [])}


class _BiocCollection(WritableJson):
    """BioC JSON is one object around all documents."""

    def write(self, documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
        sink.write('{"source": "", "date": "", "key": "", "infons": {}, "documents": [')
        for number, (document, made) in enumerate(sink.each(documents, lambda document: self.build(document, sink))):
            assert isinstance(made, dict)
            sink.write((",\n" if number else "\n") + json_line(made))
            yield document
        sink.write("\n]}\n")


def _is_spacy(record: Any) -> bool:
    if isinstance(record, list):
        return len(record) == 2 and isinstance(record[0], str) and isinstance(record[1], Mapping)
    return isinstance(record, Mapping) and isinstance(record.get("ents"), list)


def _is_bioc(record: Any) -> bool:
    first = _first(record, "documents") if _has(documents=list)(record) else record
    passage = _first(first, "passages")
    return isinstance(passage, Mapping) and "offset" in passage


JSON_FORMATS: dict[str, JsonFormat] = {
    "label-studio": WritableJson(
        _is_label_studio, _label_studio, details=True, adapt=adapters.label_studio, array=True
    ),
    "label-studio-min": WritableJson(_is_min, _label_studio_min, details=True, array=True),
    "bioc-json": _BiocCollection(_is_bioc, _bioc, details=True, adapt=adapters.bioc),
    "bigbio": WritableJson(
        lambda record: isinstance(_first(record, "passages"), Mapping) and "entities" in record,
        _bigbio,
        details=True,
        adapt=adapters.bigbio,
    ),
    "ubiai": JsonFormat(_has(document=str, tokens=list), adapt=adapters.ubiai),
    "luis": JsonFormat(_is_luis, adapt=adapters.luis),
    "paddle-uie": JsonFormat(_has(content=str, result_list=list), adapt=adapters.paddle_uie, gather=_gathered),
    "docred": JsonFormat(_has(vertexSet=list, sents=list), adapt=adapters.docred),
    "spacy-v2": JsonFormat(lambda record: "sentences" in (_first(record, "paragraphs") or ()), adapt=adapters.spacy_v2),
    "uima-json": JsonFormat(_has("%FEATURE_STRUCTURES"), adapt=adapters.inception),
    "bert-mrc": WritableJson(_has("context", "entity_label"), _mrc, adapt=adapters.mrc, gather=_gathered, array=True),
    "instruct-uie": JsonFormat(_has(Instance=Mapping), adapt=adapters.instruct_uie),
    "universal-ner": WritableJson(has_turns, _universal_ner, adapt=adapters.conversation, array=True),
    "pubannotation": WritableJson(_has(text=str, denotations=list), _pubannotation, details=True),
    "langextract": WritableJson(_has(text=str, extractions=list), _langextract, details=True),
    "dataturks": WritableJson(
        _has("annotation", content=str, annotation=(list, type(None))), _dataturks, end="inclusive"
    ),
    "cluener": WritableJson(_is_cluener, _cluener, end="inclusive"),
    "gliner2": WritableJson(_has(input=str, output=Mapping), _gliner2, adapt=adapters.gliner2),
    "gliner": WritableJson(_has(tokenized_text=list, ner=list), _gliner, end="inclusive", array=True),
    "w2ner": WritableJson(_has(sentence=list, ner=list), _w2ner, array=True),
    "dygie": WritableJson(_has(sentences=list, ner=list), _dygie, end="inclusive"),
    "spert": WritableJson(
        lambda record: _has(tokens=list, entities=list)(record) and "orig_id" in record, _spert, array=True
    ),
    "huggingface": WritableJson(_has("ner_tags"), _huggingface),
    "spacy-json": WritableJson(_is_spacy, _spacy, details=True),
    "prodigy": WritableJson(_has(text=str, spans=list), _prodigy, details=True),
    "doccano": WritableJson(_is_doccano, _doccano),
}
"""Every shape by name; a guess takes the first whose `fits` says yes to the first record."""
