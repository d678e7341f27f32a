"""The product's URLs, and the floors it is measured against."""

from functools import cache

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from nudm.core import scope
from nudm.urls import urlpatterns as product
from phases.models import Item


@cache
def ready() -> bytes:
    """The bytes of the page that is measured, as `bench.served` left them."""
    return (settings.VAR_DIR / "floor.html").read_bytes()


def same_bytes(request: HttpRequest) -> HttpResponse:
    """Session and user looked up, ready bytes sent."""
    return HttpResponse(ready() if request.user.is_authenticated else b"")


def bare_move(request: HttpRequest) -> HttpResponse:
    """A line changed in a transaction, and nothing else; the database's role goes along with the first
    statement and costs no round trip."""
    if request.user.is_authenticated:
        with transaction.atomic(), scope.national():
            item = Item.objects.select_for_update().get(pk=request.POST["item"])
            item.remark, item.version = request.POST["remark"], item.version + 1
            item.save(update_fields=["remark", "version"])
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("floor/page", same_bytes), path("floor/move", bare_move), *product]
