from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.inbox"
    label = "inbox"
