"""A bare Django project, `startproject` without the admin: what a worker's memory is held against."""

import os

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from bench import PLAIN

APPS = ("auth", "contenttypes", "sessions", "messages", "staticfiles")
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]


def page(request: HttpRequest) -> HttpResponse:
    """A page from a template."""
    template = engines["django"].from_string("{{ path }}")
    return HttpResponse(template.render({"path": request.path}, request))


urlpatterns = [path("", page)]
settings.configure(
    SECRET_KEY="bare" * 13,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="bench.plain",
    INSTALLED_APPS=[f"django.contrib.{name}" for name in APPS],
    MIDDLEWARE=PLAIN,
    TEMPLATES=TEMPLATES,
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"] or "sqlite://:memory:")},
)
application = get_wsgi_application()
