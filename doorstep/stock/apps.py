from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.stock"
    label = "stock"
