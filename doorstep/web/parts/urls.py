"""Addresses of the frame."""

from __future__ import annotations

from django.urls import path

from doorstep.web.parts import sign_in, views

app_name = "parts"
urlpatterns = [
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("organisation/", views.organisation, name="organisation"),
    path("counts/", views.counts, name="counts"),
    path("search/", views.search, name="search"),
]
