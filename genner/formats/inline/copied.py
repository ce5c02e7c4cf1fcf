"""Which characters of an answer are copied from its source; what it inserts may be marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from genner.text.alignment import match_words

__all__ = ["ANY_BRACKET", "BRACKETS", "UNSPACED", "copied_chars"]

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Characters of scripts whose words follow one another without spaces, and of Hangul."""

_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[^\w\s]|_")
"""Words; where words follow one another without spaces, letters."""


_TAG = re.compile(r"</?([^\s<>:=,|/]{1,60})>")
_BAR = re.compile(r"(?:(?<=\[)(?P<front>[^\[\]{}()|<>\n]{1,60}))?(?P<bar>\|)(?P<behind>[^\[\]{}()|<>\n]{0,60}\])")

BRACKETS = dict(zip("[{(<«「『《⟨“", "]})>»」』》⟩”", strict=True))
"""Opening brackets and quotes, and what closes them."""

ANY_BRACKET = frozenset((*BRACKETS, *BRACKETS.values()))

_TRAILING = frozenset(BRACKETS.values())

_COPY_SHARE = 0.8
"""Share of the tokens of a source from which an answer with them is a copy."""


def copied_chars(
    text: str, source: str, is_label: Callable[[str], bool], escaped: Iterable[int]
) -> tuple[bytearray, tuple[int, int]]:
    """Align an answer with its source.

    Of several equal marks the one next to what is copied before it is the copied one; of bars, that next to what is
    copied behind it.

    Args:
        is_label: tells whether a name is a label.
        escaped: offsets of characters that an escape makes text.

    Returns:
        For each character 1 where the source has it, 2 where it is a bracket with a partner, 3 where it is an escaped
        bracket; and the lines that copy nearly all of the source, if any do.
    """
    original = _words(source)
    vocabulary = set(original)
    aligned = _without_markup(text, source, vocabulary, is_label)
    tokens = [match for match in _TOKEN.finditer(aligned) if match[0].casefold() in vocabulary]
    written = [match[0].casefold() for match in tokens]
    at = [-1] * len(original)  # for each token of the source that of the answer
    for i, j in match_words(written, original):
        at[j] = i
    for j in range(1, len(at)):
        i = at[j - 1] + 1
        if 0 < i < at[j] and written[i] == original[j] and tokens[i].start() - tokens[i - 1].end() < 2:
            at[j] = i
    for j in range(len(at) - 2, -1, -1):
        i = at[j + 1] - 1
        if 0 <= at[j] < i and written[i] == original[j]:
            before = at[j] - 1
            is_next = j > 0 and before == at[j - 1] >= 0 and tokens[before].end() >= tokens[at[j]].start() - 1
            if written[i].isalnum() and text[tokens[i].end() : tokens[i + 1].start()].strip():
                continue
            at[j] = at[j] if is_next and (original[j] in _TRAILING or original[j].isalnum()) else i
    flags = bytearray(len(text))
    balanced = _balanced(original)
    for j, i in enumerate(at):
        if i >= 0:
            start, end = tokens[i].span()
            flags[start:end] = (b"\2" if j in balanced else b"\1") * (end - start)
    for place in escaped:
        if not flags[place] and place and text[place - 1] == text[place]:
            flags[place - 1] = 0
        flags[place] = 3 if text[place] in ANY_BRACKET else 1
    known = [i for i in at if i >= 0]
    if len(known) < _COPY_SHARE * len(at) or not known:
        return flags, (0, 0)
    low, high = tokens[known[0]].start(), tokens[known[-1]].end()
    if text.count("\n", low, high) > source.count("\n"):
        return flags, (0, 0)
    end = text.find("\n", high)
    return flags, (text.rfind("\n", 0, low) + 1, end if end >= 0 else len(text))


def _without_markup(text: str, source: str, vocabulary: set[str], is_label: Callable[[str], bool]) -> str:
    """Blank what can only be markup: tags, and labels between a bar and a bracket, that the source does not have."""

    own = {match[0] for match in _TAG.finditer(source)} | {
        match["bar"] + match["behind"] for match in _BAR.finditer(source)
    }
    has_tag, has_bar = "<" in source, "|" in source

    def tag(match: re.Match[str]) -> str:
        is_foreign = not has_tag and not vocabulary.issuperset(_words(match[1]))
        return " " * len(match[0]) if is_foreign or (is_label(match[1]) and match[0] not in own) else match[0]

    def bar(match: re.Match[str]) -> str:
        front, behind = match["front"] or "", match["behind"]
        if match["bar"] + behind in own or (has_bar and not is_label(behind[:-1])):
            return match[0]
        if is_label(front) and not is_label(behind[:-1]):  # `[PER | Ann]`
            return " " * (len(front) + 1) + behind
        return front + " " * (1 + len(behind))

    aligned = _TAG.sub(tag, text) if "<" in text else text
    return _BAR.sub(bar, aligned) if "|" in text else aligned


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def _balanced(tokens: list[str]) -> set[int]:
    """Return the numbers of the brackets that have a partner."""
    stacks: dict[str, list[int]] = {closer: [] for closer in BRACKETS.values()}
    found: set[int] = set()
    for number, token in enumerate(tokens):
        if token in BRACKETS:
            stacks[BRACKETS[token]].append(number)
        elif stacks.get(token):
            found |= {number, stacks[token].pop()}
    return found
