"""Addresses of the returns portal, below the brand's short name."""

from __future__ import annotations

from django.urls import path

from doorstep.web.returns_portal import door

app_name = "returns_portal"
urlpatterns = [
    path("<slug:slug>/", door.start, name="start"),
    path("<slug:slug>/code/", door.code, name="code"),
]
