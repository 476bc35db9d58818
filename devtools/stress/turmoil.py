"""Everybody at work on the same customers at once.

Salespeople order, confirm and ask for releases; an approver decides; a sales manager
cancels; an accountant bills and books payments; the credit manager changes limits; the
jobs of the hold queue and of the stored figures run in between.
"""

import collections
import random
import threading
import time

from ..environment import Environment
from ..ui import say
from . import audit
from .client import PASSED, REFUSED, Refusal
from .result import Deadline, Result
from .site import Site, make_worlds

LIMITS = (400.0, 800.0, 1000.0, 1500.0, 2500.0)
JOBS = ("ir_cron_recheck", "ir_cron_refresh_snapshot", "ir_cron_expire")


class Turmoil:
    """The actors: each method is one thing that one of them does."""

    def __init__(self, site: Site, world: dict, seed: int) -> None:
        self.site, self.world = site, world
        self.dice = random.Random(seed)
        self.counts: collections.Counter = collections.Counter()
        self.passed: set[int] = set()
        self.odd: collections.Counter = collections.Counter()

    # -- what they do ---------------------------------------------------------
    def sell(self, login: str) -> None:
        """A quotation of any size, confirmed; or a release asked for."""
        client = self.site.client(login)
        line = {
            "product_id": self.world["product"],
            "price_unit": float(self.dice.choice((20, 50, 90, 150, 300))),
            "tax_ids": [[6, 0, []]],
        }
        partner = self.dice.choice(self.world["partners"])
        values = {"partner_id": partner, "order_line": [[0, 0, line]]}
        order = client.call("sale.order", "create", values)
        what, _seconds = client.confirm(order)
        self.counts[what] += 1
        if what == PASSED:
            self.passed.add(order)
        elif what != REFUSED:
            self.odd[what] += 1
        elif self.dice.random() < 0.3:
            values = {"order_ids": [[6, 0, [order]]], "note": "Please"}
            self._dialog(client, "credit.release.request", values, "action_request")
            self.counts["requests"] += 1

    def _dialog(self, client, model, values, method, **context):
        dialog = client.call(model, "create", values, context=context)
        return client.call(model, method, [dialog], context=context)

    def decide(self, login: str) -> None:
        """Release one of the waiting holds, sometimes with the order confirmed."""
        client = self.site.client(login)
        waiting = client.call("credit.hold", "search", [["state", "=", "waiting"]])
        if not waiting:
            return time.sleep(0.2)
        hold = self.dice.choice(waiting)
        release = self.dice.random() < 0.7
        values = {
            "hold_id": hold,
            "decision": "release" if release else "reject",
            "reason": "Stress",
        }
        if self.dice.random() < 0.3:
            values["confirm_order"] = False
        self._dialog(client, "credit.hold.decision", values, "action_decide")
        self.counts["released" if release else "rejected"] += 1
        return None

    def _sold(self, client, rest: int) -> list[int]:
        """Confirmed orders: what is billed and what is cancelled are kept apart."""
        domain = [
            ["partner_id", "in", self.world["partners"]],
            ["state", "=", "sale"],
            ["invoice_status", "=", "to invoice"],
        ]
        orders = client.call("sale.order", "search", domain)
        return [order for order in orders if order % 2 == rest]

    def cancel(self, login: str) -> None:
        """Cancel an order that was never billed."""
        client = self.site.client(login)
        if not (orders := self._sold(client, 1)):
            return time.sleep(0.2)
        client.call("sale.order", "action_cancel", [self.dice.choice(orders)])
        self.counts["cancelled"] += 1
        return time.sleep(0.1)

    def collect(self, login: str) -> None:
        """Bill an order and book its payment, or money that settles nothing yet."""
        client = self.site.client(login)
        if self.dice.random() < 0.3:
            values = {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.dice.choice(self.world["partners"]),
                "amount": float(self.dice.choice((10, 40))),
            }
            payment = client.call("account.payment", "create", values)
            client.call("account.payment", "action_post", [payment])
            self.counts["unapplied payments"] += 1
            return
        if not (orders := self._sold(client, 0)):
            time.sleep(0.2)
            return
        order = self.dice.choice(orders)
        values = {
            "advance_payment_method": "delivered",
            "sale_order_ids": [[6, 0, [order]]],
        }
        self._dialog(client, "sale.advance.payment.inv", values, "create_invoices")
        [row] = client.call("sale.order", "read", [order], ["invoice_ids"])
        client.call("account.move", "action_post", row["invoice_ids"])
        here = {"active_model": "account.move", "active_ids": row["invoice_ids"]}
        register = "account.payment.register"
        self._dialog(client, register, {}, "action_create_payments", **here)
        self.counts["paid"] += 1

    def change_limit(self, login: str) -> None:
        """Another limit for the customer, or for the group."""
        client, limit = self.site.client(login), self.dice.choice(LIMITS)
        if self.dice.random() < 0.5:
            values = {"credit_limit": limit, "limit_reason": "Stress"}
            client.call("credit.file", "write", [self.world["file"]], values)
        else:
            values = {"credit_limit": limit}
            client.call("credit.group", "write", [self.world["group"]], values)
        self.counts["limits"] += 1
        time.sleep(0.3)

    def run_job(self, login: str) -> None:
        """One of our jobs, as the scheduler would."""
        client, job = self.site.client(login), self.dice.choice(JOBS)
        [found] = client.call(
            "ir.model.data",
            "search_read",
            [["module", "=", "credit_control"], ["name", "=", job]],
            ["res_id"],
        )
        answer = client.call("ir.cron", "method_direct_trigger", [found["res_id"]])
        if isinstance(answer, dict):
            self.odd[f"{job}: {answer['params']['error']['data']['message']}"] += 1
        self.counts["jobs"] += 1
        time.sleep(0.5)

    # -- all of them ----------------------------------------------------------
    def play(self, until: Deadline) -> None:
        """Everybody works, each in a thread, until the time is over."""
        roles = [(self.sell, login) for login in self.world["sellers"]]
        roles += [
            (self.decide, "approver"),
            (self.cancel, "boss"),
            (self.collect, "accountant"),
            (self.change_limit, "manager"),
            (self.run_job, "admin"),
        ]
        threads = [
            threading.Thread(target=self._work, args=(*role, until)) for role in roles
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, act, login: str, until: Deadline) -> None:
        while until.left > 0:
            try:
                act(login)
            except Refusal as error:
                if error.is_business:
                    self.counts["refused otherwise"] += 1
                else:
                    self.odd[f"{act.__name__}: {error}"] += 1
            except OSError as error:
                self.odd[f"{act.__name__}: {error!r}"] += 1


def turmoil(
    env: Environment, site: Site, world: dict, seed: int, until: Deadline
) -> Result:
    """Nothing passes over a limit that did not stand; nothing is lost."""
    result = Result("turmoil")
    size = site.log.stat().st_size
    actors = Turmoil(site, world, seed)
    say(f"turmoil for {until.left:.0f} s")
    actors.play(until)
    notes = audit.read(env, site.db)
    own = f"customer {world['partners'][0]}"
    group = f"group {world['group']}"
    result.wrong += [f"a user saw {what} ({n} times)" for what, n in actors.odd.items()]
    result.wrong += audit.judge(notes, {own: 1000.0, group: 1500.0})
    went = {note.ref for note in notes if note.what == "order" and note.amount > 0}
    if lost := actors.passed - went:
        result.wrong.append(f"told confirmed but never were: {sorted(lost)}")
    result.wrong += _compare_exposures(env, site, world, notes)
    retried, errors = site.read_log(size)
    result.wrong += errors
    counts = actors.counts
    result.figures |= {
        PASSED: counts.pop(PASSED, 0),
        "held": counts.pop(REFUSED, 0),
        **dict(sorted(counts.items())),
        "run again": retried,
    }
    say(result.show())
    return result


def _compare_exposures(env, site, world, notes) -> list[str]:
    """In the end the add-on's figures are those that the notes add up to."""
    partners = world["partners"]
    params = {"partners": partners}
    found = make_worlds(env, site.db, exposures=params)["exposures"]
    measured = {
        f"customer {partners[0]}": found[str(partners[0])],
        f"group {world['group']}": sum(found[str(key)] for key in partners[1:]),
    }
    counted = audit.balances(notes, measured)
    return [
        f"{owner} owes {measured[owner]:.2f} by the add-on, {amount:.2f} by the notes"
        for owner, amount in counted.items()
        if abs(measured[owner] - amount) > 0.005
    ]
