"""Commands whose texts, days and months are read as every page reads them."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.management import base

from nudm.core import reading
from nudm.core.errors import Refused
from nudm.core.text import line


class BaseCommand(base.BaseCommand):
    """A command of the project: what is typed behind it is cleaned before it is used, and what an action
    refuses, or a server that does not answer, is said in words."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **{name: _cleaned(value) for name, value in options.items()})
        except Refused as error:
            raise base.CommandError(error.message) from error


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return line(value)
    return [_cleaned(one) for one in value] if isinstance(value, list) else value


def day(text: str) -> date:
    """For `add_argument(type=day)`."""
    return _read(reading.day, text)


def month(text: str) -> date:
    """For `add_argument(type=month)`: the first of the month."""
    return _read(reading.month, text)


def _read(reader: Callable[[str], date], text: str) -> date:
    try:
        return reader(text)
    except reading.Unclear as error:
        raise argparse.ArgumentTypeError(str(error)) from error
