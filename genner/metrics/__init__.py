"""Matching, counting, scores, errors: everything that compares gold entities with predictions.

`genner.evaluation` has the functions to call; the values they return are defined here.
"""

from genner.metrics.counts import Counts, Row
from genner.metrics.errors import ErrorCase, ErrorReport
from genner.metrics.issues import IssueTally
from genner.metrics.matching import MATCHINGS
from genner.metrics.results import Evaluation
from genner.metrics.scores import Average, Score
from genner.metrics.settings import Settings, parse_signature
from genner.metrics.taxonomy import POLICIES, ErrorType, Facts, Policy

__all__ = [
    "MATCHINGS",
    "POLICIES",
    "Average",
    "Counts",
    "ErrorCase",
    "ErrorReport",
    "ErrorType",
    "Evaluation",
    "Facts",
    "IssueTally",
    "Policy",
    "Row",
    "Score",
    "Settings",
    "parse_signature",
]
