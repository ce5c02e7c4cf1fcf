"""Tag schemes: entities as one tag per token, and back.

Reading needs no scheme.  The rules of conlleval say where a chunk starts and ends whatever the
letters are, also where a sequence is invalid.  A scheme is needed to write tags; and it says which
tags are invalid: those that writing the chunks back would not give.  Read by a scheme, a sequence has
only the chunks that it spells in full ("strict" in seqeval).

Sources: the rules of `conlleval` (CoNLL-2000 shared task); the documented modes of seqeval 1.2.2.

>>> [read_tags(["I-PER", "I-PER", "O"], reading)[1] for reading in ("conlleval", "IOB2")]
[[(0, 2, 'PER')], []]

"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from genner.exceptions import DataError, UnknownNameError, WrongTypeError

__all__ = [
    "CONLLEVAL", "READINGS", "SCHEMES", "Chunk", "Scheme", "Tag", "chunks_of", "get_scheme", "guess_scheme",
    "invalid_tags", "parse_tag", "read_tags", "tags_of",
]  # fmt: skip

Tag: TypeAlias = "tuple[str, str]"
"""Letter and label; `("O", "")` is outside."""

Chunk: TypeAlias = "tuple[int, int, str]"
"""First token, one past the last token, label."""

OUTSIDE: Tag = ("O", "")

_ROLES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}


class Scheme(NamedTuple):
    """Which letter the only, the first, an inner and the last token of an entity get.

    Args:
        name: as users write it.
        where_touching: the boundary letter is written only where two entities of one label touch.
    """

    name: str
    only: str
    first: str
    inner: str
    last: str
    where_touching: bool = False


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("IOB2", "B", "B", "I", "I"),
        Scheme("IOBES", "S", "B", "I", "E"),
        Scheme("BILOU", "U", "B", "I", "L"),
        Scheme("IOB1", "B", "B", "I", "I", where_touching=True),
        Scheme("IOE2", "E", "I", "I", "E"),
        Scheme("IOE1", "E", "I", "I", "E", where_touching=True),
        Scheme("BMES", "S", "B", "M", "E"),
        Scheme("BMEWO", "W", "B", "M", "E"),
    )
}

_ALIASES = {"BIO": "IOB2", "BIO2": "IOB2", "BIO1": "IOB1", "BIOES": "IOBES", "BIOLU": "BILOU", "BMESO": "BMES"}
_ALIASES |= {"BMEOW": "BMEWO", "IOBE": "IOBES"}

CONLLEVAL = "conlleval"

READINGS = (CONLLEVAL, *SCHEMES)
"""How tags are read: as conlleval does whatever the letters are, or strictly by a scheme."""


def get_scheme(name: str) -> Scheme:
    """Return the scheme of that name, in any case; BIO, BIOES and the like are understood.

    Raises:
        UnknownNameError: when there is no scheme of that name.
    """
    upper = str(name).upper()
    scheme = SCHEMES.get(_ALIASES.get(upper, upper))
    if scheme is None:
        raise UnknownNameError.of("tag scheme", name, [*SCHEMES, *_ALIASES])
    return scheme


def parse_tag(tag: str) -> Tag:
    """Split a tag at its first hyphen: `B-PER` is B and PER; a label may hold more hyphens.

    Raises:
        DataError: when the tag is neither O nor a known letter and a label.
    """
    if tag == "O":
        return OUTSIDE
    letter, hyphen, label = tag.partition("-")
    if not hyphen or not label or letter not in _ROLES:
        raise DataError(f"expected a tag such as O or B-PER, got {tag!r:.60}")
    return letter, label


def chunks_of(tags: Sequence[Tag]) -> list[Chunk]:
    """Return the chunks conlleval sees: a new one starts after O, after an end, at B, or where the label changes.

    Args:
        tags: of one sentence.
    """
    chunks: list[Chunk] = []
    start, label, open_ = 0, "", False
    for position, (letter, name) in enumerate(tags):
        role = _ROLES.get(letter, "O")
        if open_ and (role in "OBS" or name != label):
            chunks.append((start, position, label))
            open_ = False
        if role != "O" and not open_:
            start, label, open_ = position, name, True
        if open_ and role in "ES":
            chunks.append((start, position + 1, label))
            open_ = False
    if open_:
        chunks.append((start, len(tags), label))
    return chunks


def tags_of(chunks: Iterable[Chunk], length: int, scheme: Scheme) -> list[Tag]:
    """Return the tags of chunks that do not overlap, in order, over `length` tokens.

    Args:
        chunks: in order.
        length: of the sentence, in tokens.
        scheme: of the tags.
    """
    tags = [OUTSIDE] * length
    ordered = list(chunks)
    for index, (start, end, label) in enumerate(ordered):
        first, last = scheme.first, scheme.last
        only = scheme.only
        if scheme.where_touching:
            before = ordered[index - 1] if index else (0, -1, "")
            after = ordered[index + 1] if index + 1 < len(ordered) else (-1, 0, "")
            touching = (before[1:] == (start, label)) if scheme.first == "B" else (after[0::2] == (end, label))
            if not touching:
                first = last = only = scheme.inner
        if end - start == 1:
            tags[start] = (only, label)
        else:
            tags[start:end] = [(first, label), *[(scheme.inner, label)] * (end - start - 2), (last, label)]
    return tags


def invalid_tags(tags: Sequence[Tag], chunks: Iterable[Chunk], scheme: Scheme) -> list[tuple[int, Tag, Tag]]:
    """Return position, tag and reading of each tag that the scheme has not there.

    Args:
        tags: of one sentence.
        chunks: that they were read as.
        scheme: of the tags.
    """
    expected = tags_of(chunks, len(tags), scheme)
    return [(at, tag, valid) for at, (tag, valid) in enumerate(zip(tags, expected, strict=True)) if tag != valid]


def read_tags(tags: Iterable[str], reading: str) -> tuple[list[Tag], list[Chunk]]:
    """Return the tags of one sentence, split, and its chunks.

    Args:
        tags: one for each token, such as `B-PER` or `O`.
        reading: a name of `READINGS`.

    Raises:
        DataError: naming the first tag that is neither `O` nor a letter of the scheme and a label.
    """
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise WrongTypeError(f"tags: expected a sequence of tags, got {type(tags).__name__} {tags!r:.80}")
    scheme = None if reading == CONLLEVAL else get_scheme(reading)
    letters = {"O"}.union(_ROLES if scheme is None else scheme[1:5])
    parsed: list[Tag] = []
    for position, tag in enumerate(tags):
        if not isinstance(tag, str):
            raise WrongTypeError(
                f"token {position}: expected a tag such as O or B-PER, got {type(tag).__name__} {tag!r:.60}; "
                "class numbers must be replaced by their names"
            )
        try:
            parsed.append(parse_tag(tag))
        except DataError as error:
            raise DataError(f"token {position}: {error}") from None
        if parsed[-1][0] not in letters:
            raise DataError(f"token {position}: {tag!r} is no tag of {get_scheme(reading).name}")
    chunks = chunks_of(parsed)
    if scheme is not None:
        wrong = {position for position, _, _ in invalid_tags(parsed, chunks, scheme)}
        chunks = [chunk for chunk in chunks if wrong.isdisjoint(range(*chunk[:2]))]
    return parsed, chunks


def guess_scheme(sequences: Iterable[Sequence[Tag]]) -> Scheme:
    """Return the scheme in which the fewest tags are invalid; the commonest scheme wins a tie.

    Args:
        sequences: the tags of each sentence.
    """
    wrong = dict.fromkeys(SCHEMES, 0)
    for tags in sequences:
        chunks = chunks_of(tags)
        if chunks:
            for scheme in SCHEMES.values():
                wrong[scheme.name] += len(invalid_tags(tags, chunks, scheme))
    return SCHEMES[min(wrong, key=wrong.__getitem__)]
