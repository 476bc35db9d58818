from odoo.tests import HttpCase, no_retry, tagged


def error_checker(message):
    """Only Hoot's own verdict fails the suite, as in web/tests/test_js.py."""
    return "[HOOT]" not in message


def hoot_id(suite):
    """The id that Hoot gives a suite: the 32-bit string hash of its path."""
    value = 0
    for char in suite:
        value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
    return f"{value:08x}"


@tagged("post_install", "-at_install", "credit_tour")
class TestCreditJs(HttpCase):
    """The unit tests of static/tests in a browser, ours only."""

    @no_retry
    def test_widgets(self):
        """The credit widgets show every outcome and follow every change."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@credit_control')}",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=error_checker,
        )
