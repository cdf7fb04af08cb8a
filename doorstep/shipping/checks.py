"""What is known of where orders go: the newest check of each address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.shipping import events
from doorstep.shipping.addressing import AddressState, Verdict

BY_RULES, BY_PERSON = "rules", "person"


@dataclass(frozen=True, slots=True)
class CheckRow:
    """`address`: a fingerprint of what was checked.  `source`: rules, person, or the carrier that was asked."""

    order_id: int
    state: str
    findings: list[dict[str, Any]]
    suggestion: dict[str, Any] | None
    address: str
    source: str
    checked_at: datetime


def fingerprint(address: Mapping[str, Any]) -> str:
    """What of an address decides where a parcel goes."""
    told = {name: address.get(name) for name in ("lines", "city", "region", "postal_code", "country")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def checks_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, CheckRow]:
    """The newest check of each order that has one."""
    rows = db.rows(
        CheckRow,
        """SELECT order_id, state, findings, suggestion, address, source, checked_at FROM shipping_addresscheck
            WHERE organisation_id = %s AND order_id = ANY(%s)""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_id: row for row in rows}


@transaction.atomic
def forget(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Drops what is known of where these orders go: findings and suggestions tell the address."""
    key = [ctx.organisation_id, list(order_ids)]
    db.execute("DELETE FROM shipping_addresscheck WHERE organisation_id = %s AND order_id = ANY(%s)", key)


@dataclass(frozen=True, slots=True)
class Checked:
    order_id: int
    address: Mapping[str, Any]
    verdict: Verdict
    source: str


@transaction.atomic
def record(ctx: Ctx, *, checked: Sequence[Checked]) -> set[int]:
    """Keeps checks.  Returns: orders of which they say anything else than before.

    Emits: AddressChecked, unless all is well as it was.
    """
    known = checks_of(ctx, order_ids=[one.order_id for one in checked])
    lines, news, facts = [], set[int](), []
    for one in sorted(checked, key=lambda c: c.order_id):
        was, findings = known.get(one.order_id), [f.as_json() for f in one.verdict.findings]
        told = (one.verdict.state.value, findings, one.verdict.suggestion, fingerprint(one.address), one.source[:80])
        if was is not None and (was.state, was.findings, was.suggestion, was.address, was.source) == told:
            continue
        news.add(one.order_id)
        suggestion = db.as_json(one.verdict.suggestion) if one.verdict.suggestion else None
        lines.append((one.order_id, told[0], db.as_json(findings), suggestion, told[3], told[4]))
        if one.verdict.state is not AddressState.OK or (was is not None and was.state != AddressState.OK):
            subject = f"order:{one.order_id}"
            facts.append(Happened(events.ADDRESS_CHECKED, subject, subject, {"state": told[0], "source": told[4]}))
    if lines:
        db.execute(
            """INSERT INTO shipping_addresscheck (organisation_id, order_id, state, findings, suggestion, address, source,
                                                  checked_at)
               SELECT %s, u.*, %s FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::jsonb[], %s::text[], %s::text[]) u
               ON CONFLICT (organisation_id, order_id) DO UPDATE SET state = excluded.state, findings = excluded.findings,
                  suggestion = excluded.suggestion, address = excluded.address, source = excluded.source,
                  checked_at = excluded.checked_at""",
            [ctx.organisation_id, ctx.now, *db.columns(lines, 6)],
        )
    outbox.record(ctx, facts)
    return news
