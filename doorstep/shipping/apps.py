from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.shipping"
    label = "shipping"
