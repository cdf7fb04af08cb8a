from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.payments"
    label = "payments"
