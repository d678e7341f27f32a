"""The product's URLs, and the floors it is measured against."""

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from nudm.urls import urlpatterns as product
from phases.models import Item

READY: dict[str, bytes] = {}


def same_bytes(request: HttpRequest) -> HttpResponse:
    """Session and user looked up, ready bytes sent."""
    return HttpResponse(READY["page"] if request.user.is_authenticated else b"")


@login_not_required
def bare_move(request: HttpRequest) -> HttpResponse:
    """A line changed in a transaction, and nothing else."""
    with transaction.atomic():
        item = Item.objects.select_for_update().get(pk=request.POST["item"])
        item.remark, item.version = request.POST["remark"], item.version + 1
        item.save(update_fields=["remark", "version"])
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("floor/page", same_bytes), path("floor/move", bare_move), *product]
