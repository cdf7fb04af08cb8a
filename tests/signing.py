"""Pushes signed as a vendor signs them.  Source: standardwebhooks.com, "Specification", signature scheme."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook


def signed(body: bytes, *, secret: str, id: str = "msg_1", at: datetime | None = None) -> dict[str, str]:
    """The headers of one push."""
    moment = at or datetime.now(UTC)
    signature = Webhook(secret).sign(msg_id=id, timestamp=moment, data=body.decode("utf-8", "replace"))
    return {"webhook-id": id, "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
