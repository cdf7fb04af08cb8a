"""Addresses of tasks and of the promises, which stand beside home."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.home import promises, tasks, wismo
from doorstep.web.parts import navigation

urlpatterns = [
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/<int:id>/take/", tasks.take, name="take_task"),
    path("tasks/<int:id>/end/", tasks.end, name="end_task"),
    path("promises/", promises.index, name="promises"),
    path("promises/wismo/", wismo.index, name="wismo_meter"),
    path("promises/before/", promises.set_baselines, name="set_baselines"),
]

for command in (
    navigation.Command(_("Tasks"), "tasks", "checklist", "orders:read", _("to do work waiting")),
    navigation.Command(_("The three promises"), "promises", "rosette", "orders:read", _("figures baseline targets")),
):
    navigation.register_command(command)
