from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "nudm.core"

    def ready(self) -> None:
        import_module("nudm.core.checks")
