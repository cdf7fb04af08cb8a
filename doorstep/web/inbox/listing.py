"""The conversations list: its columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.inbox import queries
from doorstep.inbox.people import called
from doorstep.inbox.values import ConversationRow
from doorstep.orders import queries as orders
from doorstep.web.inbox import filters
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation with who writes in it, who has it, and which order stands beside it."""

    row: ConversationRow
    assignee: str
    order: str
    who: str


def staff_names(ctx: Ctx) -> dict[int, str]:
    """What people on the staff are called, by their user id."""
    return {person.user_id: person.called for person in accounts.list_staff(ctx)}


def people(ctx: Ctx, rows: Sequence[ConversationRow]) -> Mapping[int, str]:
    """Who writes in each conversation, by conversation id."""
    known = customers.by_id(ctx, ids=sorted({row.customer_id for row in rows}))
    return {row.id: called(row, known.get(row.customer_id)) for row in rows}


def order_names(ctx: Ctx, rows: Sequence[ConversationRow]) -> Mapping[int, str]:
    """The names of the orders beside conversations, by order id."""
    ids = sorted({row.order_id for row in rows if row.order_id})
    return {id: order.name for id, order in orders.orders_by_id(ctx, ids=ids).items()} if ids else {}


COLUMNS = (
    Column("contact", _("Customer"), lambda line: line.who),
    Column("subject", _("Subject"), lambda line: line.row.subject),
    Column("order", _("Order"), lambda line: line.order, "phone-off"),
    Column("assignee", _("Assigned to"), lambda line: line.assignee, "phone-off"),
    Column("due", _("Answer due"), lambda line: line.row.due_at),
    Column("state", _("State"), lambda line: word_of("conversation", line.row.state), "phone-off"),
    Column("last", _("Last message"), lambda line: line.row.last_message_at, "phone-off"),
    Column("number", _("Number"), lambda line: line.row.number, "num phone-off", usual=False),
    Column("messages", _("Messages"), lambda line: line.row.messages, "num phone-off", usual=False),
    Column("waiting", _("Waiting since"), lambda line: line.row.waiting_since, "phone-off", usual=False),
    Column("first_reply", _("First reply"), lambda line: line.row.first_reply_at, "phone-off", usual=False),
    Column("email", _("E-mail"), lambda line: line.row.contact_address, file_only=True),
    Column("tags", _("Tags"), lambda line: ", ".join(line.row.tags), file_only=True),
    Column("opened", _("Opened"), lambda line: line.row.opened_at, file_only=True),
)


def where_of(ctx: Ctx, given: QueryDict) -> queries.ConversationFilter:
    """The filter that an address means."""
    return filters.read(given, timezone=accounts.organisation(ctx).timezone)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest conversations that an address matches."""
    return queries.list_ids(ctx, where=where_of(ctx, given), limit=limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every conversation that an address matches, last spoken in first."""
    where, names = where_of(ctx, given), staff_names(ctx)
    for rows in listing.paged_lines(
        lambda after: queries.list_conversations(ctx, where=where, after=after, limit=CHUNK),
        lambda row: (row.last_message_at, row.id),
    ):
        bought, writers = order_names(ctx, rows), people(ctx, rows)
        yield [
            Line(row, names.get(row.assignee_id or 0, ""), bought.get(row.order_id or 0, ""), writers[row.id])
            for row in rows
        ]  # fmt: skip


LISTING = listing.register(
    listing.Listing(
        "conversations", _("Inbox"), "inbox:index", "inbox:read",
        filters.FILTERS, lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("conversations.resolve", _("Resolve"), "check", _("Resolve these conversations?"), _("Resolving conversations"),
                  about=_("Nobody is answered by this, and nobody waits in them any more. An answer opens them again.")),
            Doing("conversations.take", _("Take"), "user", _("Take these conversations?"), _("Taking conversations"),
                  about=_("They are assigned to you.")),
            Doing("conversations.spam", _("Spam"), "archive", _("Put these among the spam?"), _("Sorting out spam"),
                  is_danger=True, about=_("Nobody waits among the spam. Each can be taken out again.")),
        ),
    )
)  # fmt: skip
