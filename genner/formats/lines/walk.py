"""From the tokens of a copy to their places in the text."""

from __future__ import annotations

from genner.text.words import splits_word

__all__ = ["walk"]

_SPELLINGS = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"',
}  # fmt: skip
"""What the Penn Treebank writes for brackets and quotes."""

_WINDOW = 80
"""Characters of the text that a copy may leave out before a token."""


def walk(tokens: list[str], text: str) -> list[tuple[int, int] | None]:
    """Find tokens in a text from left to right; None for a token that is not where it should be."""
    places: list[tuple[int, int] | None] = []
    at, missing = 0, 0
    size = len(text)
    for token in tokens:
        while at < size and text[at].isspace():
            at += 1
        place = None
        for form in (token, _SPELLINGS.get(token, "")):
            if form and text.startswith(form, at):
                place = at, at + len(form)
                break
        if place is None:
            place = _near(token, text, at, _WINDOW + 2 * missing)
        places.append(place)
        if place is None:
            missing = min(missing + len(token) + 1, 1000)
        else:
            at, missing = place[1], 0
    return places


def _near(token: str, text: str, at: int, window: int) -> tuple[int, int] | None:
    """Find a token a little further on, in any case."""
    part = text[at : at + window + len(token)]
    found = part.find(token)
    while found >= 0 and splits_word(part, found, found + len(token)):
        found = part.find(token, found + 1)
    if found < 0:
        folded = part.lower()
        found = folded.find(token.lower()) if len(folded) == len(part) else -1
        if found > 0 and splits_word(part, found, found + len(token)):
            return None
    return (at + found, at + found + len(token)) if found >= 0 and token else None
