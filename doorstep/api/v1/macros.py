"""Macros: texts that are sent again and again, and what they say in a conversation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from ninja import Router, Status
from pydantic import Field, StrictStr

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id, In, Out, text
from doorstep.api.v1.translate import Mistakes
from doorstep.base.refusals import Refused
from doorstep.flows import fill_macro
from doorstep.inbox import desk, queries
from doorstep.inbox.rules.macros import KNOWN
from doorstep.inbox.values import EMPTY_VARIABLE, LONGEST_TEXT

router = Router(tags=["Inbox"])
Name = Annotated[StrictStr, text(80, required=True)]
VARIABLES = ", ".join(f"`{{{{{name}}}}}`" for name in KNOWN)
Body = Annotated[StrictStr, Field(max_length=LONGEST_TEXT, description=f"May hold {VARIABLES}.")]


class MacroIn(In):
    """At least one of the texts."""

    name: Name
    body_en: Body = ""
    body_ko: Body = ""


class MacroPatchIn(In):
    """What is left out stays as it is."""

    name: Name | None = None
    body_en: Body | None = None
    body_ko: Body | None = None


class MacroOut(Out):
    id: int
    name: str
    body_en: str
    body_ko: str


class MacrosOut(Out):
    macros: list[MacroOut]
    next: str | None


class FilledOut(Out):
    text: str


@operation(router, "GET", "/macros", scope="inbox:read", answers={200: MacrosOut})
def list_macros(request: Asked) -> dict[str, Any]:
    """Every macro, by name."""
    return {"macros": [asdict(row) for row in queries.list_macros(request.ctx)], "next": None}


@operation(router, "POST", "/macros", scope="inbox:write", answers={201: MacroOut})
def add_macro(request: Asked, given: MacroIn) -> Status[dict[str, Any]]:
    """Keeps a text under a name."""
    return Status(201, _saved(request, None, given.name, given.body_en, given.body_ko))


@operation(router, "GET", "/macros/{macro_id}", scope="inbox:read", answers={200: MacroOut})
def get_macro(request: Asked, macro_id: Id) -> dict[str, Any]:
    """One macro with its variables as they are written."""
    return asdict(queries.get_macro(request.ctx, macro_id=macro_id))


@operation(router, "PATCH", "/macros/{macro_id}", scope="inbox:write", answers={200: MacroOut})
def edit_macro(request: Asked, macro_id: Id, change: MacroPatchIn) -> dict[str, Any]:
    """Changes the name or the texts of a macro."""
    return _saved(request, macro_id, change.name, change.body_en, change.body_ko)


@operation(router, "DELETE", "/macros/{macro_id}", scope="inbox:write", answers={204: None})
def remove_macro(request: Asked, macro_id: Id) -> Status[None]:
    """Takes a macro away; what was sent with it stays as it was sent."""
    queries.get_macro(request.ctx, macro_id=macro_id)
    desk.remove_macro(request.ctx, macro_id=macro_id)
    return Status(204, None)


@operation(
    router, "GET", "/conversations/{conversation_id}/macros/{macro_id}", scope="inbox:write", answers={200: FilledOut}
)
def fill_macro_for_conversation(request: Asked, conversation_id: Id, macro_id: Id) -> dict[str, Any]:
    """A macro filled for a conversation, in the customer's language, ready to be sent as an answer. A program signs as the
    brand. It may hold the customer's own links, so it is for those who may answer. Refused, naming the variable, where
    one is empty here."""
    filled = fill_macro.fill(request.ctx, conversation_id=conversation_id, macro_id=macro_id)
    if filled.hole:
        raise Refused(EMPTY_VARIABLE, {"variable": filled.variable})
    return {"text": filled.text}


def _saved(
    request: Asked, macro_id: int | None, name: str | None, body_en: str | None, body_ko: str | None
) -> dict[str, Any]:
    wrong = Mistakes()
    name = None if name is None else wrong.text("/name", name, longest=80, required=True)
    wrong.refuse()
    id = desk.save_macro(request.ctx, macro_id=macro_id, name=name, body_en=body_en, body_ko=body_ko)
    return asdict(queries.get_macro(request.ctx, macro_id=id))
