from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.cli"
    label = "cli"
