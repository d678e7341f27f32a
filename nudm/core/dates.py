"""Days as officers count them: in IST, dd-mm-yyyy, financial year April to March."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateparse import parse_datetime


def today() -> date:
    """The day in India now (TIME_ZONE is Asia/Kolkata)."""
    return timezone.localdate()


def financial_year(day: date) -> str:
    """`2026-27` for any day from 01-04-2026 to 31-03-2027."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start}-{(start + 1) % 100:02d}"


def day_of(moment: date | datetime) -> date:
    """The day in India of a moment; a day is itself."""
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment


def moment(text: str) -> datetime | None:
    """The moment that a form saw and sends back, with its zone; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


def days_since(moment: date | datetime) -> int:
    """Whole days from that day to today, both in IST."""
    return (today() - day_of(moment)).days


def show(day: date | datetime) -> str:
    """`23-11-2026`."""
    return day_of(day).strftime("%d-%m-%Y")


def show_month(day: date) -> str:
    """`November 2026`, in the language of the moment."""
    return date_format(day, "E Y")


def show_time(moment: datetime) -> str:
    """`23-11-2026 14:05`, in IST."""
    return timezone.localtime(moment).strftime("%d-%m-%Y %H:%M")
