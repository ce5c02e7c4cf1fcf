"""Small pieces of HTML for notebooks: marked texts and lists, with inline styles and nothing to load."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from html import escape
from zlib import crc32

from genner.show.marks import Mark, Open, steps
from genner.show.plain import in_order

__all__ = ["SHOWN", "date_of_page", "details", "drawn", "items", "marked", "plain_text"]


SHOWN = 10_000
"""Characters of a text that a notebook shows: a browser needs a minute to lay out a megabyte of marked text."""


def date_of_page() -> str:
    """Return the date for the head of a page; a build that has to be the same every time sets SOURCE_DATE_EPOCH."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    when = datetime.fromtimestamp(int(fixed), timezone.utc) if fixed.isdecimal() else datetime.now(timezone.utc)
    return f"{when:%Y-%m-%d %H:%M} UTC"


def plain_text(text: object) -> str:
    """Escape for HTML; a lone surrogate, which no page can hold, becomes a question mark."""
    return escape(in_order(str(text))).encode("utf-8", "replace").decode("utf-8")


def marked(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> str:
    """Return a text with nested highlights, labels behind them; a wrong entity has a thick red edge."""
    parts = ["… "] if start else []
    for step in steps(text, marks, start, end):
        if isinstance(step, str):
            parts.append(plain_text(step))
        elif isinstance(step, Open):
            parts.append(f'<mark style="{_style(step.mark)}" title="{plain_text(_title(step.mark))}">')
        else:
            parts.append(("…" if step.cut else _tag(step.mark)) + "</mark>")
    parts += [" …"] if end is not None and end < len(text) else []
    return f'<div dir="auto" style="white-space:pre-wrap;line-height:2.1">{"".join(parts)}</div>'


def drawn(head: str, text: str | None, entities: Sequence[tuple[int, int, str]], remarks: Iterable[str] = ()) -> str:
    """Return entities over their text, or as a list where the text is not known, with remarks below."""
    marks = [Mark(start, end, label) for start, end, label in entities]
    body = items(plain_text(_title(mark)) for mark in marks) if text is None else marked(text, marks, end=SHOWN)
    notes = [*remarks]
    if text is not None and len(text) > SHOWN:
        left = sum(mark.start >= SHOWN for mark in marks)
        notes.insert(0, f"the first {SHOWN:,} of {len(text):,} characters; {left:,} entities begin later")
    return f"<div><small>{plain_text(head)}</small>{body}{items(map(plain_text, notes))}</div>"


def _style(mark: Mark) -> str:
    hue = crc32(mark.label.encode("utf-8", "replace")) % 360
    edge = "2px solid #b3261e" if mark.error else f"1px solid hsl({hue} 45% 55%)"
    return f"background:hsl({hue} 75% 90%);color:#1c2330;border:{edge};border-radius:5px;padding:.1em .25em"


def _title(mark: Mark) -> str:
    return f"{mark.label} {mark.start}–{mark.end}{': ' * bool(mark.error)}{mark.error.replace('_', ' ')}"


def _tag(mark: Mark) -> str:
    error = f" <span style='color:#8c1d18'>{plain_text(mark.error.replace('_', ' '))}</span>" if mark.error else ""
    style = "margin-inline-start:.4em;unicode-bidi:isolate;opacity:.85"
    return f'<small style="{style}"><b>{plain_text(mark.label)}</b>{error}</small>'


def items(rows: Iterable[str]) -> str:
    """Return a list of pieces of HTML, or nothing when there are none."""
    listed = "".join(f"<li>{row}</li>" for row in rows)
    return f"<ul>{listed}</ul>" if listed else ""


def details(summary: str, content: str) -> str:
    """Return content that is hidden until the summary is clicked."""
    return f"<details><summary>{plain_text(summary)}</summary>{content}</details>"
