"""Addresses that vendors send to."""

from __future__ import annotations

from django.urls import path

from doorstep.hooks.views import receive

urlpatterns = [path("<slug:provider>/<slug:slug>", receive, name="hook")]
