"""A flash sale: shops sell from the number that they were last told, a web store by carts, a till what lies on its shelf."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from bench._channels import Open
from bench._channels.stall import LIES, Stall
from doorstep.base import tls

LASTS_S = 80.0
DOWN_S = (10.0, 70.0)  # one shop's API refuses connections and none of its webhooks come; it sells on
OFFLINE_S = (25.0, 50.0)  # the till has no connection, and sells what it knew to be free
LOST, DOUBLED = 0.1, 0.1
PACE = {"shopify": 3.0, "woocommerce": 2.0, "amazon": 0.6, "store": 3.0, "till": 0.8}  # buyers a second
PRICE = {"amount": "10.00", "currency": "EUR"}
STORE, TILL = "store", "till"


@dataclass(frozen=True, slots=True)
class Taking:
    """Units that somebody bought, between two moments.  `number`: of the order, as its channel names it.

    `short`: our answer said that some of it must wait.  `moved`: orders of others had to give units up for it.
    """

    channel: str
    number: str
    sku: str
    qty: int
    began: float
    ended: float
    short: bool = False
    moved: bool = False


@dataclass
class Told:
    """What happened in a sale, as those who sold know it."""

    takings: list[Taking] = field(default_factory=list)
    sold_out: Counter[str] = field(default_factory=Counter)
    sent_twice: int = 0
    troubles: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, taking: Taking) -> None:
        with self.lock:
            self.takings.append(taking)


def hold(brand: Stall, url: str, shops: Sequence[Open], *, seed: int) -> Told:
    """Everybody sells at once until the time is over, while `shops` lose, double and mix up webhooks and one of them is down."""
    told = Told()
    for shop in shops:
        shop.set_faults(lost=LOST, doubled=DOUBLED, disorder=True, seed=seed)
    began = time.monotonic()
    clock = lambda: time.monotonic() - began  # noqa: E731
    store, till = _Store(brand, url, told, seed), _Till(brand, url, told, seed)
    sellers: list[tuple[str, Callable[[float], None]]] = [
        *((shop.kind, _Vendor(shop, brand, told, seed).sell) for shop in shops), (STORE, store.sell), (TILL, till.sell),
    ]  # fmt: skip
    threads = [threading.Thread(target=_keep_on, args=[name, sell, clock, told, seed], name=name) for name, sell in sellers]
    threads.append(threading.Thread(target=_be_down, args=[shops, clock, seed], name="down"))
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    till.send()
    store.close()
    till.close()
    return told


def _keep_on(name: str, sell: Callable[[float], None], clock: Callable[[], float], told: Told, seed: int) -> None:
    """Buyers come one after the other, now sooner, now later."""
    dice, due = Random(f"{seed}:{name}:pace"), 0.0
    try:
        while (due := due + dice.expovariate(PACE[name])) < LASTS_S:
            time.sleep(max(due - clock(), 0.0))
            sell(clock())
    except Exception as trouble:  # noqa: BLE001  # told by whoever reads the figures
        told.troubles.append(f"{name}: {trouble!r}")


def _be_down(shops: Sequence[Open], clock: Callable[[], float], seed: int) -> None:
    """WooCommerce, whose numbers are not compared: the harder case."""
    shop = next(one for one in shops if one.kind == "woocommerce")
    time.sleep(max(DOWN_S[0] - clock(), 0.0))
    shop.gate.shut()
    shop.set_faults(lost=1.0, doubled=0.0, disorder=False, seed=seed)
    time.sleep(max(DOWN_S[1] - clock(), 0.0))
    shop.set_faults(lost=LOST, doubled=DOUBLED, disorder=True, seed=seed)
    shop.gate.open()


class _Choice:
    """What buyers want: the first products more than the last, one unit or two."""

    def __init__(self, brand: Stall, name: str, seed: int) -> None:
        self._dice, self._skus = Random(f"{seed}:{name}"), brand.skus
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(brand.skus))))

    def next(self) -> tuple[str, int]:
        [sku] = self._dice.choices(self._skus, cum_weights=self._weights)
        return sku, 1 if self._dice.random() < 0.7 else 2

    def happens(self, share: float) -> bool:
        return self._dice.random() < share


class _Vendor:
    """A shop of somebody else's: it asks nobody."""

    def __init__(self, shop: Open, brand: Stall, told: Told, seed: int) -> None:
        self._shop, self._told, self._choice = shop, told, _Choice(brand, shop.kind, seed)

    def sell(self, _at: float) -> None:
        sku, qty = self._choice.next()
        began = time.time()
        number = self._shop.sell(sku, qty)
        if number is None:
            self._told.sold_out[self._shop.kind] += 1
        else:
            self._told.note(Taking(self._shop.kind, number, sku, qty, began, time.time()))


class _Ours:
    """Somebody who sells by our API."""

    def __init__(self, brand: Stall, url: str, told: Told, seed: int, *, name: str) -> None:
        self.brand, self.told, self.choice, self.count = brand, told, _Choice(brand, name, seed), 0
        self.http = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {brand.secret}"}, timeout=30, trust_env=False,
            verify=tls.trusted(),
        )  # fmt: skip

    def close(self) -> None:
        self.http.close()


class _Store(_Ours):
    """The brand's own web store: a cart holds units while its buyer checks out."""

    def __init__(self, brand: Stall, url: str, told: Told, seed: int) -> None:
        super().__init__(brand, url, told, seed, name=STORE)

    def sell(self, _at: float) -> None:
        sku, qty = self.choice.next()
        self.count += 1
        token, began = f"cart-of-{self.brand.ctx.organisation_id}-{self.count:06}", time.time()
        body: dict[str, Any] = {"token": token, "lines": [{"sku": sku, "qty": qty}], "minutes": 1}
        held = self.http.post("/reservations", json=body)
        if held.status_code == httpx.codes.CONFLICT and held.json().get("code") == "not_reserved":
            self.told.sold_out[STORE] += 1
        elif held.raise_for_status() and self.choice.happens(0.05):
            return  # the buyer is gone, and the cart ends by itself
        elif self.choice.happens(0.1):
            self.http.delete(f"/reservations/{token}").raise_for_status()
        else:
            self._order(sku, qty, token, began)

    def _order(self, sku: str, qty: int, token: str, began: float) -> None:
        number = f"WEB-{self.count}"
        body = {
            "external_id": number, "name": number, "placed_at": datetime.now(UTC).isoformat(), "currency": "EUR",
            "customer": {"name": "김민서", "email": f"web{self.count}@example.com", "language": "ko"},
            "ship_to": {"name": "김민서", "lines": ["Torstr. 1"], "city": "Berlin", "postal_code": "10115", "country": "DE"},
            "lines": [{"sku": sku, "qty": qty, "unit_price": PRICE}], "reservation": token,
        }  # fmt: skip
        answers = [self.http.post("/orders", json=body).raise_for_status().json()]
        if self.choice.happens(0.15):
            self.told.sent_twice += 1
            answers.append(self.http.post("/orders", json=body).raise_for_status().json())
        short = any(answer["short_of"] for answer in answers)
        self.told.note(Taking(STORE, number, sku, qty, began, time.time(), short=short))


class _Till(_Ours):
    """The shop's till.  What lies on the shelf is sold, whatever the books say; without a connection, what was known to be free."""

    def __init__(self, brand: Stall, url: str, told: Told, seed: int) -> None:
        super().__init__(brand, url, told, seed, name=TILL)
        self._shelf = Counter(dict.fromkeys(brand.skus, LIES["HBF"]))
        self._quota: Counter[str] | None = None
        self._waiting: list[tuple[dict[str, Any], str, int, float]] = []

    def sell(self, at: float) -> None:
        sku, qty = self.choice.next()
        offline = OFFLINE_S[0] <= at < OFFLINE_S[1]
        if not offline and self._waiting:
            self.send()
        if offline and self._quota is None:
            self._quota = self._free()
        may = min(self._shelf[sku], self._quota[sku]) if offline and self._quota is not None else self._shelf[sku]
        if may < qty:
            self.told.sold_out[TILL] += 1
            return
        self._shelf[sku] -= qty
        if offline and self._quota is not None:
            self._quota[sku] -= qty
        self.count += 1
        worth = {"amount": f"{qty * 10}.00", "currency": "EUR"}
        body = {
            "client_id": f"0000cccc-{self.brand.ctx.organisation_id:04}-{self.count:06}", "location_id": self.brand.shop,
            "lines": [{"sku": sku, "qty": qty, "unit_price": PRICE}], "given": [{"kind": "cash", "amount": worth}],
            "sold_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        self._waiting.append((body, sku, qty, time.time()))
        if not offline:
            self.send()

    def send(self) -> None:
        """Sends what was kept, in order; a queue whose answers got lost is sent again."""
        kept, self._waiting = self._waiting, []
        again = kept if len(kept) > 1 else []
        self.told.sent_twice += len(again)
        first = [self._book(*one) for one in kept]
        for (body, *_), was in zip(again, first, strict=False):
            now = self.http.post("/till/sales", json=body).raise_for_status().json()
            if not now["again"] or now["order_id"] != was:
                self.told.troubles.append(f"till: sold twice {body['client_id']}")

    def _book(self, body: dict[str, Any], sku: str, qty: int, began: float) -> int:
        answer = self.http.post("/till/sales", json=body).raise_for_status().json()
        if answer["found"]:
            self.told.troubles.append(f"till: of {sku} the books knew less than lay on the shelf")
        self.told.note(Taking(TILL, body["client_id"], sku, qty, began, time.time(), moved=bool(answer["waiting"])))
        return int(answer["order_id"])

    def _free(self) -> Counter[str]:
        """What lies free in the shop, as the page of the till is told it."""
        from doorstep.stock import queries as stock

        skus = {id: sku for sku, id in self.brand.variants.items()}
        levels = stock.levels_of(self.brand.now(), variant_ids=sorted(skus))
        return Counter({skus[row.variant_id]: max(row.free, 0) for row in levels if row.location_id == self.brand.shop})
