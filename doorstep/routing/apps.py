from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.routing"
    label = "routing"
