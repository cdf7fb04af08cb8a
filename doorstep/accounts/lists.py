"""Writes to what people keep of lists: views under a name, and which columns they see."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction

from doorstep.accounts import events, models, queries, rules
from doorstep.accounts.values import TOO_MANY_VIEWS, VIEW_TAKEN, SavedView
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import FORBIDDEN, Refused

MOST_VIEWS = 50
LONGEST_NAME = 60


@transaction.atomic
def save_view(
    ctx: Ctx, *, listing: str, name: str, query: str, parameters: Collection[str], is_shared: bool = False
) -> SavedView:
    """Keeps a list's filters under a name; `parameters` are the names that the list understands.

    Emits: ViewSaved.  Refuses: a name that the acting person uses there already, a query that is none of the list's,
    more views than anybody can look through.
    """
    kept = rules.require_query(query, parameters=parameters)
    title = rules.require_text("name", name, longest=LONGEST_NAME)
    _lock_person(ctx)
    mine = models.SavedView.objects.filter(organisation_id=ctx.organisation_id, listing=listing, owner_id=ctx.actor.id)
    if mine.filter(name=title).exists():
        raise Refused(VIEW_TAKEN, {"name": title})
    if mine.count() >= MOST_VIEWS:
        raise Refused(TOO_MANY_VIEWS, {"most": MOST_VIEWS})
    row = models.SavedView.objects.create(
        organisation_id=ctx.organisation_id, listing=listing, owner_id=ctx.actor.id, name=title, query=kept,
        is_shared=is_shared, created_at=ctx.now,
    )  # fmt: skip
    _record(ctx, events.VIEW_SAVED, row.id, _facts(listing, is_shared, {"name": title}))
    return queries.get_view(ctx, id=row.id)


@transaction.atomic
def change_view(ctx: Ctx, *, id: int, name: str, is_shared: bool, role: str) -> SavedView:
    """Gives a view another name, shares it or stops sharing it.

    Emits: ViewChanged.  Refuses: views of others, unless `role` is an owner's or a manager's and the view is shared.
    """
    title = rules.require_text("name", name, longest=LONGEST_NAME)
    _lock_person(ctx)
    view = _own(ctx, id, role)
    twins = models.SavedView.objects.filter(
        organisation_id=ctx.organisation_id, listing=view.listing, owner_id=view.owner_id, name=title
    )
    if twins.exclude(id=id).exists():
        raise Refused(VIEW_TAKEN, {"name": title})
    models.SavedView.objects.filter(organisation_id=ctx.organisation_id, id=id).update(name=title, is_shared=is_shared)
    if (title, is_shared) != (view.name, view.is_shared):
        told: dict[str, object] = {"was": view.name, "is": title}
        _record(ctx, events.VIEW_CHANGED, id, _facts(view.listing, is_shared and view.is_shared, told))
    return SavedView(view.id, view.listing, view.owner_id, view.owner_name, title, view.query, is_shared)


@transaction.atomic
def remove_view(ctx: Ctx, *, id: int, role: str) -> SavedView:
    """Takes a view away.  Emits: ViewRemoved.  Refuses: as `change_view`."""
    view = _own(ctx, id, role)
    models.SavedView.objects.filter(organisation_id=ctx.organisation_id, id=id).delete()
    _record(
        ctx, events.VIEW_REMOVED, id, _facts(view.listing, view.is_shared, {"name": view.name, "query": view.query})
    )
    return view


@transaction.atomic
def choose_columns(ctx: Ctx, *, listing: str, columns: Sequence[str] | None) -> None:
    """Keeps which columns of a list the acting person sees; None goes back to the usual ones."""
    if columns is None:
        models.ColumnChoice.objects.filter(
            organisation_id=ctx.organisation_id, listing=listing, user_id=ctx.actor.id
        ).delete()
        return
    db.execute(
        """INSERT INTO accounts_columnchoice (organisation_id, listing, user_id, columns) VALUES (%s, %s, %s, %s)
           ON CONFLICT (organisation_id, listing, user_id) DO UPDATE SET columns = EXCLUDED.columns""",
        [ctx.organisation_id, listing, ctx.actor.id, list(columns)],
    )


def _own(ctx: Ctx, id: int, role: str) -> SavedView:
    view = queries.get_view(ctx, id=id)
    if not rules.may_change_view(view, user_id=ctx.actor.id, role=role):
        raise Refused(FORBIDDEN)
    return view


def _facts(listing: str, is_shared: bool, told: dict[str, object]) -> dict[str, object]:
    """What an event may tell: everybody sees events, so what a person keeps for themselves stays unsaid."""
    return {"listing": listing, "shared": is_shared, **(told if is_shared else {})}


def _lock_person(ctx: Ctx) -> None:
    """Locks: the acting person's row, so that two windows do not save the same name."""
    models.User.objects.select_for_update().filter(id=ctx.actor.id).first()


def _record(ctx: Ctx, type: str, id: int, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(type, f"saved_view:{id}", f"saved_view:{id}", data)])
