"""The OpenAPI document: what ninja makes of the operations, and every error response beside it."""

from __future__ import annotations

from functools import lru_cache
from http.client import responses
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema, get_schema
from pydantic.json_schema import models_json_schema

from doorstep.api.v1.shapes import Problem
from doorstep.base import idempotency, problems

PREFIX = "api/v1/"
ALWAYS = (401, 403, 405, 422, 429, 500, 503)
OF_BODIES = (400, 413, 415)
OF_WRITES = (404, 409)
DESCRIPTION = """Orders, stock, fulfilment, shipping, payments, returns and conversations of a brand.

**Keys.** `Authorization: Bearer ds_…`. An operation names the scope it needs; keys are made under Settings, API keys.

**Errors** are RFC 9457 problem documents with a stable `code`, in the language of `Accept-Language` (en, ko). `errors`
names each mistake by a JSON pointer into the body or by the name of a parameter.

**Writes** take an `Idempotency-Key`: the same request under the same key happens once and gets the same answer
(`Idempotent-Replayed: true`). Answers to requests that changed something are kept for at least 24 hours; a refused
request changed nothing and may be sent again, corrected or not, under its key.

**Lists** are paged by an opaque `cursor`; `updated_since` gives what changed, oldest change first.

**Availability** of thousands of SKUs is one call, and its `cursor` goes on: `/availability/changes?after=…` tells what changed
since, as a page or as server-sent events, and never leaves a change out.

**Money** is an exact decimal text with its ISO 4217 currency. Moments are RFC 3339 with an offset.

**Limits.** A body is at most 1 MiB, a batch 6 MiB, an answer with files 14 MiB. `RateLimit-Limit`, `RateLimit-Remaining`
and `RateLimit-Reset` tell where a key stands in its minute; every web process counts by itself."""
RATE_HEADERS = {
    name: {"schema": {"type": "integer"}, "description": says}
    for name, says in {
        "RateLimit-Limit": "Requests per minute.",
        "RateLimit-Remaining": "Requests left in this minute.",
        "RateLimit-Reset": "Seconds until the next minute begins.",
    }.items()
}
LANGUAGE = {
    "in": "header", "name": "Accept-Language", "required": False, "schema": {"type": "string", "maxLength": 200},
    "description": "Language of problems: en or ko.",
}  # fmt: skip
IDEMPOTENCY_KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY, "pattern": "^[ -~]+$"},
    "description": "Makes this write happen once however often it is sent.",
}  # fmt: skip


@lru_cache(maxsize=4)
def document(api: NinjaAPI) -> dict[str, Any]:
    """The whole document, made once per process."""
    found: OpenAPISchema = get_schema(api=api, path_prefix=PREFIX)
    schemas = found["components"].setdefault("schemas", {})
    _, definitions = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(definitions["$defs"])
    schemas["BatchIn"]["properties"]["orders"]["items"] = {"$ref": "#/components/schemas/OrderIn"}
    found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path=path, has_body=method != "get")
    return dict(found)


def _complete(operation: dict[str, Any], *, path: str, has_body: bool) -> None:
    scope, kind = operation.pop("x-scope"), operation.pop("x-kind")
    asks, follows = operation.pop("x-asks"), operation.pop("x-follows")
    writes = has_body and not asks
    operation["security"] = [{"key": []}]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()
    operation["parameters"] = [*operation.get("parameters", []), LANGUAGE, *([IDEMPOTENCY_KEY] if writes else [])]
    answers = operation["responses"]
    for answer in answers.values():
        answer["headers"] = RATE_HEADERS
        if kind:
            answer["content"] = {kind: {"schema": {"type": "string", "format": "binary"}}}
        if follows:
            answer["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    errors = {*ALWAYS, *(OF_BODIES if has_body else ()), *(OF_WRITES if writes else ())}
    errors |= {404} if "{" in path else set()
    errors |= {410} if follows else set()
    for status in sorted(errors):
        answers[status] = {
            "description": responses[status],
            "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = {str(status): answers[status] for status in sorted(answers)}
