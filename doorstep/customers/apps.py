from django.apps import AppConfig


class Room(AppConfig):
    name = "doorstep.customers"
    label = "customers"
