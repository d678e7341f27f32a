"""A labelled demonstration: 36 states at different points of a year. Its people and figures are invented."""
