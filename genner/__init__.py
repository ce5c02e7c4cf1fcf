"""Generative named-entity recognition: formats, decoding, scores and errors."""
