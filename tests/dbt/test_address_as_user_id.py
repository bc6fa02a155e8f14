"""A site that uses addresses as GA4's user_id: landed as hashes, they tie devices and sales like any address, and nobody else."""

from __future__ import annotations

from pathlib import Path

from dbt_warehouse import Rows, land_rows
from recorded_builds import Start
from test_first_party_models import ANA, BIA, DAY, told, visit

from extractors.landing import Landing

CLEO = "cc" * 32


def test_it_is_an_address_of_the_person(tmp_path: Path, own_start: Start) -> None:
    landing = Landing(tmp_path / "landing")
    # Of the parameters that may hold the hash the first that does counts.
    mail = [{"key": key, "value": {"string_value": value}} for key, value in (("email_sha256", "not told"), ("sha256_email_address", CLEO))]
    site = [
        visit(0, "page_view", "browser-1", user_id=ANA),
        visit(0, "page_view", "browser-2", user_id=BIA),
        visit(0, "page_view", "browser-3", user_id=BIA),
        visit(0, "page_view", "browser-4", user_id="cleo"),
        visit(60, "page_view", "browser-4", user_id="cleo", event_params=[*visit(60, "page_view", "browser-4")["event_params"], *mail]),
    ]
    till = [told("card", "loyalty_join", 13, email_sha256=ANA, user_id="ana")]
    land_rows(landing, [Rows("ga4", "events", "1", DAY, site), Rows("first_party", "events", "loja", DAY, till)], load="one")
    built = own_start.whole(tmp_path / "warehouse", landing)
    found = built.rows("select identifier_type, identifier, customer_id from marts.dim_identities")
    people = {name: customer for _, name, customer in found}
    assert people[ANA] == people["ana"] == people["browser-1"]
    assert people[BIA] == people["browser-2"] == people["browser-3"]
    assert people[CLEO] == people["cleo"] == people["browser-4"]
    assert len({people[name] for name in (ANA, BIA, CLEO)}) == 3
    assert {kind for kind, name, _ in found if name in (ANA, BIA, CLEO)} == {"email_sha256"}
