"""What shipments ask of a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import exceptions, stalled
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _exception(row: TaskRow) -> str:
    return reverse("shipments:exception", args=[row.id])


def register() -> None:
    """Teaches pages the tasks of shipments."""
    says = _("Ask %(carrier)s where %(number)s of order %(order)s is: it has not moved for too long")
    late = _("See to %(number)s of order %(order)s with %(carrier)s: it should be there by now")
    trouble = _("See to %(number)s of order %(order)s: %(carrier)s tells of trouble")
    task_words.register(
        {
            stalled.KIND: TaskWords(_("a parcel that stands still"), says, "truck", _exception),
            exceptions.LATE: TaskWords(_("a parcel that is late"), late, "clock", _exception),
            exceptions.TROUBLE: TaskWords(_("a parcel in trouble"), trouble, "alert-triangle", _exception),
        }
    )
