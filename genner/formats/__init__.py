"""Output formats: what a model is asked to write, and what its answer says.

    get_codec("bracket").encode(document)     document -> what the model should write
    get_codec("bracket").decode(output, text) what the model wrote -> entities over the text
"""

from __future__ import annotations

__all__: list[str] = []
