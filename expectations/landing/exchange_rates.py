"""Reference rates of the European Central Bank, published on TARGET working days.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates
The longest run of days without rates is Good Friday to Easter Monday, four days; a fifth is stale.
"""

from __future__ import annotations

from expectations.landing.declare import CURRENCY, Extras

EXTRAS: dict[str, Extras] = {
    "reference_rates": Extras(positive=("rate",), forms={"currency": CURRENCY}, quiet_days=True, fresh_within_days=4),
}
