"""Loopback servers that speak the platforms' protocols to the official clients."""
