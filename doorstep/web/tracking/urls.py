"""Addresses of the customers' tracking page."""

from __future__ import annotations

from django.urls import path

from doorstep.web.tracking import choices, views

app_name = "tracking"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("choices/<str:token>/", choices.choose, name="choices"),
    path("stop/<str:token>/", choices.stop, name="stop"),
    path("logo/<slug:slug>/<str:digest>.png", views.logo, name="logo"),
    path("<str:token>/picture/<int:variant_id>/", views.picture, name="picture"),
    path("<str:token>/question/", views.question, name="question"),
    path("<str:token>/", views.track, name="track"),
]
