"""What a program may send to the API."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError

# Lists and objects within each other; the API's own have four.
DEEPEST = 20


class JSONParser(parsers.JSONParser):
    """JSON that is nested no deeper than DEEPEST: what is deeper ends no worker and is refused in words."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            found = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise _too_deep() from error
        level = [found]
        for _depth in range(DEEPEST):
            level = [inner for outer in level for inner in _within(outer)]
            if not level:
                return found
        raise _too_deep()


def _within(value: Any) -> list[Any]:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [inner for inner in held if isinstance(inner, (dict, list))]


def _too_deep() -> ParseError:
    words = _("Lists and objects are nested more than %(n)s deep. Send the fields as they are described.")
    return ParseError(words % {"n": DEEPEST})
