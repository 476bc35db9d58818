"""`./dev stress`: many confirmations at once over HTTP, room for some of them.

A server with several workers, N clients who press Confirm at the same moment for
orders of one customer whose limit has room for exactly k of them. Exactly k must
pass, the others must get the refusal, and nobody may see another error. Bounded in
rounds and time, on the loopback address only.
"""

import argparse
import http.cookiejar
import json
import random
import signal
import statistics
import subprocess
import threading
import time
import urllib.request

from . import database, environment, paths, run, template
from .ui import DevError, say

AMOUNT = 10.0
START_SECONDS = 120
REFUSED = "odoo.exceptions.RedirectWarning"


class Client:
    """One logged-in browser: a cookie jar and JSON-RPC."""

    def __init__(self, url: str, db: str) -> None:
        self.url = url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            # Never through a proxy of the developer's.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(jar),
        )
        login = {"db": db, "login": "admin", "password": "admin"}
        self.post("/web/session/authenticate", login)

    def post(self, route: str, params: dict) -> dict:
        """The whole answer: ``result`` or ``error`` inside."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.url + route, body.encode(), {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=120) as answer:
            return json.load(answer)

    def call(self, model: str, method: str, *args, **kwargs):
        """The result of a method, or DevError with the server's message."""
        answer = self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
        if "error" in answer:
            message = answer["error"]["data"]["message"]
            raise DevError(f"{model}.{method}: {message}", "read the server's log.")
        return answer["result"]


def _arguments(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev stress")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(args)


def _make_orders(admin: Client, count: int, room: int) -> list[int]:
    """``count`` quotations of a new customer whose limit has room for ``room``."""
    partner = admin.call("res.partner", "create", {"name": "Stress", "is_company": 1})
    product = admin.call(
        "product.product", "create", {"name": "Stress", "type": "service"}
    )
    admin.call(
        "credit.file",
        "create",
        {"partner_id": partner, "limit_mode": "amount", "credit_limit": room * AMOUNT},
    )
    line = {
        "product_id": product,
        "price_unit": AMOUNT,
        "product_uom_qty": 1,
        "tax_ids": [[6, 0, []]],
    }
    order = {"partner_id": partner, "order_line": [[0, 0, line]]}
    return [admin.call("sale.order", "create", order) for _ in range(count)]


def _confirm_at_once(clients: list[Client], orders: list[int]) -> list[tuple]:
    """``(what, seconds)`` for each order; all clients start together."""
    results: list[tuple] = []
    start = threading.Barrier(len(orders))

    def confirm(client: Client, order: int) -> None:
        params = {"model": "sale.order", "method": "action_confirm"}
        params |= {"args": [[order]], "kwargs": {}}
        start.wait(60)
        began = time.monotonic()
        try:
            answer = client.post(
                "/web/dataset/call_kw/sale.order/action_confirm", params
            )
            what = answer["error"]["data"]["name"] if "error" in answer else "passed"
        except OSError as error:
            what = repr(error)
        results.append((what, time.monotonic() - began))

    threads = [
        threading.Thread(target=confirm, args=pair)
        for pair in zip(clients, orders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return results


def _round(number: int, clients: list[Client], room: int, times: list) -> list[str]:
    """One round; what went wrong in it, as lines."""
    orders = _make_orders(clients[0], len(clients), room)
    results = _confirm_at_once(clients, orders)
    times += [seconds for _what, seconds in results]
    states = clients[0].call("sale.order", "read", orders, ["state"])
    sold = sum(row["state"] == "sale" for row in states)
    odd = sorted({what for what, _ in results} - {"passed", REFUSED})
    say(f"round {number}: room for {room} of {len(orders)}, {sold} confirmed")
    wrong = [f"round {number}: {text}" for text in odd]
    if sold != room:
        wrong.append(f"round {number}: {sold} confirmed where {room} fit")
    if len(results) != len(orders):
        wrong.append(f"round {number}: {len(orders) - len(results)} gave no answer")
    return wrong


def _wait(url: str, server: subprocess.Popen) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            opener.open(f"{url}/web/login", timeout=30).close()
            return
        except OSError:
            time.sleep(0.5)
    raise DevError("the server did not start.", f"read {paths.LOGS / 'stress.log'}")


def stress(args: list[str]) -> int:
    """stress [--clients N] [--rounds N]: parallel confirmations over HTTP."""
    given = _arguments(args)
    env = environment.ready()
    db = database.scratch_name(env.server, "stress")
    template.clone(env, db)
    try:
        say("installing the add-ons")
        template.install(env, db, paths.addons(), "stress")
        port = run.free_port(8200)
        options = template.server_args(db)
        options += [f"--http-port={port}", f"--workers={given.workers}"]
        options += ["--max-cron-threads=0"]
        with (paths.LOGS / "stress.log").open("w") as log:
            server = subprocess.Popen(
                env.odoo(*options), env=env.environ(), stdout=log, stderr=log
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server)
            return _run(given, url, db)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        database.drop(env.server, db)


def _run(given: argparse.Namespace, url: str, db: str) -> int:
    clients = [Client(url, db) for _ in range(given.clients)]
    dice = random.Random(given.seed)
    wrong: list[str] = []
    times: list[float] = []
    for number in range(1, given.rounds + 1):
        room = dice.randint(1, given.clients - 1)
        wrong += _round(number, clients, room, times)
    print("\n".join(wrong))
    print(
        f"{given.clients} at once, {given.workers} workers: "
        f"median {statistics.median(times) * 1000:.0f} ms, "
        f"slowest {max(times) * 1000:.0f} ms"
    )
    print(f"{given.rounds - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0
