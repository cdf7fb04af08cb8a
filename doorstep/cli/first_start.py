"""The first organisation and its owner; later starts only say how to sign in and where things are now."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import transaction

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base.ctx import new_trace
from doorstep.channels import actions as channels
from doorstep.channels import queries as channel_queries
from doorstep.cli.ctx import command_ctx
from doorstep.cli.demo import floor, now, partner, phones, seed, shop, vendors
from doorstep.cli.demo.seed import SignIn
from doorstep.messaging import mailboxes
from doorstep.messaging import queries as message_queries
from doorstep.payments import accounts as payments
from doorstep.payments import queries as payment_queries
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as shipping_queries

DEMO_OWNER = "owner@moru.example"
DEMO_SELLER = "shop@moru.example"
OWNER = "owner@doorstep.example"
LET_IN = "first_password."


def run(*, empty: bool) -> list[str]:
    """Makes the first organisation where there is none.  Returns: how to sign in, line by line."""
    is_first = not queries.list_organisations()
    if is_first:
        if empty:
            [owner] = _keep_passwords(OWNER)
            _make_empty(owner.email, owner.password)
        else:
            owner, seller = _keep_passwords(DEMO_OWNER, DEMO_SELLER)
            print("Seeding the demo brand ...", file=sys.stderr)
            seed.run(owner=owner, seller=seller)
    demo = next((o for o in queries.list_organisations() if o.is_demo), None)
    if settings.SANDBOX_SHOP_URL:
        _follow_addresses()
    if demo is not None and settings.SANDBOX_SHOP_URL:
        shop.fill()
        vendors.fill()
        phones.fill(command_ctx(demo.id))
        partner.fill()
        floor.send_off(command_ctx(demo.id))
        now.fill(command_ctx(demo.id))
    return [*_sign_in_lines(is_first=is_first), *(_addresses(demo.slug) if demo is not None else [])]


@transaction.atomic
def _make_empty(email: str, password: str) -> None:
    now = command_ctx(0).now
    made = accounts.create_organisation(
        now=now, trace=new_trace(), name="My brand", slug="brand", currency="KRW", timezone="Asia/Seoul"
    )
    accounts.add_staff(command_ctx(made.id), email=email, name=None, role="owner", password=password)


def _addresses(slug: str) -> list[str]:
    """Where a visitor of the demo is a customer, in one line."""
    if not (settings.SANDBOX_SHOP_URL and settings.SANDBOX_MAILBOX_URL):
        return []
    shop_url, mailbox_url = settings.SANDBOX_SHOP_URL, settings.SANDBOX_MAILBOX_URL
    portal = f"{settings.PUBLIC_URL}/r/{slug}/"
    return [f"As a customer: shop with chat {shop_url}/ · customers' mailbox {mailbox_url}/ · send something back {portal}"]


def _password_file() -> Path:
    return Path(settings.HOME) / "first-password"


def _keep_passwords(*emails: str) -> list[SignIn]:
    """Passwords, on the disk before their people exist, so that a crash between the two loses nothing."""
    path = _password_file()
    people = [SignIn(email, accounts.new_password()) for email in emails]
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"{one.email}\n{one.password}\n" for one in people)
    draft.replace(path)
    return people


def _sign_in_lines(*, is_first: bool) -> list[str]:
    """The first passwords while they still open the door; once all were changed their file goes away."""
    path = _password_file()
    try:
        words = path.read_text().split()
    except FileNotFoundError:
        words = []
    kept = [SignIn(*pair) for pair in zip(words[::2], words[1::2], strict=False)]
    if not is_first:
        kept = _still_open(kept)
    if not kept:
        path.unlink(missing_ok=True)
    sellers = [one for one in kept if one.email == DEMO_SELLER]
    owners = [f"Sign in as {one.email} with the password {one.password}" for one in kept if one not in sellers]
    return [
        *(owners or ["Sign in with your e-mail address and your password."]),
        *(f"At the till, as shop staff: {one.email} with the password {one.password}" for one in sellers),
        *([f"(kept in {path} until you change it under Settings, Profile)"] if kept else []),
    ]


def _still_open(kept: list[SignIn]) -> list[SignIn]:
    """Those who have not changed their password.  It takes long to hash one, so they are tried side by side, and who was let in
    once is not tried again while the same is kept of the password."""
    known = dict(get_user_model().objects.filter(email__in=[one.email for one in kept]).values_list("email", "password"))
    seals = {one: hashlib.sha256(f"{known.get(one.email)} {one.password}".encode()).hexdigest() for one in kept}
    let_in = cache.get_many([f"{LET_IN}{seal}" for seal in seals.values()])
    new = [one for one in kept if one.email in known and f"{LET_IN}{seals[one]}" not in let_in]
    with ThreadPoolExecutor() as pool:
        opens = pool.map(lambda one: check_password(one.password, known[one.email]), new)
        shut = {one for one, is_open in zip(new, opens, strict=True) if not is_open}
    cache.set_many({f"{LET_IN}{seals[one]}": True for one in new if one not in shut}, timeout=None)
    return [one for one in kept if one.email in known and one not in shut]


def _follow_addresses() -> None:
    """Tells sandbox shops and connections where the other side is now, when that changed since the last start."""
    path = Path(settings.HOME) / "addresses.json"
    now = {
        "web": settings.PUBLIC_URL, "shop": settings.SANDBOX_SHOP_URL, "carrier": settings.SANDBOX_CARRIER_URL,
        "payment": settings.SANDBOX_PAYMENT_URL, "mailbox": settings.SANDBOX_MAILBOX_URL,
        "warehouse": settings.SANDBOX_WAREHOUSE_URL, **settings.SANDBOX_VENDORS,
    }  # fmt: skip
    try:
        was = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        was = {}
    if was == now:
        return
    for organisation in queries.list_organisations():
        ctx = command_ctx(organisation.id)
        for connection in channel_queries.list_connections(ctx):
            if connection.provider == shop.PROVIDER and connection.settings.get("url") in (
                was.get("shop"),
                now["shop"],
            ):
                channels.move(ctx, connection_id=connection.id, url=now["shop"])
            elif (url := settings.SANDBOX_VENDORS.get(connection.provider)) and (
                connection.settings.get("url") in (was.get(connection.provider), url)
            ):
                reached = vendors.reached(connection.provider, url)
                channels.reach(ctx, connection_id=connection.id, settings=reached, same_shop=True)
        for carrier in shipping_queries.list_carriers(ctx):
            if carrier.provider == seed.CARRIER and carrier.settings.get("url") in (was.get("carrier"), now["carrier"]):
                told = carrier.settings | {"url": now["carrier"]}
                shipping.set_carrier_settings(ctx, id=carrier.id, settings=told)
        for account in payment_queries.list_accounts(ctx):
            if account.provider == seed.PAYMENT and account.settings.get("url") in (was.get("payment"), now["payment"]):
                payments.set_settings(ctx, id=account.id, settings=account.settings | {"url": now["payment"]})
        for box in message_queries.list_mailboxes(ctx):
            if box.provider == seed.MAILBOX and box.settings.get("url") in (was.get("mailbox"), now["mailbox"]):
                mailboxes.follow(ctx, mailbox_id=box.id, url=now["mailbox"])
        partner.follow(ctx, was=was.get("warehouse", ""), now=now["warehouse"])
    path.write_text(json.dumps(now))
