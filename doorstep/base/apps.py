from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.base"
    label = "base"
