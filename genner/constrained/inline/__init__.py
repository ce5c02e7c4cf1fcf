"""Guides of formats that copy the text and mark entities in it."""
