from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.worker"
    label = "worker"
