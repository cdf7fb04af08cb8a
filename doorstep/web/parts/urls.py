"""Addresses of the frame."""

from __future__ import annotations

from django.urls import path

from doorstep.web.parts import list_views, sign_in, views

app_name = "parts"
urlpatterns = [
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("organisation/", views.organisation, name="organisation"),
    path("counts/", views.counts, name="counts"),
    path("search/", views.search, name="search"),
    path("lists/<str:listing>/columns/", list_views.choose_columns, name="choose_columns"),
    path("lists/<str:listing>/views/", list_views.save_view, name="save_view"),
    path("views/<int:id>/", list_views.change_view, name="change_view"),
    path("views/<int:id>/remove/", list_views.remove_view, name="remove_view"),
]
