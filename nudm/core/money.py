"""Figures as India groups them: 12,34,567."""

from decimal import Decimal


def indian(value: int | float | Decimal | str) -> str:
    """Group a number's digits 3, then 2 by 2; decimals stay as they are."""
    text = value if isinstance(value, str) else f"{Decimal(str(value)):f}"
    sign = "-" if text.startswith("-") else ""
    whole, dot, decimals = text.lstrip("-").partition(".")
    head, tail = whole[:-3], whole[-3:]
    parts = [tail]
    while head:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return sign + ",".join(parts) + dot + decimals
