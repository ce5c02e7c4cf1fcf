"""Hypothesis strategies, codec laws and simulated scores, for tests of genner and of codecs that others write.

    from hypothesis import given
    from genner.testing import check_laws, documents

    @given(documents())
    def test_my_codec_obeys_the_laws(document):
        check_laws(MyCodec(), document)

Needs hypothesis: `pip install 'genner[testing]'`.
"""

from __future__ import annotations

from genner.testing.laws import (
    REASONING,
    check_decode,
    check_laws,
    check_nothing_lost,
    check_one_road,
    check_repeated,
    check_round_trip,
    check_stream,
    is_accounted_for,
)
from genner.testing.scores import simulated_scores
from genner.testing.strategies import HOSTILE, LABELS, documents, entities_of, json_trees, texts
from genner.testing.worst import WORST, WORST_LABELS, check_linear, count_steps

__all__ = [
    "HOSTILE",
    "LABELS",
    "REASONING",
    "WORST",
    "WORST_LABELS",
    "check_decode",
    "check_laws",
    "check_linear",
    "check_nothing_lost",
    "check_one_road",
    "check_repeated",
    "check_round_trip",
    "check_stream",
    "count_steps",
    "documents",
    "entities_of",
    "is_accounted_for",
    "json_trees",
    "simulated_scores",
    "texts",
]
