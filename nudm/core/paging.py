"""Pages of the API, and what it refuses: parameters that the schema does not declare, a stale `If-Match`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from nudm.core.numbers import number

AS_ON = OpenApiParameter(
    "as_on",
    str,
    description="dd-mm-yyyy or yyyy-mm-dd: as it was known at the end of that day, today without",
)


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """More than `max_page_size` are that many. Raises ValidationError for what is no number of rows."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and number(asked) < 1:
            raise ValidationError({"page_size": [f"Give a whole number from 1 to {self.max_page_size}."]})
        return super().get_page_size(request)


def refuse_unknown(request: Request, known: set[str]) -> None:
    """An unknown parameter is an error (400): a filter that is silently ignored shows wrong figures. Only a
    list has pages."""
    has_pages = hasattr(request.parser_context["view"], "paginate_queryset")
    is_list = has_pages and request.method in {"GET", "HEAD"}
    known = known | {"page", "page_size"} if is_list else known
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        told = f"Known here: {', '.join(sorted(known))}." if known else "This address takes none."
        fields: dict[str, Any] = {name: [f"Unknown parameter. {told}"] for name in unknown}
        raise ValidationError(fields)


class PreconditionFailed(APIException):
    status_code = 412
    default_detail = "This has changed since you read it. Read it again."
    default_code = "stale"


def if_match(request: Request, version: int) -> None:
    """Refuse (412) when the caller names other versions than this one in `If-Match`: one or several, weak as
    we give them or quoted plainly; `*` is any."""
    wanted = request.headers.get("If-Match", "").strip()
    if wanted in {"", "*"}:
        return
    named = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    if f'"{version}"' not in named:
        raise PreconditionFailed


def etag(version: int) -> dict[str, str]:
    """The header that names a version: weak, since the words around the facts follow the reader."""
    return {"ETag": f'W/"{version}"'}
