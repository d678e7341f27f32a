"""The product as it is served, and in the same process a plain Django project: the floors' middleware."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

from bench import PLAIN, server_only

server_only.hide()

import nudm.wsgi

settings.ROOT_URLCONF = "bench.urls"
with override_settings(MIDDLEWARE=PLAIN):
    floors = WSGIHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    """Floors behind Django's own middleware, all else behind the product's."""
    plain = environ["PATH_INFO"].startswith("/floor/")
    return (floors if plain else nudm.wsgi.application)(environ, start_response)
