from importlib import import_module

from django.apps import AppConfig


class PhasesConfig(AppConfig):
    name = "phases"

    def ready(self) -> None:
        import_module("phases.checks")
        import_module("phases.context")
        import_module("phases.actions.files")
        happened = import_module("phases.actions.happened")
        import_module("states.actions").after_touch(happened.note_events)
        import_module("phases.known_below")
