from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "nudm.accounts"
    label = "accounts"
