"""The front door: settings, addresses, the commands that use every floor."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes the front door's commands and pages known to Django."""

    name = "config"
    label = "front_door"
