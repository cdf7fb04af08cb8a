from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.analytics"
    label = "analytics"
