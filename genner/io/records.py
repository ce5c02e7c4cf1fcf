"""JSON records as documents, whatever their keys are: one reader, driven by tables of key names.

A record has a text or tokens, and annotations: tags of the tokens, or claims (see `_items`).  What the
offsets of a file count, and whether its ends are meant, is decided on the first records together, and
noted where the file does not show it.  A list that looks like annotations and was not read is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain, islice
from typing import Any, NamedTuple

from genner.exceptions import DataError, WrongTypeError
from genner.io._annotations import Annotations, Unit
from genner.io._conventions import Conventions, Draft
from genner.io._search import Search
from genner.io._tagged import TagReader, tags_words
from genner.io._tokens import by_character, join, locate
from genner.io.items import Claim, End, chunked, claims, is_claim
from genner.io.json_text import in_string
from genner.io.keys import (
    ID_KEYS,
    LABEL_KEYS,
    LIST_KEYS,
    OTHER_KEYS,
    PAIR_KEYS,
    TAG_KEYS,
    TEXT_KEYS,
    TOKEN_KEYS,
    edge_of,
    fold,
)
from genner.io.own import is_answer, own_document
from genner.io.reports import Problem, ReadReport
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
from genner.types import Document

__all__ = ["Keys", "RecordReader", "document_of"]

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
        self._annotated = False
        self._unknown: dict[str, None] = {}

    def read(self, values: Iterable[tuple[int | None, Any]]) -> Iterator[Document]:
        """Yield the document of every record."""
        drafts = (draft for line, value in values for draft in self._drafts(line, value))
        sample = list(islice(drafts, SAMPLE))
        self.conventions.settle([draft for _, draft in sample if isinstance(draft, Draft)], self.source)
        yield from self.source.each(chain(sample, drafts), self._document)
        if self._unknown and not self._annotated:
            names = ", ".join(map(repr, self._unknown))
            self._guessed(f"no record has annotations under a key that is known; others are {names:.120}")

    def _drafts(self, line: int | None, value: Any) -> Iterator[tuple[int | None, Any]]:
        if isinstance(value, DataError):
            yield line, value
            return
        try:
            document = own_document(value) if self.plain else None
            if document is not None:
                self._note_keys(document.meta, annotated="entities" in value)
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
        self._note_keys({**(inner or {}), **rest}, annotated=bool(draft.key))
        draft.meta = {**(inner or {}), **rest}
        if grid is not None:
            draft.meta["tokens"] = grid
        return draft

    def _note_keys(self, rest: Mapping[str, Any], *, annotated: bool) -> None:
        """Remember what else records have that could be annotations, in case none has any."""
        self._annotated = self._annotated or annotated
        for key, value in () if self._annotated or len(self._unknown) > 9 else rest.items():
            folded = fold(key)
            holds = folded in (*LABEL_KEYS, *LIST_KEYS) or (edge_of(folded) and type(value) is int)
            if (holds and value) or (isinstance(value, (list, Mapping)) and value and folded not in TOKEN_KEYS):
                self._unknown[key] = None

    def _spaces(self, tokens: Sequence[str]) -> list[str] | None:
        joiner = self.joiner
        if joiner is None and by_character(tokens):
            joiner = ""
            self._guessed("each token is one character: the text is joined without spaces; joiner=' ' puts them in")
        return None if joiner is None else [*[joiner] * (len(tokens) - 1), ""]

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
        if len(found) != 1 or in_string(found[0][1]) is not None or is_claim(record):
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
        columns = {} if draft.key or self.keys.entities else _columns(record, folded)
        if columns:
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
        answers = [name for key, name in folded.items() if name not in used and is_answer(key, record[name])]
        answers = [name for name in answers if in_string(record[name]) is None and folded.get(str(chosen)) != name]
        if answers and not filled and not unread:
            raise DataError(
                f"{answers[0]!r} holds a string, {record[answers[0]]!r:.60}: if it is an answer in an output format, "
                "genner decode --format NAME reads it"
            )
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
            if claim.fragments is None or (claim.open_end and self.conventions.no_starts):
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


def _columns(record: Mapping[str, Any], folded: Mapping[str, str]) -> dict[str, Any]:
    """Return lists of places and of labels that belong together: starts, ends and labels, or pairs and labels."""
    lists = {key: record[name] for key, name in folded.items() if isinstance(record[name], list)}
    labels = [key for key in LABEL_KEYS if key in folded]
    places = [key for key in lists if edge_of(key)]
    pairs = [key for key in lists if key in PAIR_KEYS and lists[key] and all(map(_is_pair, lists[key]))]
    if len(places) != 2:
        named = [key for key in labels if key in lists and all(isinstance(one, str) for one in lists[key])]
        places, labels = (pairs, named[:1]) if len(pairs) == 1 and named else ([], [])
    return {folded[key]: record[folded[key]] for key in (*places, *labels)} if places else {}


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)


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
    if document is None:
        alone = copy(source)  # whose record it is counts it, and skips it where it is bad
        alone.on_error, alone.report = "raise", ReadReport(on_problem=source.report.add)
        document = next(RecordReader(alone).read([(None, value)]), None)
    if document is None:
        raise DataError(f"expected a document, got {value!r:.60}")
    return document
