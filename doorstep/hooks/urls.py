"""Addresses that vendors send to."""

from __future__ import annotations

from django.urls import path

from doorstep.hooks.views import shop

urlpatterns = [path("<slug:provider>/<slug:slug>", shop, name="hook")]
