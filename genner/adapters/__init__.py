"""genner inside other libraries: one short module for each, which imports that library when it is itself imported.

=================  ===============================================================================
`spacy`            a pipeline component, `nlp.add_pipe("genner")`
`langextract`      a resolver that reads broken answers
`dspy`             a metric
`instructor`       pydantic types of answers, checked against the text
`evaluate`         a metric in the manner of Hugging Face's `evaluate`
`label_studio`     predictions as a machine-learning backend answers them
`inspect`          samples, a scorer and its metrics for Inspect
=================  ===============================================================================

The tasks for lm-eval are in `genner.experiments.tasks`.
"""

from __future__ import annotations

from genner.exceptions import MissingExtraError

__all__ = ["missing"]


def missing(package: str) -> MissingExtraError:
    """Return the error for an adapter whose library is not installed.

    Args:
        package: as pip names it.
    """
    return MissingExtraError(f"this adapter needs {package}, which is not installed: pip install {package}")
