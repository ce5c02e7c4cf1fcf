"""Hypothesis strategies and codec laws, for tests of genner and of codecs that others write.

    from hypothesis import given
    from genner.testing import check_round_trip, documents

    @given(documents())
    def test_my_codec_gives_back_what_it_wrote(document):
        check_round_trip(MyCodec(), document)

Needs hypothesis: `pip install hypothesis`.
"""

from __future__ import annotations

from genner.testing.laws import check_decode, check_round_trip
from genner.testing.strategies import HOSTILE, LABELS, documents, entities_of, texts

__all__ = [
    "HOSTILE",
    "LABELS",
    "check_decode",
    "check_round_trip",
    "documents",
    "entities_of",
    "texts",
]
