from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.tasks"
    label = "tasks"
