"""Setting aside what is not the answer: reasoning, chat-template marks, document frames, code fences.

`REASONING` is the one list of marks around reasoning; `decode` and `stream` both go by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import islice

from genner.formats.answer import Note
from genner.formats.naming import known
from genner.types import LabelSet

__all__ = ["BARE_FINAL", "BARE_HARMONY", "REASONING", "Foreign", "ReasoningMark", "peel", "reasoning_mark"]

REASONING = re.compile(
    r"[<\[◁](?:(?P<slash>/?)(?:seed:)?"
    r"(?P<tag>think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis|cot)\s*[>\]▷]"
    r"|(?<=<)(?:\|(?P<edge>start|begin|end)_(?:of_)?(?P<block>thinking|thoughts?|reasoning|analysis)\|>"
    r"|(?P<channel>\|channel>\s*(?:thought|analysis|thinking)\b|unused94>\s*thought\b)"
    r"|(?P<closed>channel\|>|unused95>)"
    r"|\|channel\|>\s*(?P<harmony>\w+))"
    r"|(?<=\[)(?P<prompt>/?)INST\])",
    re.I,
)
"""Marks around reasoning, and around a prompt that is repeated: tags in angle, square and Kimi's
brackets (Qwen, DeepSeek, Seed, Magistral), Command's, OpenThoughts' and Gemma 4's marks, Mistral's `[INST]`,
harmony's channels, of which the final one holds the answer."""

BARE_HARMONY = re.compile(r"\A\s*(?:assistant\s*)?(?:analysis|commentary)(?=\W|[A-Z])")
"""Harmony's marks where a server has taken the special tokens out."""

BARE_FINAL = re.compile(r"assistant\s*final(?=\W|[A-Z\d])")
_CHAT_MARK = re.compile(
    r"<\|[\w ./:-]{1,40}\|>(?:(?:assistant|system|user)\b)?|</?s>|<(?:bos|eos|pad|unk)>"
    r"|<(?:start|end)_of_turn>(?:model|user)?|\[/?INST\]|<</?SYS>>|<\uff5c[^\uff5c\n]{1,40}\uff5c>"
    r"|<\|channel>(?:\w{1,20})?|<channel\|>|<\|?turn\|?>(?:model|user)?|<unused9[45]>",
    re.I,
)
_CHAT_MARKS = re.compile(rf"(?:\s*(?:{_CHAT_MARK.pattern}))*", re.I)
_FRAME = re.compile(
    r"</?(answer|output|response|result|results|final|final_answer|entities|tool_call|tool_response|json|xml|text"
    r"|sentence|input|doc|document|root|html|body|p|div|pre|code|b|i|u|em|strong|mark|font|small)>"
    r"|<\?xml[^<>\n]{0,200}\?>|<!\[CDATA\[|\]\]>(?=\s*\Z)",
    re.I,
)
_STYLES = frozenset("p div pre code b i u em strong mark font small".split())  # noqa: SIM905
_BLOCK = re.compile(r"</?(tr|li|br|table|thead|tbody|ul|ol|dl|dt|h[1-6])(?:\s[^<>\n]{0,200})?/?>", re.I)
_BREAK_IN_ROW = re.compile(r"(<br)\s?/?>(?=[^\n]{0,500}\|[ \t]*$)", re.I | re.M)
_CELL = re.compile(r"</?(td|th|dd)(?:\s[^<>\n]{0,200})?>", re.I)
_EMPHASIS = frozenset(("b", "i", "u", "em", "strong", "mark"))
_EXAMPLE = re.compile(
    r"(?<=\n)[ \t]*(?:(?:#{1,6}[ \t]*|\*\*|[ \t]*\n[ \t]*)"
    r"(?P<head>(?:text|input|sentence|passage|document|example|instruction|文本|输入|句子|texte|satz|texto|frase)"
    r"(?: ?\d{1,3})?)(?:\*\*)?[:：](?:\*\*)?|(?:input_?)?(?:text|sentence)[ ]?=[ ]?(?=[\"'][^\"=\n]*[\"'][ \t]*\n))"
    r"[ \t]*(?P<text>[^\n]*)\n(?P<below>[^\n]*)",
    re.I,
)
"""A heading, a line behind a blank one, or an assignment that gives a text to read."""

_TURN = re.compile(
    r"(?:<\|(?:im_start|start_header_id)\|>|<start_of_turn>|<\|?turn\|?>)\s*(?P<user>user\b|system\b)?"
    r"|<\|(?:(?P<users>user)|assistant|system)\|>|(?P<end><\|end(?:of|_of_)text\|>)"
)
"""The mark of a chat template that begins a turn, or ends the last one."""

_HEAD = re.compile(r"\w{1,12}[:：] ")
"""What may be before a text below the heading of an example."""

_MOST_EXAMPLES = 20
"""Each is searched for in the source; an output that repeats more of them holds no answer behind them."""

_MARKED = re.compile(r"[\[\](){}<>|:]|\A[-*•\d]")
"""What a text seldom holds and an answer often does."""

_COMMENT = re.compile(r"<!--.*?-->", re.S)
_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]{0,4}\{?[\w+#.-]{0,20}\}?(?:[ \t]{1,4}[\w-]{1,20}=\S{1,40}){0,4}[ \t]*$"
    r"|```(?:json|xml)?",
    re.M,
)
"""A fence and the name of its language; whatever else is on its line belongs to the answer."""

_SEARCHES = 200
"""How many whole searches of the source one output may cost."""

_OPEN = re.compile(r"(?:\[|<[^<>/\n]{1,60}>|[\[{:,]\s?\\{0,3}\")[^\[\]<>\"\n]{0,200}\Z")
_CLOSE = re.compile(r"[^\[\]<>\"\n]{0,200}(?:\]|</|\"\s?[\]},:])")
"""What is before and behind a mark inside a mention or a string: reasoning does not end there."""

_Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ReasoningMark:
    """An opening or closing mark of reasoning; marks belong together when their keys are equal."""

    key: str
    closes: bool
    start: int
    end: int


def reasoning_mark(match: re.Match[str]) -> ReasoningMark:
    """Return what a match of `REASONING` means."""
    if match["tag"]:
        return ReasoningMark(match["tag"].casefold(), bool(match["slash"]), *match.span())
    if match["block"]:
        return ReasoningMark(match["block"].casefold(), match["edge"].casefold() == "end", *match.span())
    if match["channel"] or match["closed"]:
        return ReasoningMark("channel", match["closed"] is not None, *match.span())
    if match["harmony"]:
        return ReasoningMark("harmony", match["harmony"].casefold() == "final", *match.span())
    return ReasoningMark("inst", bool(match["prompt"]), *match.span())


def peel(output: str, text: str | None, labels: LabelSet | None) -> tuple[str, list[Note]]:
    """Blank out what surrounds an answer, keeping every offset.

    What the source itself holds, and what is a label, is never set aside.

    Returns:
        The output with spaces (newlines stay) for what was set aside, and a note for each part of it.
    """
    own = Foreign(output, text, labels)
    notes: list[Note] = []

    def blank(spans: _Spans, what: str, fill: str = " ", last: str = " ") -> None:
        nonlocal output
        if spans:
            notes.extend(Note("extra_text", what, start, end) for start, end in spans)
            output = _blank(output, spans, fill, last)

    reasoning, marks = _reasoning(output, own)
    blank(reasoning, "reasoning", last="\n")  # the answer behind it begins a line
    blank(marks, "reasoning")
    blank(_next_example(output, own), "another example")
    if "<" in output or "[/" in output or "[INST" in output:
        blank(own.spans(_CHAT_MARK.finditer(output)), "marks of a chat template")
        if labels is not None or "CDATA" in output or "<?xml" in output:
            kept = _EMPHASIS if labels is not None and len(labels) == 1 else frozenset[str]()
            blank(own.spans(_frames(output, kept)), "tags that are no labels")
            blank(own.spans(_BREAK_IN_ROW.finditer(output)), "HTML tags", ";")
            blank(own.spans(_BLOCK.finditer(output)), "HTML tags", "\n")
            blank(own.spans(_CELL.finditer(output)), "HTML tags", "\t")
    if "<!--" in output and not own.in_source("<!--"):
        blank(_comments(output), "a comment")
    if "```" in output or "~~~" in output:
        blank(own.spans(_FENCE.finditer(output)), "code fences")
    return output, notes


def _next_example(output: str, own: Foreign) -> _Spans:
    """Find where an output goes on with an invented example: a text that is not the source, or a turn of the user."""
    if "\n" not in output and "<" not in output:
        return []
    answer = len(output)
    if own.text and (marks := _CHAT_MARKS.match(output)):
        answer = next((at for at in range(marks.end(), len(output)) if output[at].isalnum()), answer)
    turn = next((turn for turn in _TURN.finditer(output) if turn.lastgroup), None) if "<" in output else None
    if turn is not None and answer < turn.start() and not own.in_source(turn[0]):
        return [(turn.start(), len(output))]
    text = ""
    for match in islice(_EXAMPLE.finditer(output, answer), _MOST_EXAMPLES):
        text = text or " ".join(own.text.split())
        given = " ".join((match["text"] or match["below"] or "").split())
        given = _HEAD.sub("", given).strip("\"'“”")
        is_other = len(given.split()) > 2 and given not in text and not _MARKED.search(given)
        if is_other and (match["head"] or match[0].strip()) not in own.text:
            return [(match.start(), len(output))]
    return []


def _frames(output: str, kept: Set[str]) -> Iterator[re.Match[str]]:
    """Find the tags that frame a document or an answer.

    A closing tag belongs to `<mark class="PER">` where more of its name are closed than opened, and
    several pairs of one name are fields of records.
    """
    matches = list(_FRAME.finditer(output))
    times = Counter(match[0].casefold() for match in matches)
    for match in matches:
        name = (match[1] or "").casefold()
        belongs = name in _STYLES and times[f"</{name}>"] > times[f"<{name}>"]
        if name not in kept and not belongs and not (name == "text" and times["<text>"] > 1):
            yield match


class Foreign:
    """Tells marks that surround the answer from text that looks like them."""

    def __init__(self, output: str, text: str | None, labels: LabelSet | None) -> None:
        self.text = text or ""
        self.labels = labels
        self.known: dict[str, bool] = {}
        # every distinct mark is searched for in the source, so hostile outputs need a limit
        self.budget = _SEARCHES * (len(self.text) + len(output) + 1000)

    def __call__(self, match: re.Match[str]) -> bool:
        mark = match[0]
        if mark not in self.known:
            name = match[match.lastindex] if match.lastindex else ""
            self.known[mark] = not (self.in_source(mark) or known(name or "", self.labels))
        return self.known[mark]

    def in_source(self, mark: str) -> bool:
        self.budget -= len(self.text)
        return self.budget > 0 and mark in self.text

    def spans(self, matches: Iterable[re.Match[str]]) -> _Spans:
        return [match.span() for match in matches if match.end() > match.start() and self(match)]


def _reasoning(output: str, own: Foreign) -> tuple[_Spans, _Spans]:
    """Find reasoning: from an opening mark, or the start, to its closing mark.

    Returns:
        The reasoning, and marks that are set aside alone: one that nothing closes, as the answer may follow it, and
        a closing one inside a mention.
    """
    spans: _Spans = []
    marks: _Spans = []
    opened: ReasoningMark | None = None
    for match in REASONING.finditer(output):
        if not own(match):
            continue
        mark = reasoning_mark(match)
        if not mark.closes:
            opened = opened or mark
        elif opened is None:
            if _OPEN.search(output, max(0, mark.start - 300), mark.start) and _CLOSE.match(output, mark.end):
                marks.append((mark.start, mark.end))
            else:
                spans, marks = [(0, mark.end)], []
        elif opened.key == mark.key:
            spans.append((opened.start, mark.end))
            opened = None
    if opened is not None:
        marks.append((opened.start, opened.end))
    if BARE_HARMONY.match(output):
        spans += [(0, match.end()) for match in BARE_FINAL.finditer(output)][-1:]
    return (_union(spans) if len(spans) > 1 else spans), marks


def _comments(output: str) -> _Spans:
    """Find comments; a mark that nothing closes is set aside alone."""
    spans = [match.span() for match in _COMMENT.finditer(output, 0, output.rfind("-->") + 3)]
    alone = output.find("<!--", spans[-1][1] if spans else 0)
    return spans if alone < 0 else [*spans, (alone, alone + 4)]


def _union(spans: _Spans) -> _Spans:
    """Merge what overlaps."""
    merged: _Spans = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _blank(text: str, spans: _Spans, fill: str, last: str) -> str:
    parts = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        first = "\n" if text[start] == "\n" else fill
        blank = first + "".join("\n" if char == "\n" else " " for char in text[start + 1 : end])
        parts.append(blank[:-1] + last if blank[-1] == " " else blank)
        at = end
    parts.append(text[at:])
    return "".join(parts)
