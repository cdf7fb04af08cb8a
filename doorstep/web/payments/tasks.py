"""What money asks of a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import pay
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _order(row: TaskRow) -> str:
    return reverse("orders:order", args=[int(row.subject.partition(":")[2])])


def register() -> None:
    """Teaches pages the tasks of money."""
    says = _("Collect %(amount)s more for order %(order)s: it was changed after it was paid")
    look = _("Look at order %(order)s: its provider was asked for %(asked)s and speaks of %(told)s; nothing is booked")
    task_words.register({
        pay.COLLECT: TaskWords(_("money to collect"), says, "credit-card", _order),
        pay.LOOK: TaskWords(_("payment to look at"), look, "alert-triangle", _order),
    })  # fmt: skip
