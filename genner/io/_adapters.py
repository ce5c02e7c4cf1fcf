"""Shapes that wrap their records in more than keys: each adapter turns one value of a file into plain records.

A plain record has `text` or `tokens`, and `entities` or `tags`, as `_records` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

from genner.exceptions import DataError
from genner.io.chat import source_of, turns_of
from genner.io.json_text import load_json

__all__ = [
    "bigbio",
    "bioc",
    "conversation",
    "docred",
    "gliner2",
    "holds_documents",
    "inception",
    "instruct_uie",
    "label_studio",
    "luis",
    "mrc",
    "paddle_uie",
    "spacy_v2",
    "ubiai",
]

_DESCRIBES = re.compile(r"What describes (.+?) in the text\?\s*$")
_FENCE = re.compile(r"^```\w*\n(.*)\n```$", re.DOTALL)
_READ_TEXT = re.compile(r"^(?:Text|Sentence|Input):\s*")


def label_studio(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the task as a record: the first annotation that was not cancelled, else the first prediction."""
    for task in value if isinstance(value, list) else [value]:
        data = task.get("data", task)
        given = [one for one in task.get("annotations") or task.get("completions") or () if isinstance(one, Mapping)]
        kept = [one for one in given if not one.get("was_cancelled")]
        predicted = [one for one in task.get("predictions") or () if isinstance(one, Mapping)]
        chosen = (kept or predicted or [{}])[0]
        results = [one for one in chosen.get("result") or () if isinstance(one, Mapping)]
        entities = []
        for result in results:
            inner = result.get("value")
            if not isinstance(inner, Mapping) or not any(isinstance(one, list) for one in inner.values()):
                continue  # a relation, or a region that was never given a label
            if "start" not in inner and "globalOffsets" not in inner:
                continue  # a choice about the whole text
            extra = {key: result[key] for key in ("id", "score", "meta", "origin") if result.get(key) is not None}
            entities.append({**extra, **inner})
        text_keys = {one.get("to_name") for one in results} & set(data)
        texts = [key for key in (*text_keys, "text") if isinstance(data.get(key), str)]
        texts = texts or [key for key in data if isinstance(data[key], str)]
        texts.sort(key=lambda key: -sum(_shows(data[key], one) for one in entities))
        if not texts:
            raise DataError(f"expected a text in 'data', got the keys {', '.join(map(repr, data)):.120}")
        others = {key: item for key, item in data.items() if key != texts[0]}
        record = {"id": task.get("id"), "text": data[texts[0]], "entities": entities, **others}
        relations = [one for one in results if one.get("type") == "relation"]
        record |= {"relations": relations} if relations else {}
        record |= {"other_annotations": len(kept) - 1} if len(kept) > 1 else {}
        yield {key: item for key, item in record.items() if key != "id" or item is not None}


def _shows(text: str, value: Mapping[str, Any]) -> bool:
    """Tell whether a text has at its place what a region says it has there."""
    place = (value.get("start"), value.get("end"))
    return all(type(edge) is int for edge in place) and text[place[0] : place[1]] == value.get("text", "")


def luis(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the utterances of a LUIS model or answer: its ends are meant, or it gives lengths."""
    for one in value if isinstance(value, list) else [value]:
        for utterance in one.get("utterances", [one]):
            found = utterance.get("prediction", utterance).get("entities") or []
            if isinstance(found, Mapping):
                found = [each for listed in found.get("$instance", {}).values() for each in listed]
            entities = []
            for each in found:
                start = each.get("startPos", each.get("startIndex"))
                end = each.get("endPos", each.get("endIndex", -1))
                label = each.get("type") or each.get("entity")
                entities.append({"start": start, "end": start + each["length"] if "length" in each else end + 1})
                entities[-1] |= {"label": label, **{key: each[key] for key in ("score",) if key in each}}
            text = utterance.get("text", utterance.get("query"))
            yield {"text": text, "entities": entities, "intent": utterance.get("intent")}


def paddle_uie(value: Any) -> Iterator[dict[str, Any]]:
    """Yield one record for the prompts of PaddleNLP's UIE that share a content; a prompt is a label."""
    for content, group in groupby(value if isinstance(value, list) else [value], key=lambda one: one["content"]):
        asked = [(one["prompt"], found) for one in group for found in one["result_list"]]
        yield {"text": content, "entities": [{**found, "label": prompt} for prompt, found in asked]}


def ubiai(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of UBIAI, whose `tokens` are the entities."""
    for one in value if isinstance(value, list) else [value]:
        rest = {key: item for key, item in one.items() if key not in ("document", "documentName", "tokens")}
        yield {"id": one.get("documentName"), "text": one["document"], "entities": one["tokens"], **rest}


def spacy_v2(value: Any) -> Iterator[dict[str, Any]]:
    """Yield one record a paragraph of spaCy 2's training JSON: `{"paragraphs": [{"raw", "sentences"}]}`."""
    for document in value if isinstance(value, list) else [value]:
        for number, paragraph in enumerate(document["paragraphs"]):
            tokens = [token for sentence in paragraph["sentences"] for token in sentence["tokens"]]
            name = document.get("id", 0)
            identity = f"{name}" if len(document["paragraphs"]) == 1 else f"{name}-{number}"
            record = {"id": identity, "tokens": [token["orth"] for token in tokens]}
            if isinstance(paragraph.get("raw"), str):
                record["text"] = paragraph["raw"]
            tags = [token.get("ner", "-") for token in tokens]
            yield record | {"tags": ["O" if tag in ("-", "") else tag for tag in tags]}


def bigbio(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of BigBio's knowledge-base schema: passages with their offsets make the text."""
    for record in value if isinstance(value, list) else [value]:
        pieces = []
        for passage in record["passages"]:
            texts = passage["text"] if isinstance(passage["text"], list) else [passage["text"]]
            pieces += [(start, text) for text, (start, _) in zip(texts, passage["offsets"], strict=True)]
        rest = {key: item for key, item in record.items() if key not in ("passages", "document_id", "id")}
        yield {"id": record.get("document_id") or record.get("id"), "text": text_at(pieces), **rest}


def text_at(pieces: list[tuple[int, str]]) -> str:
    """Return the text of passages that start at the given offsets; gaps are filled with spaces.

    Raises:
        DataError: when a passage starts inside another.
    """
    text = ""
    for start, piece in sorted(pieces):
        if start < len(text):
            raise DataError(f"a passage starts at {start}, inside the one before, which ends at {len(text)}")
        text += " " * (start - len(text)) + piece
    return text


def bioc(value: Any) -> Iterator[dict[str, Any]]:
    """Yield one record a document of BioC JSON."""
    for collection in value if isinstance(value, list) else [value]:
        for document in collection.get("documents", [collection]):
            pieces, entities, relations = [], [], [*(document.get("relations") or ())]
            for passage in document["passages"]:
                parts = [passage] if passage.get("text") is not None else passage.get("sentences") or []
                pieces += [(int(part["offset"]), part["text"]) for part in parts]
                for part in (passage, *(passage.get("sentences") or ())):
                    relations += part.get("relations") or ()
                    for one in part.get("annotations") or ():
                        infons = dict(one.get("infons") or {})
                        label = infons.pop("type", None) or infons.pop("label", None) or "entity"
                        entity = {"text": one.get("text"), "label": label, "locations": one["locations"]}
                        entities.append(entity | {"id": one.get("id")} | ({"infons": infons} if infons else {}))
            record = {"id": document.get("id"), "text": text_at(pieces), "entities": entities}
            record |= {"infons": document["infons"]} if document.get("infons") else {}
            yield record | ({"relations": relations} if relations else {})


def inception(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the document of UIMA's JSON CAS: its text, and the layer of named entities."""
    structures = value["%FEATURE_STRUCTURES"]
    texts = [one["sofaString"] for one in structures if isinstance(one.get("sofaString"), str)]
    if not texts:
        raise DataError("expected a structure with a 'sofaString'")
    named = [one for one in structures if str(one.get("%TYPE", "")).endswith("NamedEntity")]
    entities = [
        {"begin": one["begin"], "end": one["end"], "label": one.get("value") or one.get("label") or "NamedEntity"}
        for one in named
    ]
    yield {"text": texts[0], "entities": entities}


def gliner2(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of GLiNER2: the entities of its output, by label."""
    for one in value if isinstance(value, list) else [value]:
        rest = {key: item for key, item in one.items() if key not in ("input", "output")}
        output = one["output"]
        others = {key: item for key, item in output.items() if key != "entities"}
        yield {**rest, "text": one["input"], "entities": output.get("entities") or {}, **others}


def docred(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of DocRED: the mentions of every vertex, whose tokens count from their sentence."""
    for one in value if isinstance(value, list) else [value]:
        starts = [0]
        for sentence in one["sents"]:
            starts.append(starts[-1] + len(sentence))
        entities = [
            {"index": [starts[mention["sent_id"]] + at for at in range(*mention["pos"])], "label": mention["type"]}
            for vertex in one["vertexSet"]
            for mention in vertex
        ]
        tokens = [token for sentence in one["sents"] for token in sentence]
        yield {"id": one.get("title"), "tokens": tokens, "entities": entities, "relations": one.get("labels") or []}


def mrc(value: Any) -> Iterator[dict[str, Any]]:
    """Yield one record for the questions of BERT-MRC that share a context, given one after the other."""
    questions = value if isinstance(value, list) else [value]
    for _, group in groupby(questions, key=lambda one: (str(one.get("qas_id", "")).partition(".")[0], one["context"])):
        asked = list(group)
        context = asked[0]["context"]
        tokens = context.split(" ") if isinstance(context, str) else context
        entities = []
        for one in asked:
            starts, ends = one.get("start_position") or [], one.get("end_position") or []
            spans = [tuple(map(int, re.split("[;,]", span))) for span in one.get("span_position") or ()]
            for first, last in spans or zip(starts, ends, strict=True):
                entities.append({"index": [*range(first, last + 1)], "label": one["entity_label"]})
        record = {"tokens": tokens, "entities": entities}
        if asked[0].get("qas_id") is not None:
            record["id"] = str(asked[0]["qas_id"]).partition(".")[0]
        if isinstance(context, str) and all(tokens):
            record["text"] = context
        yield record


def instruct_uie(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of InstructUIE: `{"Instance": {"sentence", "label": "person: Ann; place: Rome"}}`."""
    for one in value if isinstance(value, list) else [value]:
        instance = one["Instance"]
        answer = next((instance[key] for key in ("ground_truth", "label", "output") if instance.get(key)), "None")
        record = {"text": instance["sentence"], "entities": list(listed_pairs(answer))}
        yield record | ({"id": str(instance["id"])} if "id" in instance else {})


def listed_pairs(answer: str) -> Iterator[dict[str, str]]:
    """Yield the entities of `person: Ann; place: Rome`."""
    if answer.strip().casefold().rstrip(".") in ("none", "na", "[]", ""):
        return
    for part in answer.strip().split(";"):
        label, colon, mention = part.strip().partition(": ")
        if not colon:
            raise DataError(f"expected 'type: mention; type: mention', got {answer!r:.80}")
        yield {"text": mention.strip(), "label": label.strip()}


def conversation(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a record of a chat about one text: a question for each label (UniversalNER), or one answer in JSON.

    Raises:
        DataError: when the answer is in another output format, which this reader does not decode.
    """
    for one in value if isinstance(value, list) else [value]:
        turns = turns_of(one)
        asked = [content for role, content in turns if role == "user"]
        answers = [content for role, content in turns if role == "assistant"]
        if not asked or not answers:
            raise DataError("expected a turn of the user and one of the assistant")
        identity = {"id": one["id"]} if isinstance(one.get("id"), (str, int)) else {}
        questions = [match for match in map(_DESCRIBES.search, asked) if match]
        if questions or answers[0].startswith("I've read this text"):
            yield {**identity, "text": _READ_TEXT.sub("", asked[0]), "entities": list(_described(turns))}
            continue
        text = source_of(asked[-1])
        entities = _in_json(answers[-1])
        if entities is None:
            raise DataError(
                "the answer is in an output format: read it with genner.io.read_instructions() and decode it"
            )
        yield {**identity, "text": asked[-1] if text is None else text, "entities": entities}


def _in_json(answer: str) -> Any:
    """Return what an answer in JSON holds, in a fence or not; None where it is in another format."""
    try:
        return load_json(_FENCE.sub(r"\1", answer.strip()))
    except DataError:
        return None


def holds_documents(turns: list[tuple[str, str]]) -> bool:
    """Tell whether `conversation` can read a chat: its answers are in JSON, or each question is about a label."""
    asked = [content for role, content in turns if role == "user"]
    answers = [content for role, content in turns if role == "assistant"]
    by_label = any(map(_DESCRIBES.search, asked)) or answers[:1] == ["I've read this text."]
    return by_label or not answers or _in_json(answers[-1]) is not None


def _described(turns: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    for (_, question), (role, answer) in pairwise(turns):
        match = _DESCRIBES.search(question)
        if match is None or role != "assistant":
            continue
        mentions = load_json(answer)
        if not isinstance(mentions, list) or not all(isinstance(mention, str) for mention in mentions):
            raise DataError(f"expected a list of mentions, got {answer!r:.60}")
        for mention in mentions:
            yield {"text": mention, "label": match[1]}
