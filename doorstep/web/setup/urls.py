"""Addresses of moving in."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.setup import views

app_name = "setup"
urlpatterns = [
    path("", views.index, name="index"),
    path("import/", views.upload, name="upload"),
    path("import/<int:arrival_id>/", views.mapping, name="mapping"),
    path("import/<int:arrival_id>/run/", views.run, name="run"),
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/report.csv", views.report, name="report"),
]

navigation.register_command(
    navigation.Command(_("Moving in"), "setup:index", "checklist", None, _("set up begin checklist"))
)
navigation.register_command(
    navigation.Command(
        _("Import a file"), "setup:upload", "file-import", None, _("CSV XLSX products stock customers bins")
    )
)
