"""What stands before everything else: whose address a request has, and what a browser may do with a page."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from nudm.core.limits import TooMany, spend
from nudm.core.problems import API, answer

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
HEADERS = {
    "Permissions-Policy": ", ".join(
        f"{power}=()"
        for power in (
            "accelerometer", "bluetooth", "camera", "display-capture", "geolocation", "gyroscope", "hid",
            "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
        )
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


class ProxyMiddleware:
    """`REMOTE_ADDR` is the nearest address that is no proxy of ours; nobody else's word on it is taken.

    Locks, limits and logs read `REMOTE_ADDR`, so a stranger cannot write another address into them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META
        # Also by a proxy that nobody named.
        request.forwarded = any(name in given for name in FORWARDED)  # type: ignore[attr-defined]
        if trusted(given.get("REMOTE_ADDR", "")):
            chain = [one.strip() for one in given.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            for address in reversed(chain):
                if not known(address):
                    break
                given["REMOTE_ADDR"] = address
                if not trusted(address):
                    break
        else:
            for name in FORWARDED:
                given.pop(name, None)
        return self.get_response(request)


def known(address: str) -> bool:
    """Whether this is an address at all."""
    try:
        return bool(ip_address(address))
    except ValueError:
        return False


def trusted(address: str) -> bool:
    """Whether this is the address of one of our proxies (`TRUSTED_PROXIES`)."""
    return known(address) and any(ip_address(address) in ip_network(net) for net in settings.TRUSTED_PROXIES)


class HeadersMiddleware:
    """No page may use the device's sensors, be read by another origin, or be kept by a shared cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = refusal(request) or self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        if request.path.startswith(API) or request.method != "POST":
            return
        if any("\0" in value for values in request.POST.lists() for value in values[1]):
            raise BadRequest


def refusal(request: HttpRequest) -> HttpResponse | None:
    """403 for a program that does not speak https; 400 for an address with a NUL: no database takes one, and
    nobody types one."""
    plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
    if plain and request.path.startswith(API):
        return answer(403, _("Use https. Make a new token: this one was sent in the clear."), "https")
    if "\0" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
        return None
    if not request.path.startswith(API):
        return bad_request(request, BadRequest())
    return answer(400, _("Null characters are not allowed."), "invalid")


class AddressLimit:
    """The API's limit of an address, before anybody looks at a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        try:
            spend("api_address", request.META.get("REMOTE_ADDR", ""))
        except TooMany as error:
            return answer(429, error.message, error.code, {"Retry-After": str(error.wait)})
        return self.get_response(request)
