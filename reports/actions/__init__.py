"""Verbs on reports, their schedules, reminders and notices."""
