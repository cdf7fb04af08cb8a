"""Addresses of home."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.home import views
from doorstep.web.parts import navigation

app_name = "home"
urlpatterns = [path("", views.index, name="index"), path("live/", views.live_switch, name="live")]

navigation.register(navigation.Screen("home", _("Home"), "home:index", "home", "orders:read", key="d"))
