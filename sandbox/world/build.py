"""Simulate a world and write its folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from sandbox.world import (
    ads,
    atelier,
    ga4,
    google,
    klaviyo,
    mailchimp,
    matomo,
    meta,
    moves,
    outlet,
    population,
    rates,
    shop,
    shop_files,
    story,
    truth,
)
from sandbox.world.accounts import DEFAULT, Accounts
from sandbox.world.ledger import Ledger
from sandbox.world.period import Period


def simulate(*, seed: int, period: Period, scale: float = 1.0, accounts: Accounts = DEFAULT) -> Ledger:
    """Everything that happens, past the horizon too; nothing is written."""
    ledger = Ledger(seed, period, scale, accounts)
    story.tell(ledger)
    population.simulate(ledger)
    atelier.simulate(ledger)
    shop.simulate(ledger)
    outlet.simulate(ledger)
    moves.simulate(ledger)
    return ledger


def build(
    out: Path, *, seed: int, period: Period, scale: float = 1.0, intraday_last_day: bool = False, accounts: Accounts = DEFAULT
) -> Path:
    """Write the world to ``out`` (docs/sandbox.md), which it replaces as a whole once all files are there."""
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        ledger = simulate(seed=seed, period=period, scale=scale, accounts=accounts)
        books = ads.keep_books(ledger)
        google.write(books, folder, period, accounts)
        meta.write(books, folder, period, accounts)
        klaviyo.write(ledger, folder)
        mailchimp.write(ledger, folder)
        matomo.write(ledger, folder)
        ga4.write(ledger, folder, intraday_last_day=intraday_last_day)
        rates.write(seed, folder, period)
        shop_files.write(ledger, folder)
        truth.write(ledger, books, folder)
        described = {"seed": seed, "from": period.start.isoformat(), "days": period.days, "scale": scale, "accounts": accounts.described()}
        (folder / "world.json").write_text(json.dumps(described))
        folder.chmod(0o755)
        if out.exists():
            old = folder.with_name(f"{folder.name}-old")
            out.rename(old)
            folder.rename(out)
            shutil.rmtree(old)
        else:
            folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return out
