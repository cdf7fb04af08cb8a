"""How an operation is declared: method, path, scope and what it answers, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ninja import Router
from ninja.parser import Parser

from doorstep.accounts.values import PERMISSIONS
from doorstep.api import keys

F = TypeVar("F", bound=Callable[..., Any])


class StrictParser(Parser):
    """The document that the door has read already."""

    def parse_body(self, request: Any) -> Any:
        return request.document


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    scope: str,
    answers: dict[int, Any],
    kind: str = "",
    asks: bool = False,
    follows: bool = False,
) -> Callable[[F], F]:
    """Declares an operation; the key's scope is asked for before anything of the request is looked at.

    `kind`: the media type of an answer that is a file.  `asks`: the body of a POST is a question.  `follows`: it goes on from a
    cursor that may be gone, as a stream too.  Raises: ValueError for a scope that does not exist.
    """
    if scope not in PERMISSIONS:
        raise ValueError(f"no permission is called {scope}")

    def allowed(request: Any) -> bool:
        keys.require(request.key, scope)
        return True

    def declare(view: F) -> F:
        name = view.__name__
        router.api_operation(
            [method], path, response=answers, auth=allowed, operation_id=name, url_name=name,
            summary=name.replace("_", " ").capitalize(),
            openapi_extra={"x-scope": scope, "x-kind": kind, "x-asks": asks, "x-follows": follows},
        )(view)  # fmt: skip
        return view

    return declare
