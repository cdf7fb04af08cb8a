"""What partner warehouses ask of a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import send_outside, warehouses
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _order(row: TaskRow) -> str:
    return reverse("orders:order", args=[row.timeline.partition(":")[2]])


def register() -> None:
    """Teaches pages the tasks of partner warehouses."""
    late = _("Call %(warehouse)s about order %(order)s: it is to stop, but they would not give it back any more")
    sent = _("Get order %(order)s back: %(warehouse)s sent it (%(carrier)s %(number)s) although it was cancelled")
    task_words.register(
        {
            warehouses.TOO_LATE: TaskWords(_("an order called back too late"), late, "hand-stop", _order),
            send_outside.SHIPPED_THOUGH_CANCELLED: TaskWords(
                _("a parcel of a cancelled order"), sent, "truck-return", _order
            ),
        }
    )
