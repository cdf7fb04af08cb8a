"""A customer proves an order without an account: number and e-mail address, then a code that only its reader knows."""

from __future__ import annotations

from doorstep.base import codes, jobs, tokens
from doorstep.base.ctx import Ctx
from doorstep.flows.fresh_link import find_order
from doorstep.flows.letters import Letter, write
from doorstep.orders import queries as orders

PASS = "order-pass"  # noqa: S105  # the name of a purpose, no secret
PASS_LASTS_S = 2 * 3600


def ask_code(ctx: Ctx, *, number: str, email: str) -> str:
    """Has a code mailed if number and address belong to one order: whoever asks waits equally long in either case.

    Returns: an attempt to redeem it with, which looks the same whether or not the order exists.
    """
    key = codes.new_key()
    arguments = {"organisation_id": ctx.organisation_id, "number": number, "email": email, "key": key}
    jobs.defer("mail_order_code", arguments=arguments)
    return codes.attempt_of(ctx, key=key)


def mail_code(ctx: Ctx, *, number: str, email: str, key: str) -> None:
    """Mails the code that was asked for, if number and address belong to one order.  Emits: MessageQueued."""
    order = find_order(ctx, number=number, email=email)
    issued = codes.issue(ctx, subject=f"order:{order.id}", key=key) if order is not None else None
    if order is None or issued is None:
        return
    whom = orders.destinations(ctx, order_ids=[order.id])[order.id]
    facts = {"code": f"{issued.code[:3]} {issued.code[3:]}"}
    write(ctx, letters=[Letter(whom, "code", f"code:{issued.id}", facts)])


def redeem(ctx: Ctx, *, attempt: str, code: str) -> str:
    """A pass for the order that a code was made for.  Refuses: wrong, worn and forged ones."""
    subject = codes.redeem(ctx, attempt=attempt, code=code)
    return make_pass(ctx, order_id=int(subject.partition(":")[2]))


def make_pass(ctx: Ctx, *, order_id: int) -> str:
    """What opens an order to its customer for two hours; nobody can guess it."""
    return tokens.make(PASS, [ctx.organisation_id, order_id])


def read_pass(token: str) -> tuple[int, int]:
    """The organisation and the order that a pass opens.  Refuses: forged and expired ones."""
    organisation_id, order_id = tokens.read(PASS, token, max_age_s=PASS_LASTS_S)
    return int(organisation_id), int(order_id)
