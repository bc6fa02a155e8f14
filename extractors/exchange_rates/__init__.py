"""The European Central Bank's euro reference rates (https://www.ecb.europa.eu/stats/eurofxref).

One file holds the whole history; it is updated around 16:00 CET on TARGET working days. ``SOURCE`` has one
account, ``ecb``, and one stream, ``reference_rates``. The Connection needs no credential.
"""

from extractors.exchange_rates.faults import FAULTS
from extractors.exchange_rates.rates import ACCOUNT, STREAM, Client, connect
from extractors.stream import ApiVersion, Source


def _close(client: Client) -> None:
    client.session.close()


SOURCE = Source(
    name="exchange_rates",
    connection_id="exchange_rates_default",
    api=ApiVersion("eurofxref-hist", announced="a public file without versions"),
    streams=(STREAM,),
    connect=connect,
    accounts=lambda client: [ACCOUNT],
    reach=Client.history,
    close=_close,
    faults=FAULTS,
)

__all__ = ["SOURCE"]
