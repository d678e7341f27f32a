"""WSGI entry point: it serves only where `manage.py check --deploy` finds no error."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nudm.settings")
application = get_wsgi_application()
import_string("nudm.core.checks.refuse_unsafe")()
