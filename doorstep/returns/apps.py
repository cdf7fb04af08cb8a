from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.returns"
    label = "returns"
