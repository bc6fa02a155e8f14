"""The sandbox: a simulated customer world with known answers, and loopback emulators of the platforms.

``world`` writes vendor-shaped rows into a folder; ``emulators`` serve such a folder to the official
clients. The folder may as well hold recorded rows. Never imports airflow, nor the extractors.
"""
