"""Which sources there are. A source is a folder; deleting it and its line here removes it whole."""

from __future__ import annotations

from importlib import import_module

from extractors.stream import Source

MODULES: dict[str, str] = {
    "google_ads": "extractors.google_ads",
    "facebook_ads": "extractors.facebook_ads",
    "klaviyo": "extractors.email.klaviyo",
    "mailchimp": "extractors.email.mailchimp",
    "ga4": "extractors.site_analytics.ga4",
    "matomo": "extractors.site_analytics.matomo",
    "exchange_rates": "extractors.exchange_rates",
    "first_party": "extractors.first_party",
}
"""Source name -> module with a ``SOURCE``. Names only: importing this file loads no vendor client."""

CONNECTIONS: dict[str, str] = {name: f"{name}_default" for name in MODULES}
"""Source name -> Airflow Connection id."""


def load(name: str) -> Source:
    """Import and return the source; KeyError lists the names there are."""
    if name not in MODULES:
        raise KeyError(f"no source {name}; there are {', '.join(MODULES)}")
    source = import_module(MODULES[name]).SOURCE
    assert isinstance(source, Source)
    return source
