"""The demo brand's number: texts leave from it to the sandbox's phones, and their answers come back."""

from __future__ import annotations

import sys
import time

from django.conf import settings

from doorstep.base.ctx import Ctx
from doorstep.flows import send_text
from doorstep.messaging import queries, texting

PROVIDER, NUMBER, NAME = "sandbox_phone", "+827000001042", "Moru"
WITHIN_S = 10


def fill(ctx: Ctx) -> None:
    """Connects the number where it is not yet, and tells the phones where we are; silent ones are told of, and left."""
    url = settings.SANDBOX_VENDORS.get("phone", "")
    if not url:
        return
    known = next((row for row in queries.list_sms_accounts(ctx) if row.provider == PROVIDER), None)
    reached = {"url": url, "token": "sandbox"}
    id = known.id if known else texting.connect(ctx, name=NAME, number=NUMBER, provider=PROVIDER, settings=reached)
    texting.follow(ctx, account_id=id, url=url)
    deadline = time.monotonic() + WITHIN_S
    while (trouble := send_text.subscribe(ctx, account_id=id)) is not None:
        if time.monotonic() > deadline:
            print(f"The sandbox's phones do not answer ({trouble}); no texts come or go yet.", file=sys.stderr)
            return
        time.sleep(0.2)
