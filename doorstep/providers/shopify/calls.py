"""One call to Shopify's GraphQL: what it costs is taken before, what it says of its own bucket is believed after.

Source: https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits (100 points a second on the standard plan, 2,000 after a
rest; an answer tells what is left), https://shopify.dev/docs/api/usage/response-codes
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import stamina

from doorstep.base import outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels.pacing import Pace, Pacer
from doorstep.channels.port import Throttled
from doorstep.providers.shopify.queries import VERSION, Operation
from doorstep.providers.shopify.refusals import SHOP_REFUSES_US
from doorstep.providers.shopify.tokens import Tokens, sealed

PACE = Pace("graphql", 100, 2000)
TIMEOUT = httpx.Timeout(20, connect=3)
# Numbers are told before anything is read, so readers leave that much in the bucket.
LEFT_FOR_NUMBERS = 100
LONGEST_WAIT_S = 60.0
_LOCKED_OUT = (401, 402, 403, 404, 423)  # a wrong token, an unpaid shop, no scope, no such shop, a locked shop
_BUSY = ("INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE")
_TIMES = 3


def _may_pass(error: Exception) -> bool:
    """Whether a call that came to nothing may go well if it is made again."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError | httpx.DecodingError)


class Calls:
    """The calls of one connection."""

    def __init__(self, *, url: str, tokens: Tokens, pacer: Pacer) -> None:
        self.url = f"{sealed(url)}/admin/api/{VERSION}/graphql.json"
        self._tokens, self._pacer = tokens, pacer

    def read(self, operation: Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
        """What a query finds; waits up to a minute until it may be asked, for who reads pages would begin anew.

        Raises: Throttled, httpx errors.  Refuses: `SHOP_REFUSES_US`, and what cannot be read.
        """
        end = time.monotonic() + LONGEST_WAIT_S
        while True:
            try:
                return self.ask(operation, variables, keep=LEFT_FOR_NUMBERS)
            except Throttled as wait:
                if time.monotonic() + wait.wait_s > end:
                    raise
                time.sleep(wait.wait_s)

    def ask(self, operation: Operation, variables: Mapping[str, Any], *, keep: float = 0) -> dict[str, Any]:
        """What an operation answers; again after trouble that may pass, where that is harmless.

        Raises: Throttled, httpx errors: nothing is known then.  Refuses: as `read`.
        """
        times = _TIMES if operation.repeatable else 1
        for attempt in stamina.retry_context(on=_may_pass, attempts=times, timeout=30, wait_max=2):
            with attempt:
                found = self._send(operation, variables, keep)
        return found

    def _send(self, operation: Operation, variables: Mapping[str, Any], keep: float) -> dict[str, Any]:
        token = self._tokens.current()
        self._pacer.take(PACE, cost=operation.cost, keep=keep)
        try:
            document = self._post(operation, variables, token)
        except httpx.HTTPError:
            # What the call did cost is not known, and little if anything: without this three failures would lock us out.
            self._pacer.take(PACE, cost=-operation.cost)
            raise
        self._note(document)
        self._judge_errors(document, operation)
        data = document.get("data")
        if not isinstance(data, dict):
            raise httpx.DecodingError("the shop answered without data")
        return data

    def _post(self, operation: Operation, variables: Mapping[str, Any], token: str) -> dict[str, Any]:
        body = {"query": operation.text, "operationName": operation.name, "variables": dict(variables)}
        with outward.client(TIMEOUT) as http:
            answer = http.post(self.url, json=body, headers={"X-Shopify-Access-Token": token})
            if answer.status_code == 401 and self._tokens.after_refusal(token):
                answer = http.post(self.url, json=body, headers={"X-Shopify-Access-Token": self._tokens.current()})
        self._judge(answer)
        return _document(answer)

    def _judge(self, answer: httpx.Response) -> None:
        if answer.status_code in _LOCKED_OUT or answer.is_redirect:  # a redirect: to the address that customers use
            raise Refused(SHOP_REFUSES_US, {"answer": f"{answer.status_code} {answer.reason_phrase}"})
        if answer.status_code == 429:
            raise self._pacer.stop(PACE, wait_s=_seconds(answer.headers.get("retry-after"), otherwise=2.0))
        if answer.status_code >= 500:
            answer.raise_for_status()
        if not answer.is_success:
            raise Refused(UNREADABLE, {"reason": f"the shop answered {answer.status_code} {answer.reason_phrase}"})

    def _note(self, document: Mapping[str, Any]) -> None:
        """Believes what the shop says of its bucket."""
        status = _inner(_inner(_inner(document, "extensions"), "cost"), "throttleStatus")
        numbers = [status.get(name) for name in ("currentlyAvailable", "restoreRate", "maximumAvailable")]
        if all(isinstance(one, int | float) for one in numbers):
            left, rate, burst = (float(one) for one in numbers if one is not None)
            self._pacer.note(PACE, left=left, rate=rate, burst=burst)

    def _judge_errors(self, document: Mapping[str, Any], operation: Operation) -> None:
        errors = document.get("errors") or []
        for error in errors if isinstance(errors, list) else [{"message": errors}]:
            code, said = _inner(error, "extensions").get("code"), str(error["message"])[:200]
            if code == "THROTTLED":
                raise Throttled(_wait_s(document, operation))
            if code in ("ACCESS_DENIED", "SHOP_INACTIVE"):
                raise Refused(SHOP_REFUSES_US, {"answer": said})
            if code in _BUSY:
                raise httpx.DecodingError(f"the shop could not answer: {said}")
            raise Refused(UNREADABLE, {"reason": f"the shop does not take {operation.name}: {said}"})


def _document(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer.  Raises: httpx.DecodingError for one that was cut; nothing is known then."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise httpx.DecodingError("the shop answered something that is no JSON object", request=answer.request)
    return found


def _wait_s(document: Mapping[str, Any], operation: Operation) -> float:
    """How long until the shop has what the call asks for."""
    cost = _inner(_inner(document, "extensions"), "cost")
    status = _inner(cost, "throttleStatus")
    rate = float(status.get("restoreRate") or PACE.rate)
    wanted = float(cost.get("requestedQueryCost") or operation.cost)
    return min(max((wanted - float(status.get("currentlyAvailable") or 0)) / rate, 0.1), LONGEST_WAIT_S)


def _seconds(text: str | None, *, otherwise: float) -> float:
    try:
        return min(max(float(text or otherwise), 0.1), LONGEST_WAIT_S)
    except ValueError:
        return otherwise


def _inner(document: object, name: str) -> dict[str, Any]:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def said(errors: Sequence[Mapping[str, Any]]) -> str:
    """What a shop has against a wish, in its own words."""
    return "; ".join(str(error["message"]) for error in errors)[:300]
