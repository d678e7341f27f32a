from importlib import import_module

from django.apps import AppConfig


class UlbsConfig(AppConfig):
    name = "ulbs"

    def ready(self) -> None:
        import_module("ulbs.actions.readiness")
