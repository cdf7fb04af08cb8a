from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.locations"
    label = "locations"
