"""The first day that anything may be dated. Pure."""

from datetime import date

# Before this there was nothing; a year such as 0206 is a slip of the hand.
EARLIEST = date(2000, 1, 1)
