"""Grammars of the answers about one text, and the notations they can be written in."""
