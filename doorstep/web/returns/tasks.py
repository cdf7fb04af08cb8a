"""What returns ask of a person."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.flows import exchange, findings, refund_returns
from doorstep.tasks.values import TaskRow
from doorstep.web.parts import task_words
from doorstep.web.parts.task_words import TaskWords


def _return(row: TaskRow) -> str:
    kind, _colon, id = row.subject.partition(":")
    return reverse("returns:detail", args=[int(id)]) if kind == "return" else ""


def _report(_row: TaskRow) -> str:
    return reverse("returns:report")


def register() -> None:
    """Teaches pages the tasks of returns."""
    task_words.register(
        {
            refund_returns.TASK: TaskWords(
                _("money to pay back"),
                _("Pay back what %(order)s has no money for: return %(number)s"),
                "credit-card",
                _return,
            ),
            findings.KIND: TaskWords(
                _("a product that comes back often"),
                _("%(title)s comes back more often than its category: %(returned)s of %(sold)s"),
                "alert-triangle",
                _report,
            ),
            exchange.REFUNDED: TaskWords(
                _("an exchange that was refunded"),
                _("%(title)s was refunded while it was exchanged: send the exchange of return %(number)s, or cancel its order"),
                "refresh",
                _return,
            ),
            exchange.TASK: TaskWords(
                _("an exchange that came back in part"),
                _("Of %(title)s only %(came)s of %(qty)s came back to be exchanged: return %(number)s"),
                "refresh",
                _return,
            ),
        }
    )
