"""Same span and same label; repeated entities pair off one to one."""

from __future__ import annotations

from genner.metrics.matching.case import Matching

__all__ = ["strict"]

strict = Matching("strict", lambda case: (), "start, end and label agree", pairs_exact_first=True)
