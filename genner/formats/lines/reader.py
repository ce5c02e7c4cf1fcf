"""Readers of answers that are neither JSON nor marked-up text: lines, tagged tokens, Python calls."""

from genner.formats.lines.calls import code_candidates
from genner.formats.lines.listed import line_candidates
from genner.formats.lines.tagged import tag_candidates

__all__ = ["code_candidates", "line_candidates", "tag_candidates"]
