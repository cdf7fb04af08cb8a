"""Addresses of Settings, Tracking page."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.tracking import brand_views as views

app_name = "tracking_page"
urlpatterns = [
    path("", views.index, name="index"),
    path("preview/", views.preview, name="preview"),
    path("logo/", views.set_logo, name="set_logo"),
    path("logo/remove/", views.remove_logo, name="remove_logo"),
]

navigation.register_command(
    navigation.Command(
        _("Tracking page"), "tracking_page:index", "world", "settings:read", _("logo colour brand customers page help returns")
    )
)
sections.register(
    sections.Section(
        "tracking", _("Tracking page"), _("Your logo, colour and words on the page on which customers see their order."),
        "tracking_page:index", "world", "organisation",
    )
)  # fmt: skip
