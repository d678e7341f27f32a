"""Settings that are the same in every place; nudm/settings.py holds what the environment decides."""
