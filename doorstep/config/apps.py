from django.apps import AppConfig


class House(AppConfig):
    """Put last in INSTALLED_APPS: when it is ready, every room is."""

    name = "doorstep.config"
    label = "config"

    def ready(self) -> None:
        from doorstep.config.wiring import wire

        wire()
