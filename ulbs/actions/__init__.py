"""Verbs on towns."""
