"""The post goes on, whatever stands on an envelope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doorstep.base import db
from doorstep.messaging.port import mailers
from doorstep.messaging.values import MOST_ATTEMPTS
from doorstep.providers.mail_folder.client import FolderMailer
from doorstep.worker import post
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def brand(settings: Any, tmp_path: Path) -> Brand:
    settings.MAIL_FOLDER = tmp_path / "mail"
    db.execute("DELETE FROM messaging_message")
    return make_brand()


def states(brand: Brand) -> dict[str, tuple[str, int]]:
    found = db.dicts("SELECT to_address, state, attempts FROM messaging_message WHERE organisation_id = %s", [
        brand.ctx.organisation_id,
    ])  # fmt: skip
    return {line["to_address"]: (line["state"], line["attempts"]) for line in found}


def test_an_address_that_nobody_can_write_to_stops_no_other_mail(brand: Brand) -> None:
    place(
        brand.ctx,
        draft(email="a..b@x.y"),
        draft(email="b@x.example"),
        draft(email="<c@x.y>"),
        draft(email="d@x.example"),
    )
    drain()
    post.empty()
    told = {address: state for address, (state, _) in states(brand).items()}
    assert told == {"a..b@x.y": "failed", "b@x.example": "sent", "<c@x.y>": "failed", "d@x.example": "sent"}


def test_a_mail_that_breaks_the_post_is_given_up_and_stops_no_other(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking(FolderMailer):
        def send(self, mail: Any) -> None:
            if mail.to_address.startswith("bad"):
                raise RuntimeError("a bug of ours")
            super().send(mail)

    monkeypatch.setitem(mailers._factories, "folder", Breaking)
    place(brand.ctx, draft(email="bad@x.example"), draft(email="good@x.example"))
    drain()
    post.empty()
    assert states(brand) == {"bad@x.example": ("sending", 1), "good@x.example": ("sent", 1)}
    for _ in range(MOST_ATTEMPTS + 2):
        post.empty()
    assert states(brand)["bad@x.example"] == ("failed", MOST_ATTEMPTS)
