"""What shipments ask of a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import stalled
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _parcel(row: TaskRow) -> str:
    return reverse("shipments:shipment", args=[row.facts["parcel_id"]])


def register() -> None:
    """Teaches pages the tasks of shipments."""
    says = _("Ask %(carrier)s where %(number)s of order %(order)s is: it has not moved for too long")
    task_words.register({stalled.KIND: TaskWords(_("a parcel that stands still"), says, "truck", _parcel)})
