"""Addresses of the returns portal, below the brand's short name."""

from __future__ import annotations

from django.urls import path

from doorstep.web.returns_portal import choose, door, status

app_name = "returns_portal"
urlpatterns = [
    path("<slug:slug>/", door.start, name="start"),
    path("<slug:slug>/code/", door.code, name="code"),
    path("<slug:slug>/o/<str:token>/", choose.order, name="order"),
    path("<slug:slug>/o/<str:token>/check/", choose.check, name="check"),
    path("<slug:slug>/o/<str:token>/send/", choose.send, name="send"),
    path("<slug:slug>/o/<str:token>/picture/<int:variant_id>/", choose.picture, name="picture"),
    path("<slug:slug>/s/<str:token>/", status.status, name="status"),
    path("<slug:slug>/s/<str:token>/label.pdf", status.label, name="label"),
    path("<slug:slug>/s/<str:token>/cancel/", status.cancel, name="cancel"),
]
