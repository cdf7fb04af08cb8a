"""Addresses of the stock badge."""

from __future__ import annotations

from django.urls import path

from doorstep.web.badge import views

app_name = "badge"
urlpatterns = [
    path("badge.js", views.script, name="script"),
    path("stock", views.stock, name="stock"),
]
