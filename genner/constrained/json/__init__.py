"""Guides of formats that list entities in JSON."""
