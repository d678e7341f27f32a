from importlib import import_module

from django.apps import AppConfig


class UlbsConfig(AppConfig):
    name = "ulbs"

    def ready(self) -> None:
        # What is written when a stored file moves on must be known in a worker too; checks of the settings.
        for name in ("actions.readiness", "actions.event_files", "checks"):
            import_module(f"ulbs.{name}")
