"""JSON records as documents, whatever their keys are: one reader, driven by tables of key names.

A record has a text or tokens, and annotations: tags of the tokens, or claims (see `_items`).  What the
offsets of a file count, and whether its ends are meant, is decided on the first records together, and
noted where the file does not show it.  A list that looks like annotations and was not read is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

from genner.exceptions import DataError, WrongTypeError
from genner.io._annotations import Annotations, Unit
from genner.io._conventions import Conventions, Draft
from genner.io._search import Search
from genner.io._tagged import TagReader, tags_words
from genner.io._tokens import join, locate
from genner.io.items import Claim, End, chunked, claims, is_claim
from genner.io.json_text import in_string
from genner.io.keys import ID_KEYS, LABEL_KEYS, LIST_KEYS, OTHER_KEYS, TAG_KEYS, TEXT_KEYS, TOKEN_KEYS, edge_of, fold
from genner.io.reports import Problem
from genner.io.source import Source
from genner.io.values import (
    as_object,
    labelled,
    listed_items,
    may_be_list,
    nested_lists,
    spaces_of,
    tokens_of,
    unwrapped,
)
from genner.types import Document, Entity

__all__ = ["OWN_KEYS", "Keys", "RecordReader", "document_of", "own_document"]

OWN_KEYS = frozenset(("id", "text", "entities", "meta"))
"""The keys of genner's own records; all others become `meta`."""

SAMPLE = 1000
"""How many records are looked at to settle what all of them mean."""


class Keys(NamedTuple):
    """Which keys a user names; None finds them.

    Args:
        text: the key of the text.
        tokens: the key of the tokens.
        entities: the key of the annotations, spans or tags.
        names: names of the classes, for files that number them.
    """

    text: str | None = None
    tokens: str | None = None
    entities: str | None = None
    names: Sequence[str] | Mapping[Any, str] | None = None


class RecordReader:
    """Reads the records of one file.

    Args:
        source: where notes go.
        keys: which keys hold what.
        offsets: what character offsets count.
        end: whether the last character or token is meant; found out when not given.
        adapt: turns a value of the file into records of the general shape.
    """

    def __init__(
        self,
        source: Source,
        keys: Keys = Keys(),  # noqa: B008 (a tuple does not change)
        *,
        offsets: Unit = "characters",
        end: End | None = None,
        joiner: str | None = None,
        adapt: Callable[[Any], Iterable[Any]] | None = None,
    ) -> None:
        for name, value in (("text", keys.text), ("tokens", keys.tokens), ("entities", keys.entities)):
            if value is not None and not isinstance(value, str):
                raise WrongTypeError(f"{name}: expected the name of a key, got {value!r:.60}")
        self.source = source
        text, tokens, entities = (fold(key) if isinstance(key, str) else None for key in keys[:3])
        self.keys = Keys(text, tokens, entities, keys.names)
        self.offsets: Unit = offsets
        self.joiner = joiner
        self.adapt = adapt
        self.plain = adapt is None and end in (None, "exclusive") and offsets == "characters" and not any(keys)
        self.conventions = Conventions(end)
        self.tags = TagReader(source, keys.names)

    def read(self, values: Iterable[tuple[int | None, Any]]) -> Iterator[Document]:
        """Yield the document of every record."""
        drafts = (draft for line, value in values for draft in self._drafts(line, value))
        sample = list(islice(drafts, SAMPLE))
        self.conventions.settle([draft for _, draft in sample if isinstance(draft, Draft)], self.source)
        return self.source.each(chain(sample, drafts), self._document)

    def _drafts(self, line: int | None, value: Any) -> Iterator[tuple[int | None, Any]]:
        if isinstance(value, DataError):
            yield line, value
            return
        try:
            document = own_document(value) if self.plain else None
            if document is not None:
                yield line, document
                return
            for record in self.adapt(value) if self.adapt is not None else unwrapped(value):
                draft = self._draft(record)
                if draft is not None:
                    draft.line = line
                    yield line, draft
        except DataError as error:
            yield line, error
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            if self.adapt is None:
                raise
            yield line, DataError(f"expected a record of this shape: {type(error).__name__} {error}")

    def _draft(self, record: Any) -> Draft | None:
        record = as_object(record)
        if not isinstance(record, Mapping):
            raise DataError(f"expected an object, got {type(record).__name__} {record!r:.40}")
        if record.get("answer") in ("reject", "ignore"):
            message = f"its answer is {record['answer']!r}"
            self.source.note(Problem("skipped", message))
            return None
        folded: dict[str, str] = {}
        for key in record:
            folded.setdefault(fold(str(key)), str(key))
        used: set[str] = set()
        text, tokens, spaces, sentences = self._words(record, folded, used)
        identity = None
        for key in ID_KEYS:
            value = _get(record, folded, key)
            if type(value) in (str, int) and folded[key] not in used:
                identity = str(value)
                used.add(folded[key])
                break
        grid = None
        joined_text = text is None
        if tokens is not None:
            joined, grid = join(tokens, spaces if spaces is not None else self._spaces(tokens))
            found = None if text is None else locate(tokens, text)
            text, grid = (joined, grid) if found is None or text is None else (text, found)
        assert text is not None
        draft = Draft(text, identity, {}, grid, sentences, joined=joined_text)
        self._annotate(draft, record, folded, used)
        inner = record.get("meta") if isinstance(record.get("meta"), Mapping) else {}
        rest = {str(key): value for key, value in record.items() if key not in used and not (inner and key == "meta")}
        draft.meta = {**(inner or {}), **rest}
        if grid is not None:
            draft.meta["tokens"] = grid
        return draft

    def _spaces(self, tokens: Sequence[str]) -> list[str] | None:
        return None if self.joiner is None else [*[self.joiner] * (len(tokens) - 1), ""]

    def _words(
        self, record: Mapping[str, Any], folded: Mapping[str, str], used: set[str]
    ) -> tuple[str | None, list[str] | None, list[str] | None, list[int]]:
        """Find text, tokens, the spaces after them, and the first token of each sentence."""
        text = None
        for key in (self.keys.text,) if self.keys.text else TEXT_KEYS:
            value = _get(record, folded, key)
            if isinstance(value, str):
                text = value
                used.add(folded[key])
                break
        tokens, spaces = None, None
        sentences: list[int] = []
        for key in (self.keys.tokens,) if self.keys.tokens else TOKEN_KEYS:
            value = _get(record, folded, key)
            found = tokens_of(value)
            if found is None:
                continue
            if folded[key] in used:
                text = None
            if text is not None and isinstance(value, list) and is_claim(value[0]) and locate(found[0], text) is None:
                continue
            tokens, sentences = found
            used.add(folded[key])
            spaces = None if text is not None else spaces_of(value, len(tokens))
            break
        if text is not None and tokens is None and self._has_tags(record, folded, used, text):
            tokens = text.split()
        trailing = _get(record, folded, "trailingwhitespace") or _get(record, folded, "spaces")
        if tokens is not None and isinstance(trailing, list) and len(trailing) == len(tokens):
            spaces = [" " if space else "" for space in trailing]
            used.update(folded[key] for key in ("trailingwhitespace", "spaces") if key in folded)
        if text is None and tokens is None and self.keys.text is None:
            text = self._only_text(record, used)
        if text is None and tokens is None:
            wrong = next((folded[key] for key in TEXT_KEYS[:1] if key in folded), None)
            if wrong is not None:
                raise DataError(f"{wrong}: expected a string, got {type(record[wrong]).__name__} {record[wrong]!r:.40}")
            names = ", ".join(map(repr, record)) or "none"
            raise DataError(f"expected 'text' (a string) or 'tokens' (a list of strings); the keys are {names:.200}")
        return text, tokens, spaces, sentences

    def _has_tags(self, record: Mapping[str, Any], folded: Mapping[str, str], used: set[str], text: str) -> bool:
        """Tell whether there are tags for the words of a text without tokens."""
        keys = (self.keys.entities,) if self.keys.entities else TAG_KEYS
        return any(key in folded and folded[key] not in used and tags_words(text, record[folded[key]]) for key in keys)

    def _only_text(self, record: Mapping[str, Any], used: set[str]) -> str | None:
        """Return the one string with spaces of a record whose keys are unknown; a snippet may be an object's."""
        inner = [(key, value.get("content")) for key, value in record.items() if isinstance(value, Mapping)]
        found = [(key, value) for key, value in (*record.items(), *inner) if isinstance(value, str) and " " in value]
        if len(found) != 1 or in_string(found[0][1]) is not None:
            return None
        key, text = found[0]
        used.add(key)
        self._guessed(f"the text is that of {key!r}: text={key!r} names it")
        return text

    def _annotate(self, draft: Draft, record: Mapping[str, Any], folded: Mapping[str, str], used: set[str]) -> None:
        """Find tags or claims, and refuse to leave what looks like annotations unread."""
        if draft.grid is not None:
            layers = self.tags.layers(record, folded, used, draft.text, draft.grid, self.keys.entities)
            if layers is not None:
                draft.tagged = layers
                draft.key = "tags"
                return
        columns = {
            name: record[name] for key, name in folded.items() if isinstance(record[name], list) and edge_of(key)
        }
        if len(columns) == 2 and draft.key == "" and not self.keys.entities:  # starts, ends and labels, a list each
            columns |= {name: record[name] for key, name in folded.items() if key in LABEL_KEYS}
            draft.key, draft.claims = "columns", self._claims(columns, draft)
            used.update(columns)
            return
        candidates = [self.keys.entities] if self.keys.entities else LIST_KEYS
        present = [key for key in candidates if key in folded and folded[key] not in used]
        lists = [key for key in present if may_be_list(record[folded[key]])]
        filled = [key for key in lists if record[folded[key]]]
        if self.keys.entities and not lists and self.keys.entities in folded:
            name = folded[self.keys.entities]
            raise DataError(f"expected a list of annotations under {name!r}, got {record[name]!r:.60}")
        chosen = next(iter(filled or lists), None)
        unread = [
            name
            for key, name in folded.items()
            if key != chosen and name not in used and key not in OTHER_KEYS and any(nested_lists({name: record[name]}))
        ]
        unread.sort(key=_is_proposed)
        if chosen is not None:
            used.add(folded[chosen])
            draft.key = chosen
            draft.claims = self._claims(record[folded[chosen]], draft)
        if unread and not draft.claims:
            if chosen is not None:
                raise _unread_error(unread[0], record)
            self._take(draft, unread.pop(0), record, used)
        if unread:
            taken, other = folded.get(draft.key, draft.key), unread[0]
            self._guessed(f"entities are those of {taken!r}; {other!r} may hold more: entities={other!r} reads it")
        if chosen is None and draft.grid is not None and None not in record.values():
            self.conventions.bare = self.conventions.bare or (
                f"expected a list of entities under one of {', '.join(LIST_KEYS[:12])}, ..., or tags; "
                f"the keys are {', '.join(map(repr, record)):.200}"
            )

    def _take(self, draft: Draft, name: str, record: Mapping[str, Any], used: set[str]) -> None:
        """Read what looks like annotations under a key that is not known, and say so.

        Raises:
            DataError: when it is none after all.
        """
        lists = sorted(nested_lists({name: record[name]}), key=lambda pair: _is_proposed(pair[0]))
        try:
            path, listed = lists[0]
            draft.claims = self._claims(listed, draft)
        except (DataError, IndexError):
            raise _unread_error(name, record) from None
        draft.key = fold(name)
        used.add(name)
        other = f"; {lists[1][0]!r} may hold more" if len(lists) > 1 else ""
        self._guessed(f"entities are those of {path!r}{other}")

    def _claims(self, value: Any, draft: Draft) -> list[Claim]:
        found: list[Claim] = []
        for item, label, sentence in listed_items(value, draft.text):
            if label is not None and isinstance(item, str):
                found.append(Claim(label, None, item))
                continue
            made = labelled(item, label)
            for claim in claims(made, draft.text):
                if claim.sentence is None and sentence is not None and len(draft.sentences) > 1:
                    claim.sentence = sentence
                found.append(claim)
        return chunked(found)

    def _guessed(self, message: str) -> None:
        self.source.guessed(message)

    def _document(self, draft: Draft | Document) -> Document:
        if isinstance(draft, Document):
            return draft
        if self.conventions.bare and not draft.key and self.conventions.all_bare:
            raise DataError(self.conventions.bare)
        annotations = Annotations(self.source, draft.text, self.offsets)
        for start, end, label in draft.tagged:
            annotations.add([(start, end)], label, exact=True, line=draft.line)
        search = Search(draft.text)
        unplaced: list[dict[str, Any]] = []
        for claim in draft.claims:
            label = self._label(claim.label)
            if claim.fragments is None:
                place = search.next(claim.mention or "", label)
                if place is None:
                    unplaced.append({"text": claim.mention, "label": label})
                    message = f"{label} {claim.mention!r:.80} is not in the text"
                    self.source.note(Problem("set_aside", message, line=draft.line))
                    continue
                self._guessed("the file gives no offsets: each mention is placed at its next occurrence")
                annotations.add([place], label, exact=True, details=claim.details, line=draft.line)
                continue
            fragments, in_tokens = self.conventions.fragments(draft, claim)
            mention = claim.mention if not in_tokens else None
            annotations.add(fragments, label, mention=mention, exact=in_tokens, details=claim.details, line=draft.line)
        if unplaced:
            draft.meta["unplaced"] = unplaced
        return annotations.document(id=draft.id, meta=draft.meta)

    def _label(self, label: str | int) -> str:
        if isinstance(label, str):
            return label
        named = self.tags.name(label)
        if named is None:
            self._guessed(f"labels are numbers such as {label}: names=[...] gives them names")
            return str(label)
        return named


def _unread_error(name: str, record: Mapping[str, Any]) -> DataError:
    return DataError(
        f"what {name!r} holds looks like annotations and was not read; the keys are "
        f"{', '.join(map(repr, record)):.200}; known are {', '.join(LIST_KEYS[:14])}, ...: entities={name!r} reads it"
    )


def _is_proposed(name: str) -> bool:
    """Tell whether a key holds what a system proposed, not what a person answered."""
    return any(word in name.casefold() for word in ("suggest", "predict", "proposed"))


def _get(record: Mapping[str, Any], folded: Mapping[str, str], key: str) -> Any:
    """Return the value of a key by its folded form."""
    return record[folded[key]] if key in folded else None


def document_of(value: Any, source: Source) -> Document:
    """Return the document of one record, by the same reading as a file of it; notes go to the source.

    Raises:
        DataError: when it is none.
    """
    document = own_document(value)
    return document if document is not None else next(RecordReader(source).read([(None, value)]))


def own_document(value: Any) -> Document | None:
    """Return the document of a record in genner's own shape: the short reading for the most frequent one.

    Returns:
        None where the record has another shape, leaves a list unread or says anything that is not so.
    """
    try:
        text, listed, identity = value["text"], value.get("entities", ()), value.get("id")
        if type(text) is not str or ("entities" not in value and _may_hold_more(value, text)):
            return None
        entities = [Entity(item["start"], item["end"], item["label"]) for item in listed]
        others = None if value.keys() <= OWN_KEYS else {key: value[key] for key in value if key not in OWN_KEYS}
        meta = others
        if "meta" in value:
            meta = dict(value["meta"] or {}) | (meta or {})
        details = []
        for item, (start, end, label) in zip(listed, entities, strict=True):
            if len(item) > 3:
                more = {key: inner for key, inner in item.items() if key not in ("start", "end", "label")}
                if more.pop("text", text[start:end]) != text[start:end]:
                    return None
                details += [{"start": start, "end": end, "label": label, **more}] if more else []
        if details:
            meta = {**(meta or {}), "details": details}
        if not entities and others and _may_hold_more(others, text):
            return None
        if value.get("answer") in ("reject", "ignore"):
            return None
        return Document(text, entities, id=str(identity) if type(identity) is int else identity, meta=meta)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _may_hold_more(value: Mapping[str, Any], text: str) -> bool:
    """Tell whether a record whose `entities` are empty or missing has another key with annotations or tokens."""
    words = [len(inner) for key, inner in value.items() if fold(str(key)) in TOKEN_KEYS and isinstance(inner, list)]
    tags = [inner for key, inner in value.items() if fold(str(key)) in TAG_KEYS]
    if any(isinstance(inner, list) and inner and len(inner) in words for inner in tags):  # a tag for each token
        return True
    tagged = bool(tags)
    return any(map(partial(tags_words, text), tags)) or any(
        _unread(str(key), inner, text, tagged) for key, inner in value.items()
    )


def _unread(key: str, value: Any, text: str, tagged: bool) -> bool:
    if isinstance(value, str) and fold(key) in LIST_KEYS:
        value = in_string(value)
    if not isinstance(value, (list, dict)) or fold(key) in OTHER_KEYS:
        return False
    if fold(key) in TOKEN_KEYS and not tagged and all(isinstance(token, str) for token in value):
        return locate(list(value), text) is not None  # else a list of strings that are no tokens of the text
    return fold(key) in LIST_KEYS or fold(key) in TOKEN_KEYS or any(nested_lists({key: value}))
