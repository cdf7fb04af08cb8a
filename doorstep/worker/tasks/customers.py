"""What customers asked for at our doors."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doorstep.flows import fresh_link, order_door
from doorstep.worker.ctx import system_ctx
from doorstep.worker.tasks.patience import STUBBORN


@app.task(name="mail_order_code", retry=STUBBORN)
def mail_order_code(organisation_id: int, number: str, email: str, key: str) -> None:
    """Mails the code that opens an order."""
    order_door.mail_code(system_ctx(organisation_id), number=number, email=email, key=key)


@app.task(name="mail_fresh_link", retry=STUBBORN)
def mail_fresh_link(organisation_id: int, number: str, email: str) -> None:
    """Mails a fresh tracking link."""
    fresh_link.send(system_ctx(organisation_id), number=number, email=email)
