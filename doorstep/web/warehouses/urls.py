"""Addresses of Settings, Partner warehouses."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.warehouses import tasks, telling, views

app_name = "warehouses"
urlpatterns = [
    path("", views.index, name="index"),
    path("connect/", views.connect, name="connect"),
    path("<int:id>/", views.warehouse, name="warehouse"),
    path("<int:id>/retire/", views.retire, name="retire"),
    path("<int:id>/bring-back/", views.bring_back, name="bring_back"),
    path("<int:id>/subscribe/", views.subscribe, name="subscribe"),
    path("<int:id>/change/", views.change, name="change"),
    path("<int:id>/test/", views.test, name="test"),
]

navigation.register_command(
    navigation.Command(
        _("Partner warehouses"), "warehouses:index", "building-warehouse", "settings:read", _("3PL WMS partner fulfilment connect")
    )
)
sections.register(
    sections.Section(
        "warehouses", _("Partner warehouses"), _("Locations that somebody else runs for you."), "warehouses:index",
        "building-warehouse", "floor",
    )
)  # fmt: skip
telling.register()
tasks.register()
