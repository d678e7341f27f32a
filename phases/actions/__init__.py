"""Verbs of the programme: on lines, evidence, set-up records and due dates."""
