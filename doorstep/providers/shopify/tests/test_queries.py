"""Every text of ours is one that Shopify's own schema allows, and asks for no more points than one query may."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    parse,
    validate,
    visit,
)

from doorstep.providers.shopify import queries
from doorstep.providers.shopify.queries import Operation

FILE = Path(__file__).parents[5] / "shared" / "data" / "channels" / "shopify_graphql_schema" / "admin_2026-07.json.gz"
here = pytest.mark.skipif(not FILE.exists(), reason="../shared is not there: Shopify's GraphQL schema")
FIRST = {"Orders": queries.ORDERS_AT_ONCE, "Listings": queries.VARIANTS_AT_ONCE}
LISTED = {"Shown": queries.NUMBERS_AT_ONCE, "ReturnSteps": queries.RETURNS_AT_ONCE}
MUTATION = 10


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    found = json.loads(gzip.decompress(FILE.read_bytes()))
    return build_client_schema(found.get("data", found), assume_valid=True)


def points(operation: Operation) -> int:
    """What a text asks for by the documented rule: an object is 1, a list its size times what is in it, a mutation 10 more."""
    (node,) = parse(operation.text).definitions
    assert isinstance(node, OperationDefinitionNode)
    inner = _points(node.selection_set, operation)
    return inner + (MUTATION if node.operation is OperationType.MUTATION else 0)


def _points(selected: SelectionSetNode, operation: Operation) -> int:
    total = 0
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            total += _points(node.selection_set, operation)
        elif isinstance(node, FieldNode) and node.selection_set is not None:
            total += _of_field(node, node.selection_set, operation)
    return total


def _of_field(node: FieldNode, selected: SelectionSetNode, operation: Operation) -> int:
    """A page costs 2 for itself, and what its size says for what is on it."""
    for inner in selected.selections:
        if isinstance(inner, FieldNode) and inner.name.value == "nodes" and inner.selection_set is not None:
            return 2 + _size(node, operation) * (1 + _points(inner.selection_set, operation))
    return _size(node, operation) * (1 + _points(selected, operation))


def _size(node: FieldNode, operation: Operation) -> int:
    """How many of a field there may be."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            return int(argument.value.value) if isinstance(argument.value, IntValueNode) else FIRST[operation.name]
        if argument.name.value == "ids":
            return LISTED[operation.name]
    return 1


@here
@pytest.mark.parametrize("operation", queries.OPERATIONS, ids=lambda one: one.name)
def test_the_schema_allows_it_and_it_is_not_too_dear(operation: Operation) -> None:
    document = parse(operation.text)
    assert validate(schema(), document) == []
    (node,) = document.definitions
    assert isinstance(node, OperationDefinitionNode)
    assert node.name is not None
    assert node.name.value == operation.name
    assert points(operation) <= operation.cost <= queries.DEAREST
    assert operation.repeatable or node.operation is OperationType.MUTATION


@here
@pytest.mark.parametrize("operation", queries.OPERATIONS, ids=lambda one: one.name)
def test_it_asks_for_nothing_that_will_be_taken_away(operation: Operation) -> None:
    found: list[str] = []
    info = TypeInfo(schema())

    class Deprecated(Visitor):
        def enter_field(self, *_: Any) -> None:
            field = info.get_field_def()
            assert field is not None
            if field.deprecation_reason:
                found.append(field.deprecation_reason)

    visit(parse(operation.text), TypeInfoVisitor(info, Deprecated()))
    assert found == []


def test_every_operation_of_the_module_is_among_those_that_are_checked() -> None:
    assert {one for one in vars(queries).values() if isinstance(one, Operation)} == set(queries.OPERATIONS)
    assert len({one.name for one in queries.OPERATIONS}) == len(queries.OPERATIONS)
