from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.catalog"
    label = "catalog"
