"""A logged-in browser, as far as the server can tell: cookies and JSON-RPC."""

import http.cookiejar
import json
import time
import urllib.request

from ..ui import DevError

#: The refusal of the gate: a dialog with a button, not a failure.
REFUSED = "odoo.exceptions.RedirectWarning"
PASSED = "passed"
#: What the host or the add-on may answer to somebody who came too late.
BUSINESS = {
    REFUSED,
    "odoo.exceptions.UserError",
    "odoo.exceptions.AccessError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.ValidationError",
}


class Client:
    """One user's session; several threads may share it."""

    def __init__(self, url: str, db: str, login: str, password: str = "") -> None:
        self.url = url
        self.login = login
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            # Never through a proxy of the developer's.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(jar),
        )
        who = {"db": db, "login": login, "password": password or login}
        answer = self.post("/web/session/authenticate", who)
        if "error" in answer:
            raise DevError(f"{login} cannot log in.", "read .dev/logs/stress.log")

    def post(self, route: str, params: dict) -> dict:
        """The whole answer: ``result`` or ``error`` inside."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.url + route, body.encode(), {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=120) as answer:
            return json.load(answer)

    def button(self, model: str, method: str, *args, **kwargs) -> dict:
        """Press a button; the whole answer."""
        return self.post(
            f"/web/dataset/call_button/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def call(self, model: str, method: str, *args, **kwargs):
        """The result of a method, or Refusal with what the server said."""
        answer = self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
        if "error" in answer:
            raise Refusal(answer["error"])
        return answer.get("result")

    def confirm(self, order: int) -> tuple[str, float]:
        """Press Confirm: ``(passed | name of the error, seconds)``."""
        began = time.monotonic()
        try:
            answer = self.button("sale.order", "action_confirm", [order])
            what = Refusal(answer["error"]).what if "error" in answer else PASSED
        except OSError as error:  # also HTTP 500 and a broken connection
            what = repr(error)
        return what, time.monotonic() - began


class Refusal(Exception):
    """An error that the server answered; ``what`` is the name of its class."""

    def __init__(self, error: dict) -> None:
        data = error.get("data") or {}
        self.what = data.get("name") or error.get("message", "unknown")
        super().__init__(f"{self.what}: {data.get('message', '')}")

    @property
    def is_business(self) -> bool:
        """Did the server say no to the user, rather than fail?"""
        return self.what in BUSINESS
