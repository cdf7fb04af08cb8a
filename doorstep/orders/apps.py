from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.orders"
    label = "orders"
