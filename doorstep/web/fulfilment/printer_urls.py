"""Addresses of Settings, Printers."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.fulfilment import settings_views
from doorstep.web.parts import navigation
from doorstep.web.settings import sections

app_name = "printers"
urlpatterns = [
    path("", settings_views.index, name="index"),
    path("add/", settings_views.add, name="add"),
    path("<int:id>/retire/", settings_views.retire, name="retire"),
    path("<int:id>/test/", settings_views.test, name="test"),
]

navigation.register_command(
    navigation.Command(_("Printers"), "printers:index", "printer", "settings:read", _("label slip paper CUPS ZPL"))
)
sections.register(
    sections.Section(
        "printers",
        _("Printers"),
        _("Where labels, packing slips and pick lists come out."),
        "printers:index",
        "printer",
        "floor",
    )
)
