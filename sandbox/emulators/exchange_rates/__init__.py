"""The European Central Bank's history of euro reference rates, as its site offers it.

``/stats/eurofxref/eurofxref-hist.zip`` (a zip with ``eurofxref-hist.csv``) and ``/stats/eurofxref/eurofxref-hist.xml``.
A day is in the file from 16:00 in Frankfurt on.

Faults (``source`` is ``exchange_rates``; ``operation`` is ``zip`` or ``xml``): http_429, http_500, forbidden, not_found, html_page (200
with a page), connection_reset, truncated_body, bad_zip, other_member (a zip without the file), malformed_number.
"""

from sandbox.emulators.exchange_rates.server import ExchangeRatesEmulator, serve

__all__ = ["ExchangeRatesEmulator", "serve"]
