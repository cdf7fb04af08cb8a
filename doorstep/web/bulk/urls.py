"""Addresses of bulk actions."""

from __future__ import annotations

from django.urls import path

from doorstep.web.bulk import views

app_name = "bulk"
urlpatterns = [
    path("<int:job_id>/", views.job, name="job"),
    path("<int:job_id>/report.csv", views.report, name="report"),
    path("<str:listing>/preview/", views.preview, name="preview"),
    path("<str:listing>/start/", views.start, name="start"),
]
