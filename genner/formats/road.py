"""The road from an answer to entities, for every format and every output that is not plainly right.

1. `peel` sets reasoning, fences and chat marks aside; what is left may be just what the format asks for.
2. The readers find the candidates: the parts of the output that may be the answer, strictly read where possible.
3. `_choose` takes one of them.
4. `name_claims` gives its claims labels of the set.
5. `place` gives them their places in the text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from genner.formats.answer import Answer, Candidate, Note
from genner.formats.keys import ANNOUNCED, TAKEN_BACK
from genner.formats.naming import is_outside, known, label_names, name_claims
from genner.formats.peel import peel
from genner.formats.placing.claims import Claim
from genner.formats.placing.draft import Draft
from genner.formats.placing.place import place
from genner.text.grounding import Source
from genner.types import LabelSet, Prediction

if TYPE_CHECKING:
    from genner.formats.codec import BaseCodec

__all__ = ["read_answer"]

_Stated: TypeAlias = tuple[str, str, int | None, int | None, tuple[int, int] | None]
_Reader: TypeAlias = Callable[[Answer], Iterable[Candidate]]

_READERS: Mapping[str, str] = {
    "json": "genner.formats.json.reader:json_candidates",
    "tags": "genner.formats.lines.tagged:tag_candidates",
    "code": "genner.formats.lines.calls:code_candidates",
    "lines": "genner.formats.lines.reader:line_candidates",
    "inline": "genner.formats.inline.reader:inline_candidates",
}
"""What reads answers in a format that was not asked for, by family, in the order of trust; loaded when needed."""

_RANKED = 200
"""Claims of a candidate that are looked up to rank it."""

_NOTATION = frozenset("[]{}()<>=|;\"'")
"""What a mention in a copy holds only where the text has it."""

_OUTSIDE = re.compile(r"""(?:[/|_(\[{<]\s?|["']\s*,\s*["'])O(?!\w)|[ \t:=,]O$""", re.M)
"""The tag of a token that is in no entity: `met/O`, `met (O)`, `["met", "O"]`, `met O` at the end of a line."""

_LONE_O = re.compile(r"O(?!\w)")
_JSON = re.compile(r"[\[{]\s*(?:[\[{]\s*)?\"")
"""How a list or an object of JSON begins that holds a string."""

_SAMPLED = 20
"""Words of a text that are looked for in an answer that may copy it."""

_GAP = 2000
"""Characters before a candidate in which it may be announced as the corrected one."""


@dataclass(slots=True)
class _Ranked:
    """A candidate and how well it fits the text and the label set."""

    candidate: Candidate
    right: int
    ranked: int
    is_own: bool

    @property
    def is_sound(self) -> bool:
        """Whether at least half of what it claims can be true, or it says clearly that there is nothing."""
        return self.right * 2 >= self.ranked if self.ranked else self.candidate.says_none

    @property
    def is_right(self) -> bool:
        """Whether nothing in it asks for another reading."""
        return self.right == self.ranked if self.ranked else self.candidate.says_none

    @property
    def is_strict(self) -> bool:
        """Whether it is exactly in form, and not one string of several lines, which may hold another answer."""
        claims = self.candidate.claims
        return self.candidate.strict and not (len(claims) == 1 and not claims[0].label and "\n" in claims[0].text)

    @property
    def is_enough(self) -> bool:
        """Whether no other form has to be tried."""
        is_sure = self.is_strict or self.is_copy or (self.is_right and not self.candidate.is_guess)
        return bool(self.ranked) and is_sure

    @property
    def is_copy(self) -> bool:
        """Whether most of what it claims is marked in a copy of the text, so that no other reading is called for."""
        claims = self.candidate.claims
        return self.candidate.is_copy and 2 * sum(claim.copied is not None for claim in claims) > len(claims)

    @property
    def is_exact_copy(self) -> bool:
        """Whether it copies the text without changes."""
        is_changed = any(note.kind == "text_changed" for note in self.candidate.notes)
        return self.candidate.strict or (self.is_copy and not is_changed)

    @property
    def key(self) -> tuple[bool, int, bool, bool]:
        return self.is_sound, self.right, self.is_own, bool(self.ranked) or self.candidate.says_none


def read_answer(codec: BaseCodec, output: str, text: str | None, labels: LabelSet | None) -> Prediction:
    """Recover what an output says and report everything that had to be repaired, skipped or guessed."""
    draft = Draft(len(output))
    body, notes = peel(output, text, labels)
    inner = body.strip()
    plain = codec.read_strict(inner, text, labels) if inner != output else None
    if plain is not None and not plain.issues:
        _report(draft, notes)
        return replace(plain, issues=draft.finish(text).issues)
    answer = Answer(output, body, labels, Source(text, codec.grounding))
    candidates = _candidates(codec, answer)
    chosen = _choose(answer, candidates)
    announced = _announced(codec, answer, chosen)
    if announced:
        candidates, chosen = announced, _choose(answer, announced)
    if chosen is None:
        _report(draft, notes)
        draft.issue("no_answer", "no answer was found in the output", (0, len(output)))
        return draft.finish(text)
    _report(draft, [*notes, *chosen.notes, *_around(answer, chosen, candidates)])
    if text is None and chosen.text is not None:
        text = chosen.text
        answer.source = Source(text, codec.grounding)
    claims = _once(answer, _without_cut_label(answer, chosen, draft), draft)
    claims = name_claims(claims, labels, answer.source, draft)
    place(claims, answer.source, draft, order=codec.order, nested=codec.nested, occurrences=codec.occurrences)
    return draft.finish(text)


def _announced(codec: BaseCodec, answer: Answer, chosen: Candidate | None) -> list[_Ranked]:
    """Read what is behind `**Final answer:**` alone, where a candidate joins it with the reasoning before it."""
    if chosen is None:
        return []
    found = [*ANNOUNCED.finditer(answer.body)]
    if not found or not (len(found) == 1 or found[-1]["final"]):  # several may each announce a part of the answer
        return []
    start, end = found[-1].span()
    if end > chosen.end or not any(map(str.isalnum, answer.body[chosen.start : start])):
        return []
    candidates = _candidates(codec, answer.within(end, len(answer.body)))
    return candidates if any(ranked.ranked and ranked.is_right for ranked in candidates) else []


def _candidates(codec: BaseCodec, answer: Answer) -> list[_Ranked]:
    """Read the answer as its format; where that reading is not fully right, in every other form too."""
    if codec.family != "tags" and _is_tagged(answer):
        for family in {"json": ["tags"]}.get(codec.family, ["json", "tags"]):  # both join the tokens of a mention
            tagged = _others(family, answer)
            if any(ranked.is_right for ranked in tagged):
                return tagged
    found = [_rank(answer, candidate, True) for candidate in codec.candidates(answer)]
    is_strict = any(ranked.candidate.strict for ranked in found)
    if codec.family in ("inline", "lines") and not is_strict and _JSON.search(answer.body):
        most = max((ranked.right for ranked in found), default=0)
        listed = [ranked for ranked in _others("json", answer) if _is_json(answer, ranked.candidate)]
        if any(ranked.ranked and ranked.is_right and ranked.right >= most for ranked in listed):
            return listed
    if any(ranked.is_enough for ranked in found):
        return _copies(codec.family, answer, found) or found
    nothing = [ranked.candidate for ranked in found if ranked.candidate.says_none]
    if nothing:  # unless what else the output holds names entities
        answer = _without(answer, nothing[-1])
        if not any(map(str.isalnum, answer.body)):
            return found
    for family in _READERS:
        if family != codec.family:
            others = _others(family, answer)
            found += [ranked for ranked in others if ranked.is_right or not nothing]
            if any(ranked.ranked and ranked.is_right for ranked in others):
                found = [ranked for ranked in found if not (ranked.is_own and ranked.candidate.is_guess)]
                return (_copies(family, answer, others) if codec.family != "inline" else []) or found
    return found


def _copies(family: str, answer: Answer, found: list[_Ranked]) -> list[_Ranked]:
    """Return the exact copies among marked ones, or read pieces of JSON, or lines, as one: `[PER: Ann] met [PER: Bob]`.

    A copy without changes is more likely, however many mentions there are in pieces or lines, which may cut at commas
    and take the words between marks for mentions.  One with changes is more likely than pieces of JSON that name no
    more, as these hold mentions with labels, too, and than lines where what it marks is in the text.
    """
    if family == "inline":
        return [ranked for ranked in found if ranked.is_exact_copy and ranked.ranked and ranked.is_right]
    is_json = family == "json" and sum(ranked.candidate.pieces for ranked in found) > 1
    is_in_form = any(ranked.is_own and ranked.is_strict and ranked.is_right for ranked in found)
    is_list = family == "lines" and any(_is_list(answer, ranked.candidate) for ranked in found)
    if is_in_form or is_list or not (is_json or (family == "lines" and _may_copy(answer))):
        return []
    least = max(ranked.right for ranked in found)

    def is_likely(ranked: _Ranked) -> bool:
        claims = ranked.candidate.claims[:_RANKED]
        is_changed = not ranked.is_exact_copy
        in_text = sum(bool(answer.source.find(claim.text)) for claim in claims) if is_changed else 0
        is_like_lines = 2 * in_text > len(claims) and 2 * ranked.right >= least
        return ranked.is_right and (not is_changed or (ranked.right >= least if is_json else is_like_lines))

    copies = [ranked for ranked in _others("inline", answer) if ranked.candidate.strict or ranked.is_copy]
    return [ranked for ranked in copies if is_likely(ranked)]


def _is_list(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether a candidate has several lines and a mention in each."""
    lines = [line for line in answer.body[candidate.start : candidate.end].split("\n") if line.strip()]
    return 1 < len(lines) == len(candidate.claims)


def _may_copy(answer: Answer) -> bool:
    """Tell whether an answer is long enough for a copy of the text, and has most of the words it begins with."""
    words = answer.source.text[: 20 * _SAMPLED].split()[:_SAMPLED]
    if len(answer.body) <= len(answer.source.text):
        return False
    return len(words) < 3 or 2 * sum(word in answer.body for word in words) > len(words)


def _others(family: str, answer: Answer) -> list[_Ranked]:
    """Read the answer in a form that was not asked for."""
    module, _, function = _READERS[family].partition(":")
    read: _Reader = getattr(import_module(module), function)
    return [_rank(answer, candidate, False) for candidate in read(answer)]


def _is_json(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether a candidate is valid JSON, which has marks around mentions as well."""
    body = answer.body[candidate.start : candidate.end].strip()
    if body[:1] + body[-1:] not in ("[]", "{}"):
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _is_tagged(answer: Answer) -> bool:
    """Tell whether the answer tags tokens as outside: what other notations would take for marks around mentions."""
    if len(_LONE_O.findall(answer.body)) < 2:  # seen at once, where the tags take a while to look for
        return False
    return len(_OUTSIDE.findall(answer.body)) >= 2 + len(_OUTSIDE.findall(answer.source.text))


def _without(answer: Answer, candidate: Candidate) -> Answer:
    """Return the answer with one candidate blanked out."""
    start, end = candidate.start, candidate.end
    return replace(answer, body=answer.body[:start] + " " * (end - start) + answer.body[end:])


def _rank(answer: Answer, candidate: Candidate, is_own: bool) -> _Ranked:
    """Count the claims whose mention is in the text and whose label is in the label set, or which mark a copy."""
    labels = answer.labels
    claims = candidate.claims[:_RANKED]
    names = {claim.label for claim in claims}
    meant = names
    if labels is not None:
        meant = {
            name
            for name in names
            if name in labels
            or is_outside(name, labels)
            or (not name.strip() and len(labels) == 1)
            or any(each in labels for each in label_names(name, labels))
        }
    find = answer.source.find
    right = sum(
        (claim.label in meant or claim.copied is not None)  # what is marked in a copy is marked on purpose
        and (not answer.source.given or not claim.text or _is_copied(claim, answer) or bool(find(claim.text)))
        for claim in claims
    )
    return _Ranked(candidate, right, len(claims), is_own)


def _is_copied(claim: Claim, answer: Answer) -> bool:
    """Tell whether a mention is marked in a copy and is no part of another notation, which the text would not have."""
    return claim.copied is not None and all(sign in answer.source.text for sign in _NOTATION.intersection(claim.text))


def _choose(answer: Answer, candidates: list[_Ranked]) -> Candidate | None:
    """Take the candidate that fits best; of equals the last, and the one that takes another back."""
    best: _Ranked | None = None
    for ranked in sorted(candidates, key=lambda ranked: ranked.candidate.start):
        if best is None or ranked.key >= best.key or (ranked.is_sound and _takes_back(answer, best, ranked)):
            best = ranked
    if best is None or not (best.ranked or best.candidate.says_none):
        return None
    return best.candidate


def _takes_back(answer: Answer, earlier: _Ranked, later: _Ranked) -> bool:
    """Tell whether the output announces the later candidate as a correction of the earlier one."""
    start = max(earlier.candidate.end, later.candidate.start - _GAP)
    return start < later.candidate.start and bool(TAKEN_BACK.search(answer.body, start, later.candidate.start))


def _around(answer: Answer, chosen: Candidate, candidates: list[_Ranked]) -> Iterator[Note]:
    """Report what the output holds besides the chosen candidate."""
    size = len(answer.output)
    for start, end, where in ((0, chosen.start, "before"), (chosen.end, size, "after")):
        if answer.body[start:end].strip():
            yield Note("extra_text", f"text {where} the answer", start, end)
    if not chosen.complete:
        yield Note("truncated", "the output ends inside the answer", max(chosen.end - 1, 0), chosen.end)
    for ranked in candidates:
        other = ranked.candidate
        if other is chosen and ranked.ranked and not ranked.is_own:
            yield Note("shape", "the answer is in another form than asked for", chosen.start, chosen.end)
        if ranked.is_own and ranked.ranked and (other.end <= chosen.start or chosen.end <= other.start):
            mentions = ", ".join(repr(claim.text) for claim in other.claims)
            yield Note("skipped", f"another answer names {mentions}", other.start, other.end)


def _without_cut_label(answer: Answer, chosen: Candidate, draft: Draft) -> list[Claim]:
    """Leave out the last claim where the output ends inside its label: `Ann (PER), Rome (L`."""
    last = max(chosen.claims, key=lambda claim: claim.place, default=None)
    labels = answer.labels
    if last is None or labels is None or not last.label or known(last.label, labels):
        return chosen.claims
    name = last.label.rpartition("-")[2].casefold()
    is_begun = any(label.casefold().startswith(name) and label.casefold() != name for label in labels)
    if not (is_begun and answer.body.rstrip(" \n\t|").endswith(last.label)):
        return chosen.claims
    draft.issue("truncated", f"the label of {last.text!r:.100} is cut off", last.place)
    return [claim for claim in chosen.claims if claim is not last]


def _once(answer: Answer, claims: list[Claim], draft: Draft) -> list[Claim]:
    """Leave out what repeats all claims before it, where the text does not have them so often."""
    stated = [(claim.text, claim.label, claim.start, claim.count, claim.copied) for claim in claims]
    size = _period(stated)
    times = len(stated) // size if size else 0
    if size < 2 or times < 2 or not answer.source.given:
        return claims
    needed = Counter(claim.text for claim in claims[:size])
    if all(len(answer.source.find(text).spans) >= number * times for text, number in needed.items()):
        return claims
    draft.issue("repeated", f"the answer names everything {times} times", claims[size].place)
    return claims[:size]


def _period(stated: list[_Stated]) -> int:
    """Return the length of the shortest beginning of which a list is copies, the last of which may be cut off."""
    border = [0] * len(stated)
    for at in range(1, len(stated)):
        size = border[at - 1]
        while size and stated[at] != stated[size]:
            size = border[size - 1]
        border[at] = size + (stated[at] == stated[size])
    return len(stated) - border[-1] if stated else 0


def _report(draft: Draft, notes: Iterable[Note]) -> None:
    """Turn notes into issues, the first of each kind and detail with how often it occurs."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = (note.kind, note.detail)
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, note)
    for key, note in first.items():
        times = f" ({counts[key]} times)" if counts[key] > 1 else ""
        draft.issue(note.kind, note.detail + times, (note.start, note.end))
