from django.apps import AppConfig


class UlbsConfig(AppConfig):
    name = "ulbs"
