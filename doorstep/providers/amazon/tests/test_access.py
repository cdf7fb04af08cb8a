"""Where Amazon is called follows from the country, and cannot be another one."""

from __future__ import annotations

import pytest

from doorstep.base.refusals import Refused
from doorstep.providers.amazon.access import check, endpoint_of
from doorstep.providers.amazon.marketplaces import MARKETPLACES

AMERICA, EUROPE, ASIA = (f"https://sellingpartnerapi-{region}.amazon.com" for region in ("na", "eu", "fe"))
# Source: https://developer-docs.amazon.com/sp-api/docs/sp-api-endpoints
SOLD_IN = {
    AMERICA: {"CA", "US", "MX", "BR"},
    EUROPE: {"IE", "ES", "GB", "FR", "BE", "NL", "DE", "IT", "SE", "ZA", "PL", "SA", "EG", "TR", "AE", "IN"},
    ASIA: {"SG", "AU", "JP"},
}


def test_every_country_is_called_where_amazon_serves_it() -> None:
    found: dict[str, set[str]] = {}
    for id, one in MARKETPLACES.items():
        found.setdefault(endpoint_of(check({"marketplace": id})), set()).add(one.country)
    assert found == SOLD_IN


@pytest.mark.parametrize("id", MARKETPLACES)
def test_of_amazons_endpoints_only_the_own_and_its_sandbox_go_with_a_country(id: str) -> None:
    here = MARKETPLACES[id].endpoint
    for endpoint in SOLD_IN:
        sandbox = endpoint.replace("//", "//sandbox.")
        for url in (endpoint, sandbox):
            if endpoint == here:
                assert endpoint_of(check({"marketplace": id, "url": url})) == url
            else:
                with pytest.raises(Refused, match="url"):
                    check({"marketplace": id, "url": url})
    assert "url" not in check({"marketplace": id, "url": here})
    assert endpoint_of(check({"marketplace": id, "url": "http://127.0.0.1:9"})) == "http://127.0.0.1:9"
