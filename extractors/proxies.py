"""The machine's proxies (``HTTPS_PROXY``, ``NO_PROXY`` and their like): a way to the platforms, and none to this machine itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine, which a proxy elsewhere takes for itself."""
    return host in ("localhost", "::1") or (host or "").startswith("127.")


def proxy_for(address: str) -> tuple[str, dict[str, str]] | None:
    """The HTTP proxy for an address and the headers that it asks for, as requests finds them; None where the way is direct."""
    found = None if is_loopback(urlsplit(address).hostname) else select_proxy(address, get_environ_proxies(address))
    proxy = found if not found or "://" in found else f"http://{found}"
    if not proxy or not proxy.startswith("http"):
        return None  # SOCKS wants a package of its own
    return proxy, dict(HTTPAdapter().proxy_headers(proxy))


def grpc_options(address: str) -> list[tuple[str, Any]]:
    """What a gRPC channel to ``host:port`` is to be told, which looks at the machine's proxies itself."""
    return [("grpc.enable_http_proxy", 0)] if is_loopback(urlsplit(f"//{address}").hostname) else []
