"""Writes to numbers that text messages leave from: connected, changed, in use or not; and what became of each text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction

from doorstep.base import db, needs, outbox, outward, sealing, tokens, vendors
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.messaging import events, queries, rules
from doorstep.messaging.port import Receipt, Taken, texters
from doorstep.messaging.values import SMS_ACCOUNT_TAKEN

# A number with its country, a service of the vendor's, or the name that stands instead of one.
_NUMBER = re.compile(r"\+[1-9]\d{5,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{3,11}")
_FINAL = ("delivered", "undelivered")
set_active = queries.SMS_ACCOUNTS.set_active


@transaction.atomic
def connect(ctx: Ctx, *, name: str, number: str, provider: str, settings: Mapping[str, str]) -> int:
    """Adds a number that texts leave from.

    Emits: SmsAccountConnected.  Refuses: a taken name, a number that is none, what its vendor needs and was not given.
    """
    name, number = rules.check_name(name), check_number(number)
    found = outward.checked(needs.check(settings, needs=texters.needs_of(provider)))
    reached = {"webhook_secret": tokens.new_hook_secret(), **found}
    code = re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:30] or "sms"
    made = db.column(
        """INSERT INTO messaging_smsaccount (organisation_id, code, name, number, provider, settings, active)
           VALUES (%s, %s, %s, %s, %s, %s::jsonb, TRUE) ON CONFLICT (organisation_id, code) DO NOTHING RETURNING id""",
        [ctx.organisation_id, code, name, number, provider, db.as_json(sealing.seal_settings(reached))],
    )
    if not made:
        raise Refused(SMS_ACCOUNT_TAKEN, {"name": name})
    queries.SMS_ACCOUNTS.record(ctx, events.SMS_ACCOUNT_CONNECTED, id=made[0], data={"name": name, "number": number})
    return int(made[0])


@transaction.atomic
def change(ctx: Ctx, *, account_id: int, name: str, number: str, settings: Mapping[str, str]) -> None:
    """Says what a number is called and how its vendor is reached; what is not told stays, and a problem is forgotten.

    Emits: SmsAccountChanged.  Locks: the account.  Refuses: unknown ids; another place without the secret that is used there.
    """
    row = queries.SMS_ACCOUNTS.lock(ctx, id=account_id)
    reached = outward.checked(needs.check({**row.settings, **settings}, needs=texters.needs_of(row.provider)))
    vendors.require_secret_anew(row.settings, {told: reached.get(told, "") for told in settings})
    name, number = rules.check_name(name), check_number(number)
    db.execute(
        """UPDATE messaging_smsaccount SET name = %s, number = %s, settings = settings || %s::jsonb, problem = '', problem_at = NULL
            WHERE organisation_id = %s AND id = %s""",
        [name, number, db.as_json(sealing.seal_settings(reached)), ctx.organisation_id, account_id],
    )
    queries.SMS_ACCOUNTS.record(ctx, events.SMS_ACCOUNT_CHANGED, id=account_id, data={"name": name, "number": number})


def check_number(number: str) -> str:
    """The number as vendors know it.  Refuses: what is none."""
    plain = number.strip()
    plain = re.sub(r"[\s().-]", "", plain) if plain.startswith("+") else plain
    if not _NUMBER.fullmatch(plain):
        problem = gettext_noop("Write a number with its country, such as +82 10 1234 5678, or a name of 3 to 11 letters.")
        raise Refused(INVALID, {"field": "number", "problem": problem})
    return plain


@transaction.atomic
def follow(ctx: Ctx, *, account_id: int, url: str) -> None:
    """Says where a vendor's server listens now."""
    queries.SMS_ACCOUNTS.merge_settings(ctx, id=account_id, settings={"url": url})


@transaction.atomic
def note_problem(ctx: Ctx, *, account_id: int, problem: str) -> None:
    """Notes what is wrong with a number; "" ends it."""
    db.execute(
        """UPDATE messaging_smsaccount SET problem = %s, problem_at = CASE WHEN %s = '' THEN NULL ELSE %s END
            WHERE organisation_id = %s AND id = %s AND problem <> %s""",
        [problem[:500], problem, ctx.now, ctx.organisation_id, account_id, problem[:500]],
    )


@transaction.atomic
def note_taken(ctx: Ctx, *, id: int, taken: Taken) -> None:
    """Keeps what a vendor calls a text, and what it costs, as far as it says; what is known stays."""
    db.execute(
        """UPDATE messaging_message SET vendor_id = %s, segments = COALESCE(%s, segments), cost_micros = COALESCE(%s, cost_micros),
                  cost_currency = CASE WHEN %s = '' THEN cost_currency ELSE %s END
            WHERE organisation_id = %s AND id = %s""",
        [taken.vendor_id, taken.segments, taken.cost_micros, taken.cost_currency, taken.cost_currency, ctx.organisation_id, id],
    )


@transaction.atomic
def note_receipt(ctx: Ctx, *, id: int, receipt: Receipt) -> bool:
    """Keeps what became of a text; what is final stays, for receipts come in disorder.  Returns: whether it is news.

    Emits: TextReceipt for one that did not arrive.
    """
    if receipt.state not in _FINAL:
        return False
    changed = db.dicts(
        """UPDATE messaging_message SET receipt = %s, receipt_at = %s, problem = CASE WHEN %s = '' THEN problem ELSE %s END
            WHERE organisation_id = %s AND id = %s AND receipt = '' RETURNING timeline, template""",
        [receipt.state, ctx.now, receipt.problem, receipt.problem[:500], ctx.organisation_id, id],
    )
    outbox.record(
        ctx,
        [
            Happened(events.TEXT_RECEIPT, f"message:{id}", line["timeline"],
                     {"template": line["template"], "state": receipt.state, "problem": receipt.problem[:200]})
            for line in changed
            if receipt.state == "undelivered"
        ],
    )  # fmt: skip
    return bool(changed)


def vendor_ids_to(ctx: Ctx, *, account_id: int, address: str) -> set[str]:
    """What the vendor calls the texts to a number that are known."""
    return set(
        db.column(
            """SELECT vendor_id FROM messaging_message
                WHERE organisation_id = %s AND account_id = %s AND to_address = %s AND vendor_id <> ''""",
            [ctx.organisation_id, account_id, address],
        )
    )
