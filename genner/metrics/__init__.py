"""Matching, counting, scores, errors: everything that compares gold entities with predictions.

`genner.evaluation` has the functions to call; the values they return are defined here, and scores of tokens.
"""

from genner.metrics.breakdown import BREAKDOWNS, Breakdown
from genner.metrics.comparison import Comparison, Difference, Disagreement, Ranking, side_by_side
from genner.metrics.confusion import Confusion
from genner.metrics.counts import Average, Counts, Row, Score
from genner.metrics.errors import ErrorCase, ErrorReport
from genner.metrics.matching import MATCHINGS, Case, Matching
from genner.metrics.results import Evaluation
from genner.metrics.scoring import Evaluator
from genner.metrics.settings import Scoring, Settings, parse_signature
from genner.metrics.significance import Interval, holm
from genner.metrics.targets import Target
from genner.metrics.taxonomy import POLICIES, ErrorType, Facts, Policy
from genner.metrics.tokens import evaluate_tokens
from genner.types.tally import IssueTally

__all__ = [
    "BREAKDOWNS",
    "MATCHINGS",
    "POLICIES",
    "Average",
    "Breakdown",
    "Case",
    "Comparison",
    "Confusion",
    "Counts",
    "Difference",
    "Disagreement",
    "ErrorCase",
    "ErrorReport",
    "ErrorType",
    "Evaluation",
    "Evaluator",
    "Facts",
    "Interval",
    "IssueTally",
    "Matching",
    "Policy",
    "Ranking",
    "Row",
    "Score",
    "Scoring",
    "Settings",
    "Target",
    "evaluate_tokens",
    "holm",
    "parse_signature",
    "side_by_side",
]
