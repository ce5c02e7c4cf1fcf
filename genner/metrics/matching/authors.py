"""As the paper's five scripts count, as far as a decoded prediction can tell.

* an output without an answer is an empty list;
* where the model changed the text of an inline answer, the sentence is compared as multisets of
  (characters, label) instead of spans: known from a prediction whose own text differs from the gold
  text, or from an issue `text_changed`;
* everything else is `strict`.

What the scripts read differently from genner's decoders is gone once an output is decoded.
`evaluate_outputs(..., matching="authors")` starts from the raw outputs and follows each script:
see `genner.metrics.authors`.
"""

from __future__ import annotations

from genner.metrics.matching._case import Case, Matched
from genner.metrics.matching.strict import strict
from genner.metrics.matching.text import by_surface
from genner.types import Prediction

__all__ = ["authors"]


def authors(case: Case) -> Matched:
    """Match spans, or surfaces where the text was changed."""
    output = case.output
    kinds = {issue.kind for issue in output.issues} if isinstance(output, Prediction) else set()
    if "no_answer" in kinds:
        return Matched(case.gold, [], [], [])
    own_text = case.text if output is None or output.text is None else output.text
    if own_text != case.text or "text_changed" in kinds:
        return by_surface(case, own_text)
    return strict(case)
