from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.accounts"
    label = "accounts"
