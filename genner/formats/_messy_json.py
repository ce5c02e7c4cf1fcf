"""provisional"""

from __future__ import annotations
from typing import Literal
from genner.types import Issue, LabelSet, Prediction

Shape = Literal["grouped", "occurrence", "offset"]


def read_messy(shape, output, text, labels, grounding, order):
    return Prediction((), (), [Issue("no_answer", "no answer was found in the output")], text)
