"""Measures the goals of docs/speed.md, in ratios from one run."""
