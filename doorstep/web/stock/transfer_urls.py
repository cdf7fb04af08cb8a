"""Addresses of the transfers."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import exporting, navigation
from doorstep.web.stock import receiving, transfers
from doorstep.web.stock.transfer_listing import LISTING

app_name = "transfers"
urlpatterns = [
    path("", transfers.index, name="index"),
    exporting.path_of(LISTING),
    path("new/", transfers.new, name="new"),
    path("<int:id>/", transfers.transfer, name="transfer"),
    path("<int:id>/edit/", transfers.edit, name="edit"),
    path("<int:id>/ship/", transfers.ship, name="ship"),
    path("<int:id>/close/", transfers.close_short, name="close"),
    path("<int:id>/cancel/", transfers.cancel, name="cancel"),
    path("<int:id>/receive/", receiving.receive_transfer, name="receive"),
    path("<int:id>/take-back/", receiving.take_back_transferred, name="take_back"),
]

navigation.register_command(
    navigation.Command(_("Transfers"), "transfers:index", "route", "stock:read", _("move stock between locations"))
)
