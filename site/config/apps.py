"""Checks of the whole project."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: it joins the rooms and owns no table."""

    name = "config"
