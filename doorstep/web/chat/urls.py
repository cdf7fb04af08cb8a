"""Addresses of the chat."""

from __future__ import annotations

from django.urls import path

from doorstep.web.chat import views

app_name = "chat"
urlpatterns = [
    path("widget.js", views.widget, name="widget"),
    path("begin", views.begin, name="begin"),
    path("say", views.say, name="say"),
    path("address", views.address, name="address"),
    path("hear", views.hear, name="hear"),
]
