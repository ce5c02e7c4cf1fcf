"""Answers in lines: a mention a line, a label a line, headings, tables and records."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from genner.formats.answer import Answer, Candidate
from genner.formats.keys import LIST_KEYS, is_nothing, key_name, role_of
from genner.formats.lines.entries import Entries, Entry, members
from genner.formats.lines.fields import Field, Line, bare, fields_of, lines_of, parts_of
from genner.formats.lines.records import Pair, Table, entry_of, pairs_of, table_of
from genner.formats.lines.words import Words, numbers_of, says_none
from genner.formats.placing.claims import Claim

__all__ = ["Listed"]

_FOREIGN = re.compile(r"[\[{]\s?[\"'{\[]|\[?\s?\w{1,60}\(\s?\w{1,60}\s?=")
"""A line that begins so is part of an answer in JSON or in Python."""

_DOUBT = re.compile(
    r"\b(?:could|might|may|should(?! be \w+ed\b)|unsure|not sure|uncertain|ambiguous|rather than|whether)\b"
    r"|\bnot an?\b|\(not\b(?! [\"'“‘«])|n['’]t\b"
)
"""A remark on what might be an entity, or is none."""

_OUTLINE = re.compile(
    r"(?:(?:[ivx]{1,5}|[a-zA-Z])[.)]|(?:[QA]|Question|Answer|Step|(?:Named )?Entities|Mentions) ?\d{0,3}:)[ \t]+"
)
"""A bullet, unless the text has it too, as in `e. coli`, or it is a label."""

_NUMBER = re.compile(r"(\d{1,4})[.):]\Z")
_FIRST_WORD = re.compile(r"[^\s:,;)|]*")

_QUESTION = re.compile(r"(?<=\?)(?:\s+|\Z)")

_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\b\w\.)(?<!\b(?:Dr|Mr|Ms|St|No|Co|Jr|Sr)\.)(?<!\b(?:Inc|Ltd|Mrs)\.)\s+(?=[^\s(\[])|(?<=。)(?=.)"
)

_MOST_WORDS = 12
"""A string of more words that is not in the text is prose, not a mention."""


class Listed:
    """Reads the lines of one answer: what each names, and what it leaves open for the next ones."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.words = Words(answer)
        self.candidate = Candidate(0, 0)
        self.claims: list[tuple[Claim, Entry, Line]] = []
        self.undecided: list[tuple[Line, list[Field]]] = []
        self.unread: list[Line] = []
        self.read_lines: list[Line] = []
        self.none_lines: list[Line] = []
        self.groups = 0
        self.has_lists = False
        self.items_have_bullets = False
        # what the lines read so far leave open for the next ones
        self.heading: str | None = None
        self.heading_group = 0
        self.table: Table | None = None
        self.record: list[Pair] = []
        self.record_start = 0
        self.is_named = False  # a line with a mention alone begins the record
        self.has_bullets = False
        self.number = 0
        self.takes_any_heading = self.answer.labels is None

    def read(self) -> Candidate | None:
        for line in self._without_points(list(lines_of(self.answer.body))):
            self._line(line)
        self._end_record()
        forms = Counter(entry.form for _, entry, _ in self.claims if entry.found)
        self._read_undecided(forms)
        self.claims = [one for one in self.claims if one[1].found or self._is_clear(one[1], forms)]
        if not self.claims:
            lines = [*self.none_lines, *self.read_lines] if self.none_lines else []
            low, high = min((line.first for line in lines), default=0), max((line.end for line in lines), default=0)
            return Candidate(low, high, says_none=True) if lines else None
        self.claims.sort(key=lambda one: one[0].place)
        candidate = self.candidate
        if len(self.claims) > 1 and self._is_cut_mention(*self.claims[-1]):
            claim, *_ = self.claims.pop()
            candidate.note("truncated", f"the mention {claim.text!r:.100} is cut off", *claim.place)
            candidate.complete = False
        candidate.claims = [claim for claim, _, _ in self.claims]
        used = [line for _, _, line in self.claims]
        low = min(line.first for line in [*used, *self.read_lines[:1]] if line.first <= used[0].first)
        high = max(line.end for line in used)
        candidate.start, candidate.end = low, high
        candidate.complete &= not self._is_cut(used[-1])
        candidate.note("shape", "mentions in lines", low, high)
        for line in self.unread:
            if low <= line.start < high:
                candidate.note("skipped", f"a line that names no mention: {line.content!r:.100}", line.start, line.end)
        return candidate

    def _without_points(self, lines: list[Line]) -> list[Line]:
        """Drop the full stops of lines where all end with one, and not all of these are in the text."""
        if len(lines) < 2 or not all(line.content.endswith((".", "。")) for line in lines):
            return lines
        if all(self.words.has(fields_of(line.content)[-1].text) for line in lines):
            return lines
        return [line._replace(content=line.content[:-1].rstrip()) for line in lines]

    def _is_cut_mention(self, claim: Claim, entry: Entry, line: Line) -> bool:
        """Tell whether the output ends inside a mention: it is the beginning of one before, or ends inside a word."""
        is_last = claim.place[1] == len(self.answer.body) and not entry.form.startswith("behind")
        if not is_last or entry.found or not claim.text or not self.words.source.exact(claim.text):
            return False
        is_begun = any(one.text != claim.text and one.text.startswith(claim.text) for one, _, _ in self.claims)
        return is_begun or " " in claim.text

    def _is_cut(self, line: Line) -> bool:
        """Tell whether the output ends inside the brackets of a line."""
        content = line.content
        is_open = any(content.rfind(opened) > content.rfind(closed) for opened, closed in ("()", "[]"))
        return is_open and not self.answer.body[line.end :].strip()

    def _line(self, line: Line) -> None:
        if len(line.content) > 2 and not set(line.content) - set("-=_*~ |:"):
            return  # the rule below a heading
        line = self._without_number(line)
        if says_none(line.content):
            self.none_lines.append(line)
            return
        if _FOREIGN.match(line.content):
            return
        doubt = _DOUBT.search(line.content)
        if doubt and not self.words.has_exactly(doubt[0]):
            self.unread.append(line)
            return
        if self._asks(line):
            return
        fields = self.words.fields(line.content)
        anchors = self._anchors(fields)
        if self._row(line) or self._record(line, fields, bool(anchors)):
            return
        if line.bullet and self._is_heading(self.record):
            self._head(line, self.record.pop().text)
        if anchors:
            self._labelled(line, fields, anchors)
        elif self._says_none_of(fields):
            self.none_lines.append(line)
        elif self._unknown_heading(line) or (self.heading is not None and self._item(line, fields)):
            return
        elif not self._continues(line, fields):
            self.undecided.append((line, fields))
            if not line.bullet:
                self.heading = None
            if self.words.has(text := line.content.strip("*_:# ")):
                self._end_record()
                self._add(Pair("text", text, line.start, line.end), line)
                self.is_named = True

    def _anchors(self, fields: list[Field]) -> dict[int, str]:
        """Return the labels of a line, each with the number of its field."""
        anchors = {i: label for i, one in enumerate(fields) if (label := self.words.label(one.text))}
        for i in [i for i in anchors if i - 1 in anchors and self.words.are_same(anchors[i - 1], anchors[i])]:
            del anchors[i]  # a label behind its title: `Person (PER): Ann`
        others = [label for i, label in anchors.items() if i]
        if others and 0 in anchors and all(self.words.are_same(anchors[0], label) for label in others):
            del anchors[0]  # a heading of mentions that have labels: `People: Ann (PER), Bob (PER)`
        return anchors

    def _asks(self, line: Line) -> bool:
        """Read questions, each of which is the heading of its answer: `Are there any PER? Yes, Ann.`."""
        asked = [(part, self.words.asked(part.content)) for part in parts_of(line, _QUESTION)]
        if not asked[0][1]:
            return False
        for part, label in asked:
            if label:
                self._head(part, label)
            elif part.content:
                self._line(part)
        return True

    def _without_number(self, line: Line) -> Line:
        """Take what numbers a line off it, and give back the number of a date that was taken for such."""
        outline = _OUTLINE.match(line.content)
        first = fields_of(line.content)[0].text if outline is not None else ""
        if outline is not None and not (self.words.has(first) or self.words.label(first)):
            start, content = line.start + outline.end(), line.content[outline.end() :]
            line = line._replace(start=start, content=content, bullet=f"{line.bullet} {outline[0].strip()}")
        if number := _NUMBER.search(line.bullet):  # of a date, and no number of the list
            start = self.answer.body.rindex(number[0], line.first, line.start)
            word = _FIRST_WORD.match(line.content)[0]  # type: ignore[index]
            date = self.answer.body[start : line.start] + word
            if self.words.label(line.content.partition("(")[0]):  # `1903: DATE (0.98)`
                date = number[1]
            is_next = int(number[1]) == self.number + 1 and line.bullet == number[0]
            is_list = is_next and not self.table and (self.number > 0 or not self.claims)
            if self.words.has_exactly(date) and not is_list:
                if self.words.has_exactly(f"({date}") and self.answer.body[start - 1 : start] == "(":
                    start -= 1  # `(555) 123-4567`
                return line._replace(
                    start=start, content=self.answer.body[start : line.end], bullet=line.bullet[: number.start()]
                )
            self.number = int(number[1])
        return line

    def _row(self, line: Line) -> bool:
        """Read a row of a table, or the names of its columns."""
        entries = self.table.read(line.content) if self.table is not None else None
        if entries is None:
            # `# | Text | Label`
            names = self.answer.body[line.first : line.end] if line.bullet == "#" else line.content
            self.table = table_of(names, self.words)
            self.read_lines += [line] if self.table is not None else []
            return self.table is not None
        for entry in entries:
            self._claim(line, entry, 0)
        return True

    def _record(self, line: Line, fields: list[Field], is_labelled: bool) -> bool:
        """Read keys of a record with their values."""
        pairs = pairs_of(line.content, fields, self.words)
        is_counted = fields[0].text[-1:].isdigit() and pairs[:1] and pairs[0].role != "label"  # `Sentence 1: Ann (PER)`
        if not pairs or (is_labelled and (is_counted or all(pair.role == "text" for pair in pairs))):
            return False
        if line.bullet and not self.has_bullets and {"label", "text"} <= {pair.role for pair in self.record}:
            self._end_record()
        self.has_bullets = bool(self.record and line.bullet)  # of every key, not of every record
        for pair in pairs:
            self._add(Pair(pair.role, pair.text, line.start + pair.start, line.start + pair.end), line)
        return True

    def _add(self, pair: Pair, line: Line) -> None:
        """Add a key and its value to the record, or begin another one with it."""
        if pair.role == "text" and self.is_named:  # the line alone was no mention of this record
            self.record = [one for one in self.record if one.role != "text"]
            self.record_start = line.start
        elif pair.role in {one.role for one in self.record}:
            self._end_record()
        if not self.record:
            self.record_start = line.start
        self.record.append(pair)
        self.is_named = self.is_named and pair.role != "text"

    def _is_heading(self, record: list[Pair]) -> bool:
        """Tell whether a record is a label alone, which no line before it can belong to: `Type: PER` and a list."""
        if len(record) != 1 or record[0].role != "label":
            return False
        end = self.undecided[-1][0].end if self.undecided else 0
        return end == 0 or any(entry.form == "heading" and line.start > end for _, entry, line in self.claims[-1:])

    def _end_record(self) -> None:
        pairs, self.record, self.is_named = self.record, [], False
        entry = entry_of(pairs, "record", self.words)
        if entry is not None:
            start = self.record_start
            entry.start, entry.end = 0, max(pair.end for pair in pairs) - start
            self._claim(Line(start, self.answer.body[start : start + entry.end], "", 0, start), entry, 0)

    def _labelled(self, line: Line, fields: list[Field], anchors: dict[int, str]) -> None:
        """Read a line with labels of the set: entries, or the heading of a list."""
        first = min(anchors)
        names = set(anchors.values())
        rest = [one for i, one in enumerate(fields) if i not in anchors and one.text.removeprefix("/") not in names]
        rest = [one for one in rest if one.text and not self._is_note(one, one.start > fields[first].start)]
        behind = [one for one in rest if one.start > fields[first].start]
        if len(behind) < len(rest) == first + len(behind) and not any(map(self.words.has, (one.text for one in rest))):
            rest = behind or rest  # a label behind its long name: `Miscellaneous (MISC): none`
        if all(is_nothing(one.text) for one in rest):
            if rest:
                self.none_lines.append(line)
            self._head(line, next(iter(anchors.values())) if len(names) == 1 else None)
            return
        entries = Entries(line.content, fields, anchors, self.words).read()
        if len(anchors) == 1 and not any(entry.found for entry in entries) and self._is_title(line):
            self._head(line, next(iter(names)))
            return
        parts = parts_of(line, _SENTENCE)
        if len(parts) > 1 and (self._is_labelled_each(parts) or not any(entry.found for entry in entries)):
            for part in self._without_points(parts):
                self._line(part)
            return
        if not entries:
            self.unread.append(line)
            return
        group = 0
        if entries[0].form.startswith("before"):
            self.groups += 1
            group = self.groups
        for entry in entries:
            self._claim(line, entry, group)
        self.heading = None

    def _is_labelled_each(self, parts: list[Line]) -> bool:
        """Tell whether each part of a line names a label, and the text has no string that crosses two of them."""
        for one, other in pairwise(parts):
            last, first = one.content.rsplit(maxsplit=1)[-1], other.content.split(maxsplit=1)[0]
            if self.words.has_exactly(f"{last} {first.rstrip('.,;:')}"):
                return False
        return all(any(self.words.label(field.text) for field in self.words.fields(one.content)) for one in parts)

    def _is_note(self, field: Field, is_behind: bool) -> bool:
        """Tell whether a field is a number or a key, and no mention: `PER (2):`, but not `YEAR: 2010`."""
        numbers = numbers_of(field.text)
        if numbers is None:
            return role_of(field.text) is not None
        if numbers.role == "offsets" and len(numbers.values) == 2 and self.words.is_range(*numbers.values):
            return False
        is_count = is_behind and "(" in field.before and len(field.text) < 3  # `DATE(1903)` is none
        return is_count or not self.words.has(field.text)

    def _is_title(self, line: Line) -> bool:
        is_bold = line.content[:2] == line.content[-2:] == "**"
        return is_bold or line.content.endswith((":", "：")) or "#" in line.bullet

    def _head(self, line: Line, label: str | None) -> None:
        is_first = self.heading is None and not self.has_lists
        may_end_record = self.is_named and len(self.record) == 1 and (line.bullet or is_first)
        if label is not None and may_end_record and not self._is_title(line):
            self._add(Pair("label", label, line.start, line.end), line)
            self._end_record()
            return
        self.groups += 1
        self.heading, self.heading_group = label, self.groups
        self.read_lines.append(line)

    def _says_none_of(self, fields: list[Field]) -> bool:
        """Tell whether a line is like `Entities: none`."""
        texts = [one.text for one in fields if one.text]
        if len(texts) != 2 or not is_nothing(texts[1]):
            return False
        return key_name(texts[0]) in LIST_KEYS or role_of(texts[0]) is not None

    def _unknown_heading(self, line: Line) -> bool:
        """Read a heading that is no label of the set, where other headings are."""
        if not (self._is_title(line) and (self.heading or self.takes_any_heading)):
            return False
        text = bare(line.content.strip("*_:： "))
        if not self.words.may_be_label(text) or key_name(text) in LIST_KEYS or self.words.has_exactly(text):
            return False
        self._head(line, text)
        return True

    def _item(self, line: Line, fields: list[Field]) -> bool:
        """Read a line below a heading."""
        texts = [one.text for one in fields if one.text]
        is_row = line.content.startswith("|")
        if not texts or (is_row and all(map(role_of, texts))):  # the name of a column
            return True
        # a heading that nobody asked for takes what is in the text
        is_item = self.words.label(self.heading or "") and (line.bullet or line.indent or is_row)
        entries = members(line.content, fields, self.words)
        if not any(is_item or entry.found for entry in entries):
            return False
        if self.items_have_bullets and not (is_item or all(map(self.words.has, texts))):
            return False  # prose behind a list
        self.has_lists, self.items_have_bullets = True, bool(line.bullet)
        return self._claim_all(line, entries, self.heading or "", "heading", self.heading_group)

    def _continues(self, line: Line, fields: list[Field]) -> bool:
        """Read a line that goes on with the list of the line above: `PER: Ann` and, indented below it, `Bob`."""
        if not self.claims or line.bullet:
            return False
        claim, entry, above = self.claims[-1]
        is_below = line.indent > above.indent and not self.answer.body[above.end : line.first].strip(" ,;\n")
        if not (is_below and entry.form.startswith("before")):
            return False
        entries = members(line.content, fields, self.words)
        is_list = bool(entries) and all(one.found for one in entries)
        line = line._replace(indent=above.indent)
        return is_list and self._claim_all(line, entries, entry.label, entry.form, claim.group)

    def _read_undecided(self, forms: Counter[str]) -> None:
        """Read lines whose label is not in the set as the other lines are read."""
        weak: list[tuple[Line, Entry]] = []
        for line, fields in self.undecided:
            for i in dict.fromkeys((max(i for i, one in enumerate(fields) if one.text or not i), 1, 0)):
                name = fields[i].text if len(fields) > 1 else ""
                if not self.words.may_be_label(name) or self.words.has_exactly(name):
                    continue
                entries = Entries(line.content, fields, {i: name}, self.words).read()
                if entries and all(entry.found for entry in entries):
                    weak.extend((line, entry) for entry in entries)
                    break
        is_one_label = self.answer.labels is not None and len(self.answer.labels) == 1
        if is_one_label and 1 < len(weak) == len({entry.label for _, entry in weak}):
            weak = []  # remarks: `1. Tim Cook: CEO of Apple`
        if not forms and weak:
            forms_of_weak = Counter(entry.form for _, entry in weak)
            form, count = forms_of_weak.most_common(1)[0]
            others = len({line.start for line, _ in self.undecided})
            is_all = "\n" not in self.answer.body.strip() and self._is_pair(self.undecided[0][1], weak[0][1])
            are_capitals = all(entry.label.isupper() and len(entry.label) > 1 for _, entry in weak)
            if count * 2 > others and (count > 1 or is_all or are_capitals):
                forms = Counter({form: count})
        for line, entry in weak:
            if forms[entry.form]:
                self._claim(line, entry, 0)
        if is_one_label and not (self.claims or self.none_lines):
            self._read_unlabelled()
        self.takes_any_heading = not (self.claims or self.none_lines)
        for line, fields in self.undecided if self.takes_any_heading else ():
            if (
                not self._unknown_heading(line)
                and self.heading
                and line.bullet
                and self.words.has_exactly(line.content)
            ):
                self._item(line, fields)

    def _is_pair(self, fields: list[Field], entry: Entry) -> bool:
        """Tell whether a line is a mention and a label of nobody: `Ann (Nationality)`."""
        is_word = key_name(entry.label) in LIST_KEYS or role_of(entry.label) is not None
        return len([one for one in fields if one.text]) == 2 and not (is_word or entry.form.endswith("is "))

    def _read_unlabelled(self) -> None:
        """Read a list of mentions where one label was asked for; what is half of the text or more copies it."""
        size = sum(len(line.content) for line, _ in self.undecided)
        is_copy = 2 * size > len(self.answer.source.text) and not all(line.bullet for line, _ in self.undecided)
        if not self.answer.source.given or is_copy:
            return
        for line, fields in self.undecided:
            entries = members(line.content, fields, self.words)
            if all(one.found for one in entries):
                self._claim_all(line, entries, "", "", 0)

    def _is_clear(self, entry: Entry, forms: Counter[str]) -> bool:
        """Tell whether an entry whose mention is not in the text is one all the same."""
        if len(entry.text.split()) > _MOST_WORDS or entry.form.endswith(("is ", "before", "behind")):
            return False
        return bool(forms[entry.form]) or not entry.text.endswith(".")

    def _claim_all(self, line: Line, entries: list[Entry], label: str, form: str, group: int) -> bool:
        for entry in entries:
            entry.label, entry.form = label, form
            self._claim(line, entry, group)
        return True

    def _claim(self, line: Line, entry: Entry, group: int) -> None:
        place = (line.start + entry.start, line.start + max(entry.end, entry.start + 1))
        claim = Claim(entry.text, entry.label, place, entry.first, entry.last, entry.count, group=group)
        claims = [claim, *(replace(claim, start=first, end=last) for first, last in entry.others)]
        if entry.total > 1 and entry.found:
            claims *= min(entry.total, max(len(self.words.source.find(entry.text).whole), 1))
        self.claims += [(replace(one), entry, line) for one in claims]  # each gets a place of its own
