from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.messaging"
    label = "messaging"
