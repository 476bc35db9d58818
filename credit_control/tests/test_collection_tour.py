from odoo.tests import HttpCase, tagged

from .collection_common import CollectionCommon
from .common import TODAY


@tagged("post_install", "-at_install", "credit_tour")
class TestCollectionTour(HttpCase, CollectionCommon):
    def test_accountant_hands_over_and_recalls(self):
        """From the list of cases to the agency and back, in a browser."""
        clerk = self._user("invoicing", login="credit_tour_clerk")
        self._customer("Collection Tour Agency")
        customer = self._customer("Collection Tour Customer")
        # the browser's clock is not frozen: overdue whatever day it is
        self._overdue_invoice(500, 4000, partner=customer)
        self.start_tour(
            "/odoo/collection-cases",
            "credit_accountant_hands_over",
            login=clerk.login,
        )
        case = self.Case.search([("partner_id", "=", customer.id)])
        self.assertEqual((case.state, case.outcome), ("closed", "recalled"))
        self.assertEqual(case.close_note, "He pays us directly")
        self.assertEqual(case.stage_id.name, "First demand")
        self.assertGreaterEqual(case.handed_on, TODAY)
