"""Pairing openers and closers, also where one of them is missing, misspelt or turned around."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from genner.formats.inline.literal import SourceMarks
from genner.formats.inline.marked import Mark, Marked
from genner.formats.inline.tokens import BRACKETS, PLAIN_TAGS, Token
from genner.formats.inline.view import trimmed
from genner.formats.naming import MAX_CHARS, MAX_WORDS

__all__ = ["pair_tokens"]

_EMPHASIS = frozenset(("b", "i", "u", "em", "strong", "mark", "span"))
"""What marks a mention where one label is asked for."""

_CONTENT_CHARS = 1000
"""A longer bracket is read only by the label behind its bar, so that nested ones cost linear time."""

_MARKUP = re.compile(r"[\[\]<>@#]")
_NO_MENTION = re.compile(r"[\n|\[]")
_GIVES = re.compile(r"[:=|,/]")
_PIECE = re.compile(r"[^\s,:;/=>()→{}\"'*|]+")
_BEHIND = re.compile(
    r"(?:[ \t]?[_^]|[ \t])?(?P<open>[({]*)[ \t]*(?:\\?(?:text|rm)\{)?(?P<name>[^\s(){}\[\]|.,;'’\"]+)\s*[)}]*"
)


def pair_tokens(marked: Marked, source: SourceMarks, tokens: Iterable[Token]) -> list[Token]:
    """Find the mentions between openers and closers.

    Returns:
        The labels that belong to a mention next to them.
    """
    pairs = _Pairs(marked, source, sorted(tokens, key=lambda token: (token.start, -token.end)))
    pairs.run()
    return pairs.lone


class _Pairs:
    def __init__(self, marked: Marked, source: SourceMarks, tokens: list[Token]) -> None:
        self.marked = marked
        self.source = source
        self.text = marked.view.text
        self.is_given = marked.answer.source.given
        self.tokens = [token for token in tokens if token.is_bracket or not self.is_copied(token)]
        tags = [token for token in self.tokens if not token.is_bracket]
        self.stacks: dict[str, list[Token]] = {}
        self.pending: dict[int, Token] = {}
        self.closing = Counter(tag.key for tag in tags if tag.side == "close")
        self.opening = Counter(tag.key for tag in tags if tag.side == "open")
        self.to_close = Counter(self.closing)
        self.following = dict(zip((tag.start for tag in tags), tags[1:], strict=False))
        self.last_text = 0
        self.brackets: dict[str, list[Token]] = {kind: [] for kind in BRACKETS.values()}
        self.last_end = -1  # of a mention
        self.cut_bar: dict[int, Token] = {}
        self.lone: list[Token] = []

    def run(self) -> None:
        tags = {"open": self.open, "close": self.close, "alone": self.alone, "cut": self.cut, "label": self.lone.append}
        brackets = {"open": self.open_bracket, "close": self.close_bracket, "cut": self.cut_bracket}
        at = 0
        for token in self.tokens:
            if self.marked.hidden[token.start]:
                continue  # it is in a mark that was read
            if at < token.start and not self.text[at : token.start].isspace():
                self.last_text = token.start
            at = token.end
            (brackets if token.is_bracket else tags)[token.side](token)
            if not self.marked.hidden[token.start]:
                self.last_text = token.end
        for tag in self.pending.values():
            if tag.side == "close":
                self.nothing(tag)
            elif tag.label is not None:
                self.never_closed(tag)
        for frame in sorted((one for stack in self.brackets.values() for one in stack), key=lambda one: -one.start):
            if frame.key == "[" and not frame.is_text:
                self.never_closed_bracket(frame)

    def is_copied(self, tag: Token) -> bool:
        if not self.source.tags:
            return False
        before, after = self.text[max(0, tag.start - 12) : tag.start], self.text[tag.end : tag.end + 12]
        surface = self.text[tag.start : tag.end]
        return self.source.has_tag(surface, _MARKUP.split(before)[-1], _MARKUP.split(after)[0])

    def note(self, detail: str, token: Token, kind: str = "syntax") -> None:
        self.marked.note(kind, detail, token.start, token.end)

    def add(
        self, names: list[str], low: int, high: int, opener: Token, closer: Token, *, is_guess: bool = False
    ) -> None:
        """Record a mention at `low` to `high`; the rest from its opener to its closer is markup."""
        if opener.is_bracket or is_guess:
            low, high = trimmed(self.text, low, high)
        self.marked.hide(opener.start, low)
        self.marked.hide(high, closer.end)
        self.last_end = max(self.last_end, closer.end)
        for name in names:
            whole = (opener.start, closer.end)
            self.marked.marks.append(Mark(name.strip(), low, high, whole, is_guess, closer.details))

    def without_opener(self, token: Token, detail: str) -> None:
        """Read a closer without an opener: its mention begins where the answer does not say."""
        end = token.start
        while end > 0 and self.text[end - 1] in " \t":
            end -= 1
        start = self.marked.before(end)
        self.note(detail, token)
        self.marked.hide(end, token.end)
        if any(char.isalnum() for char in self.text[start:end]):
            names = [token.label or token.name, *token.others]
            self.add(names, start, end, Token("", "", start, start), token, is_guess=True)

    # -- tags ---------------------------------------------------------------------------------------

    def has_text_since(self, tag: Token) -> bool:
        return self.last_text > tag.end

    def follows_word(self, tag: Token) -> bool:
        """Tell whether a tag is where closers are: behind a word, and before a space or punctuation."""
        before, after = self.text[tag.start - 1 : tag.start], self.text[tag.end : tag.end + 1]
        return bool(before.strip()) and not (before in "([{\"'" and after.isalnum())

    def open(self, tag: Token) -> None:
        if self.acts_as_closer(tag):
            self.note("a closing tag without its slash", tag)
            self.close(tag)
        elif tag.mention is not None and not self.closing[tag.key]:
            self.in_one_tag(tag, tag.label or "", *tag.mention)
        elif tag.label is None and tag.key not in PLAIN_TAGS:
            return
        elif tag.label and not (self.marked.is_label(tag.label) or self.closing[tag.key] or self.may_pair(tag)):
            self.label_and_text(tag)
        else:
            if tag.label is None:
                self.note(f"the tag <{tag.name}>", tag, "extra_text")
            elif not tag.is_exact:
                self.note("a tag in another form", tag)
            self.push(tag)

    def push(self, tag: Token) -> None:
        self.marked.hide(tag.start, tag.end)
        self.stacks.setdefault(tag.key, []).append(tag)
        self.pending[tag.start] = tag

    def acts_as_closer(self, tag: Token) -> bool:
        """Tell whether an opener is where a closer has to be: behind a word, and no closer comes after it."""
        if tag.label is None or not self.follows_word(tag):
            return False
        if self.to_close[tag.key] > 0 and self.opening[tag.key] < self.closing[tag.key] + 2:
            return False
        above = self.stacks.get(tag.key)
        if above:
            return self.has_text_since(above[-1])
        return self.marked.is_label(tag.label) and not self.text[tag.end : tag.end + 1].isalnum()

    def may_pair(self, tag: Token) -> bool:
        """Tell whether an opener of a name without closers has one under another name.

        Where any label will do, two openers of a name may close each other as well.
        """
        closer = self.following.get(tag.start)
        if closer is not None and closer.side == "close" and not self.opening[closer.key]:
            return self.marked.is_label(closer.name)
        return self.marked.answer.labels is None and self.opening[tag.key] % 2 == 0

    def label_and_text(self, tag: Token) -> None:
        """Read `<PER: Ann>` and `<Ann: PER>`, label and text in one tag."""
        signs = list(_GIVES.finditer(tag.name))
        at = self.text.index(tag.name, tag.start)
        for sign in (*signs[:1], *signs[-1:]):
            sides = [(0, sign.start()), (sign.end(), len(tag.name))]
            for (low, high), (first, last) in (sides, sides[::-1]):
                label, mention = tag.name[low:high], tag.name[first:last]
                if self.marked.is_label(label) and mention.strip():
                    self.in_one_tag(tag, label, at + first, at + last)
                    return

    def in_one_tag(self, tag: Token, label: str, low: int, high: int) -> None:
        self.note("label and text in one tag", tag)
        self.add([label], *trimmed(self.text, low, high), tag, tag)

    def never_closed(self, tag: Token) -> None:
        rest = self.text[tag.end : tag.end + 60].split("<")[0].strip()
        kind = "truncated" if tag.start > self.last_end else "syntax"
        self.note(f"<{tag.name}> before {rest!r:.60} is never closed", tag, kind)

    def close(self, tag: Token) -> None:
        if tag.side == "close":
            self.to_close[tag.key] -= 1
        is_label = self.marked.is_label(tag.name)
        if self.stacks.get(tag.key):
            self.close_own(tag, is_label)
        elif any(one.side == "open" for one in self.pending.values()) and (not is_label or self.is_misnamed(tag)):
            opener = self.innermost()
            if (opener.label is None and tag.key in PLAIN_TAGS) or (is_label and not self.has_text_since(opener)):
                self.nothing(tag)
                return
            detail = f"</{tag.name:.40}> closes <{opener.name:.40}>" if tag.name else "a closing tag without a name"
            self.note(detail, tag)
            self.stacks[opener.key].pop()
            self.end(opener, tag)
        elif is_label and (tag.side == "open" or not self.opening[tag.key]):
            if self.follows_word(tag):
                self.without_opener(tag, "a closing tag without an opening one")
            else:
                self.push(tag)  # perhaps in the place of an opener
        elif tag.key not in self.source.tags:
            self.nothing(tag)

    def close_own(self, tag: Token, is_label: bool) -> None:
        """End the innermost open tag of the same name; a closer may be in the place of an opener: `</PER>Ann</PER>`."""
        opener = self.stacks[tag.key].pop()
        if opener.side == "close":
            if not self.follows_word(tag):
                del self.pending[opener.start]
                self.nothing(opener)
                self.push(tag)
                return
            self.note("a closing tag in the place of an opening one", opener)
        elif opener.label is not None and ((tag.name != opener.name and is_label) or not tag.is_exact):
            self.note("a closing tag in another form", tag)
        self.end(opener, tag)

    def innermost(self) -> Token:
        return next(tag for tag in reversed(self.pending.values()) if tag.side == "open")

    def is_misnamed(self, tag: Token) -> bool:
        """Tell whether a closer may be that of the innermost open tag, whose own does not come, or not next."""
        opener, following = self.innermost(), self.following.get(tag.start)
        has_own = self.to_close[opener.key] >= len(self.stacks[opener.key])
        return not has_own or (following is not None and following.side == "open")

    def nothing(self, tag: Token) -> None:
        self.marked.hide(tag.start, tag.end)
        is_label = self.marked.is_label(tag.name)
        if is_label or tag.key not in PLAIN_TAGS:
            detail = f"{self.text[tag.start : tag.end]!r:.60} closes nothing"
            self.note(detail, tag, "syntax" if is_label else "skipped")

    def alone(self, tag: Token) -> None:
        """Read a self-closing tag: one that should close, or an empty one."""
        above = self.stacks.get(tag.key)
        if above and self.has_text_since(above[-1]):
            self.note("a self-closing tag closes", tag)
            self.end(above.pop(), tag)
        elif tag.mention is not None:
            self.in_one_tag(tag, tag.label or "", *tag.mention)
        else:
            self.marked.hide(tag.start, tag.end)
            self.note(f"{self.text[tag.start : tag.end]!r:.60} marks nothing", tag, "skipped")

    def cut(self, tag: Token) -> None:
        """Read a tag that the end of the output cuts off; a closer can only be that of what is open."""
        self.marked.hide(tag.start, tag.end)
        self.note("a tag is cut off", tag, "truncated")
        opener = self.innermost() if any(one.side == "open" for one in self.pending.values()) else None
        if opener is None or tag.label is None or not self.has_text_since(opener):
            return
        if opener.key.casefold().startswith(tag.name.casefold()):
            self.stacks[opener.key].pop()
            self.end(opener, tag)

    def end(self, opener: Token, tag: Token) -> None:
        self.marked.hide(tag.start, tag.end)
        del self.pending[opener.start]
        content = self.text[opener.end : tag.start] if tag.start - opener.end <= 2 * MAX_CHARS else ""
        label, labels = opener.label, self.marked.answer.labels
        if label is None and opener.key in _EMPHASIS and labels is not None and len(labels) == 1:
            label = ""
        if label is None or not self.marked.means_label(label):
            if self.marked.is_label(content) and not self.marked.in_source(label or ""):
                # a tag around a label that belongs to what is before it
                self.lone.append(Token("label", "", opener.start, tag.end, content.strip(), content.strip()))
                return
            if tag.label and (label == "" or self.marked.is_label(tag.label)):
                label = tag.label
        if label is not None:
            self.add([label], opener.end, tag.start, opener, tag)

    # -- brackets -----------------------------------------------------------------------------------

    def open_bracket(self, token: Token) -> None:
        self.brackets[token.key].append(token)

    def close_bracket(self, token: Token) -> None:
        stack, squares = self.brackets.get(token.key, []), self.brackets["["]
        if token.is_text:
            if stack and stack[-1].is_text:
                stack.pop()
            return
        is_labelled = token.label is not None
        if is_labelled and token.key != "[" and squares and (not stack or stack[-1].start < squares[-1].start):
            self.note("the wrong closing bracket", token)
            stack = squares
        is_double = is_labelled and bool(stack) and self.text[token.start] == "]"
        if is_double and (stack[-1].is_text or self.is_literal(stack[-1], token.start + 1)):
            stack.pop()  # the first of two closing brackets is of the text
            token.start, token.is_exact = self.text.index("|", token.start), True
        if not stack:
            self.without_bracket(token)
            return
        frame = stack.pop()
        for other in self.brackets.values():  # what is open inside of it is never closed
            while other and other[-1].start > frame.start:
                other.pop()
        size = token.end - frame.start
        if frame.is_text or self.is_literal(frame, token.end):
            return
        if token.label is not None:
            self.check_form(frame, token)
            self.add([token.label, *token.others], frame.end, token.start, frame, token)
        elif not self.doubles(frame, token) and frame.key in "[(" and size <= _CONTENT_CHARS:
            self.without_bar(frame, token)

    def without_bracket(self, token: Token) -> None:
        is_label = token.label is not None and (self.marked.is_label(token.label) or not self.marked.answer.labels)
        following = self.text[token.end : token.end + 3].lstrip(" ")[:1]
        # a bar without any bracket may also be that of a table or list
        if is_label and token.key == "[" and (self.text[token.end - 1] == "]" or following not in "[|\n"):
            self.without_opener(token, "a closing bracket without an opening one")
        elif token.key == "[" and self.is_given and not self.source.has_square:
            self.marked.hide(token.end - 1, token.end)
            self.note("a closing bracket too many", token)

    def is_literal(self, frame: Token, end: int) -> bool:
        """Tell whether the source has these brackets with what is between them."""
        is_short = end - frame.start <= 2 * MAX_CHARS + 80
        return is_short and self.source.has_bracket(self.marked.plain(frame.start, end))

    def check_form(self, frame: Token, token: Token) -> None:
        if frame.key != "[":
            self.note(f"{frame.key} in place of [", frame)
        elif self.text[token.end - 1] not in "]})>":
            is_end = len(self.text) - token.end <= MAX_CHARS and not self.text[token.end :].strip()
            self.note("an opening bracket without a closing one", token, "truncated" if is_end else "syntax")
        elif token.others or token.details:
            self.note("more than a label in a bracket", token)
        elif not token.is_exact or self.text[frame.end].isspace():
            self.note("a bracket in another form", token)

    def doubles(self, frame: Token, token: Token) -> bool:
        """Read `[[text | LABEL]]`: brackets around nothing but a marked mention."""
        mark = self.marked.marks[-1] if self.marked.marks else None
        if mark is None or mark.whole[0] <= frame.start or self.text[mark.whole[0]] != frame.key:
            return False
        low, high = mark.whole
        if self.text[frame.end : low].strip() or self.text[high : token.start].strip():
            return False
        self.note("doubled brackets", frame)
        self.marked.hide(frame.start, low)
        self.marked.hide(high, token.end)
        mark.whole = frame.start, token.end
        return True

    def without_bar(self, frame: Token, token: Token) -> None:
        """Read `[text LABEL]`, `[LABEL: text]`, `[text]{LABEL}` and a label alone."""
        content = self.marked.plain(frame.end, token.start)
        if not content.strip() or "\n" in content.strip():
            return
        if self.marked.is_label(content):
            self.lone.append(Token("label", "", frame.start, token.end, content.strip(), content.strip()))
            return
        if frame.key != "[" or sum(label.start > frame.start for label in self.lone[-2:]) > 1:
            return  # what holds several labels is a list of mentions
        behind = _BEHIND.match(self.text, token.end, token.end + 2 * MAX_CHARS)
        if behind is not None and self.names_bracket(behind, content):
            end = behind.end() if behind["open"] else behind.end("name")
            self.note("a label behind its bracket", frame)
            self.add([behind["name"]], frame.end, token.start, frame, Token("", "", token.start, end))
            return
        found = self.label_inside(frame.end, token.start)
        if found is not None and not (self.is_given and self.marked.in_source(content)):
            low, high, name = found
            self.note("a bracket without a bar", frame)
            self.add([name], low, high, frame, token)

    def names_bracket(self, behind: re.Match[str], content: str) -> bool:
        name = behind["name"]
        if self.marked.is_label(name):
            return True
        is_attached = bool(behind["open"]) or behind[0].lstrip()[:1] in ("_", "^")
        is_name = name.isupper() and len(name) > 1 and name.replace("_", "").isalnum()
        return is_attached and is_name and self.is_given and self.marked.in_source(content)

    def label_inside(self, low: int, high: int) -> tuple[int, int, str] | None:
        """Find a label at the end or the start of a bracket; return the mention's offsets and the label."""
        pieces = list(_PIECE.finditer(self.text, low, high))
        if sum(self.marked.is_label(piece[0]) for piece in pieces) > 1:
            return None  # a list of mentions with their labels
        for count in range(min(MAX_WORDS, len(pieces) - 1), 0, -1):
            start, end = pieces[-count].start(), pieces[-1].end()
            name = self.text[start:end]
            if self.marked.is_label(name) or (count == 1 and self.looks_printed(name, low, start, high)):
                return low, pieces[-count - 1].end(), name
            start, end = pieces[0].start(), pieces[count - 1].end()
            if self.marked.is_label(self.text[start:end]):
                return pieces[count].start(), high, self.text[start:end]
        return None

    def looks_printed(self, name: str, low: int, start: int, high: int) -> bool:
        """Read `[PU.1 PROTEIN]`, as the paper's tables print it, also where no label set is known."""
        if self.marked.answer.labels is not None or not self.is_given or not re.fullmatch(r"[A-Z][A-Z_]+\d?", name):
            return False
        return self.marked.in_source(self.text[low:start].strip()) and not self.marked.in_source(self.text[low:high])

    def cut_bracket(self, token: Token) -> None:
        """Remember a bar without a bracket behind it: where the open bracket is never closed, it is no text."""
        if squares := self.brackets["["]:
            self.cut_bar[squares[-1].start] = token

    def never_closed_bracket(self, frame: Token) -> None:
        bar = self.cut_bar.get(frame.start)
        if bar is None and (self.source.has_square or not self.is_given):
            return  # most likely a bracket of the text
        self.marked.hide(frame.start, frame.end)
        if bar is not None:
            self.marked.hide(bar.start, bar.end)
        kind = "truncated" if frame.start > self.last_end else "syntax"
        mention = _NO_MENTION.split(self.text[frame.end : frame.start + 60], maxsplit=1)[0].strip()
        self.marked.note(kind, f"the bracket before {mention!r:.60} is never closed", frame.start, len(self.text))
