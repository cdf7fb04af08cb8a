"""Which role may do what."""

from __future__ import annotations

from doorstep.accounts.values import AREAS, PERMISSIONS, Role

READ_ALL = frozenset(f"{area}:read" for area in AREAS if area != "settings")
GRANTS: dict[Role, frozenset[str]] = {
    Role.OWNER: frozenset(PERMISSIONS),
    Role.MANAGER: frozenset(PERMISSIONS) - {"settings:write"},
    Role.WAREHOUSE: READ_ALL | {"stock:write", "fulfilment:write"},
    Role.SERVICE: READ_ALL | {"orders:write", "customers:write"},
    Role.VIEWER: READ_ALL,
}


def permissions_of(role: str) -> frozenset[str]:
    """Everything a role may do."""
    return GRANTS[Role(role)]
