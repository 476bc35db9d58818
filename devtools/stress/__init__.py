"""`./dev stress`: races and faults, tried for real.

Everything happens on a PostgreSQL cluster that is made for the run and deleted after
it (`cluster`), with Odoo as in production: several processes, users who log in and
press buttons over HTTP, on the loopback address only (`site`, `client`).

Each scenario is one small module with a function that returns a `Result`: what was
measured, and which invariants were violated, as sentences.

crowd    50 confirmations at once, room for k: exactly k pass
duel     two confirmations at once, room for one
turmoil  confirmations, releases, cancellations, payments, changes of the limit
kills    jobs killed at random moments, then finished by the next run
outages  the same with the database server going down under them
"""

from .command import stress

__all__ = ["stress"]
