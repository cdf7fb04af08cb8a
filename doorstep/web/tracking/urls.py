"""Addresses of the customers' tracking page."""

from __future__ import annotations

from django.urls import path

from doorstep.web.tracking import views

app_name = "tracking"
urlpatterns = [path("", views.ask, name="ask"), path("<str:token>/", views.track, name="track")]
