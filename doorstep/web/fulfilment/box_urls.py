"""Addresses of Settings, Boxes."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.fulfilment import box_settings
from doorstep.web.parts import navigation
from doorstep.web.settings import sections

app_name = "boxes"
urlpatterns = [
    path("", box_settings.index, name="index"),
    path("add/", box_settings.add, name="add"),
    path("<int:id>/", box_settings.edit, name="edit"),
    path("<int:id>/use/", box_settings.use, name="use"),
]

navigation.register_command(
    navigation.Command(_("Boxes"), "boxes:index", "box", "settings:read", _("carton packing dimensions envelope"))
)
sections.register(
    sections.Section(
        "boxes", _("Boxes"), _("What you pack into, and which box is proposed for what."), "boxes:index", "box", "floor"
    )
)
