"""Accounts asked for by name: sources that have none of them are passed over, and a slip leaves nothing that a build waits for."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys import LAST, Connections, Home

from extractors.landing import Landing

pytestmark = pytest.mark.timeout(600)
SOURCES = ("klaviyo", "matomo")


def ask(home: Home, connections: Connections, account: str) -> tuple[int, str]:
    named = [word for source in SOURCES for word in ("--source", source)]
    told = home.journey("run", "--from", LAST.isoformat(), "--to", LAST.isoformat(), *named, "--account", account, connections=connections)
    return told.code, told.text


def test_an_account_of_one_source_is_read_and_the_other_sources_are_passed_over(
    base: Home, connections: Connections, tmp_path: Path
) -> None:
    home = base.copy(tmp_path / "home")
    landing = Landing(home.places.landing)
    (site,) = landing.accounts("matomo")
    loads = {source: len({row.load_id for row in landing.history(source)}) for source in SOURCES}
    code, text = ask(home, connections, site)
    assert code == 0, text
    assert f"Account {site} is asked for, but the credential of klaviyo_default does not see it." in text
    assert {source: len({row.load_id for row in landing.history(source)}) for source in SOURCES} == loads | {"matomo": 2}
    assert home.status()[1]["unresolved"] == []


def test_an_account_of_no_source_is_said_in_red_and_holds_no_build_up(base: Home, connections: Connections, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    landing, served = Landing(home.places.landing), home.served()
    before = landing.history()
    (known,) = landing.accounts("klaviyo")
    code, text = ask(home, connections, "nobody-7")
    assert code == 1
    end = text[text.rindex("Checks") :]
    for source in SOURCES:
        assert f"Account nobody-7 is asked for, but the credential of {source}_default does not see it." in end
    assert f"Ask for accounts that it sees ({known}), or give its user access to the account." in end
    assert landing.history() == before
    assert list(landing.staged.iterdir()) == []
    assert (home.served(), home.status()[0], home.status()[1]["unresolved"]) == (served, 0, [])
