"""Addresses of the stock pages."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import exporting, navigation
from doorstep.web.stock import promising, views
from doorstep.web.stock.listing import LISTING

app_name = "stock"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("<int:variant_id>/", views.variant, name="variant"),
    path("<int:variant_id>/change/", views.change, name="change"),
    path("<int:variant_id>/safety/", views.safety, name="safety"),
    path("<int:variant_id>/sell/", promising.sell, name="sell"),
    path("<int:variant_id>/release/", promising.release_cart, name="release_cart"),
    path("<int:variant_id>/bin/", views.set_bin, name="bin"),
]

navigation.register(navigation.Screen("stock", _("Stock"), "stock:index", "packages", "stock:read", key="t"))
