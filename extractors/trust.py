"""``extra.ca_file``: the authority that signed an endpoint's certificate, for every source that speaks TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

from extractors.connections import Connection


def authority(connection: Connection) -> Path | None:
    """The PEM file that the Connection names, None where it names none. ConfigurationError where it cannot be one."""
    value = connection.extra.get("ca_file")
    if not value:
        return None
    path = Path(str(value))
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        raise connection.wrong("extra.ca_file", "names a file that is not there or holds no certificate in PEM form") from None
    return path


def context(ca_file: Path | None) -> ssl.SSLContext | None:
    """What trusts that authority; None where the machine's own authorities are meant.

    A context, because requests prefers REQUESTS_CA_BUNDLE to a session's ``verify``. It adds that bundle, or its own, to the context, so a
    token may still come from the platform itself.
    """
    return None if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
