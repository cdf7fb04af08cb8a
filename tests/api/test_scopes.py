"""Every operation asks for its scope before it looks at anything else."""

from __future__ import annotations

import re

import pytest

from doorstep.accounts.values import PERMISSIONS
from tests.api.agreed import DOCUMENT
from tests.api.conftest import Api, make_key, refused
from tests.factories import Brand, make_ctx

OPERATIONS = [(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_key_that_lacks_one_scope_is_refused_by_its_name(method: str, path: str) -> None:
    [scope] = re.findall(r"Scope: `([a-z]+:[a-z]+)`", DOCUMENT["paths"][path][method]["description"])
    brand = Brand(make_ctx(), 0, 0, {})
    others = Api(brand, make_key(brand, *(one for one in PERMISSIONS if one != scope)))

    address = re.sub(r"\{\w+\}", "1", path.removeprefix("/api/v1"))
    problem = refused(others.ask(method.upper(), address), 403, "missing_scope")

    assert scope in problem["detail"]
