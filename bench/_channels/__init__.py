"""The shops of the channels bench: one process each, with books of its own, connected to the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from doorstep.base import tls

if TYPE_CHECKING:
    from bench._channels.stocked import Stocked
    from bench.house import House


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shop.  `module`: its sandbox server.  `fill` puts what it sells into it.  `settings`: what connects it."""

    name: str
    module: str
    provider: str
    fill: Callable[[httpx.Client, Stocked], None]
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Open:
    """A shop that is open and connected."""

    kind: str
    connection_id: int
    http: httpx.Client


def _fill_shop(http: httpx.Client, brand: Stocked) -> None:
    items = [{"sku": sku, "title": f"Thing {sku}", "price": "10.00", "currency": "EUR"} for sku in brand.skus]
    http.put("/admin/catalog", json=items).raise_for_status()


KINDS = (Kind("shop", "sandbox.shop", "sandbox_shop", _fill_shop, {}),)


def open_shops(at: House, brand: Stocked, kinds: Sequence[Kind]) -> list[Open]:
    """Starts a server of each kind, fills it, connects it and reads what it offers."""
    from bench.house import free_port
    from doorstep.channels import actions as channels
    from doorstep.flows import expose

    found: list[Open] = []
    for kind in kinds:
        port = free_port()
        at.others[kind.name] = [kind.module, "--home", str(at.home / kind.name), "--port", str(port)]
        at.start(kind.name)
        http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, verify=tls.trusted(), trust_env=False)
        _until_up(http)
        kind.fill(http, brand)
        row = channels.connect(
            brand.now(), provider=kind.provider, name=kind.name, url=str(http.base_url), settings=kind.settings
        )
        expose.read_listings(brand.now, connection_id=row.id)
        found.append(Open(kind.name, row.id, http))
    return found


def _until_up(http: httpx.Client) -> Any:
    from bench.house import eventually

    def up() -> bool:
        try:
            return http.get("/healthz").is_success
        except httpx.HTTPError:
            return False

    return eventually(up, within_s=20)
