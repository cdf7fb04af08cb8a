from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.web"
    label = "web"
