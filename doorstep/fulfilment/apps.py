from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.fulfilment"
    label = "fulfilment"
