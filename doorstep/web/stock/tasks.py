"""What stock asks of people, as sentences."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import count_stock, recount
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _sheet(task: TaskRow) -> str:
    return reverse("stock:count_scan", args=[task.facts["sheet_id"]])


def register() -> None:
    """Teaches pages the kinds of stock."""
    says = _("Count %(title)s (%(sku)s) in %(bin)s again %(words)s")
    short = _("Count the shelves of %(place)s on which too little was found")
    task_words.register(
        {
            count_stock.KIND: TaskWords(_("a shelf to count again"), says, "list-check", _sheet),
            recount.KIND: TaskWords(_("shelves on which too little was found"), short, "list-check", _sheet),
        }
    )
