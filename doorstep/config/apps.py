from django.apps import AppConfig

from doorstep.base import extent


class House(AppConfig):
    """Put last in INSTALLED_APPS: when it is ready, every room is."""

    name = "doorstep.config"
    label = "config"

    def ready(self) -> None:
        if extent.tables_alone:
            return
        from doorstep.config.wiring import wire

        wire()
