from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.channels"
    label = "channels"
