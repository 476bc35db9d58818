"""What came of a contact: reached, no answer, promised …"""

from datetime import timedelta

from odoo import fields, models

SATURDAY = 5


class CreditContactResult(models.Model):
    """A result that people choose when they log a contact; companies add their own."""

    _name = "credit.contact.result"
    _description = "Result of a Contact"
    _order = "sequence, id"

    name = fields.Char("Result", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    reacted = fields.Boolean(
        "Customer Reacted",
        help="The customer was spoken to, or answered: it ends the days without "
        "reaction in the worklist.",
    )
    next_days = fields.Integer(
        "Next After (days)",
        help="Proposed for the next contact, counted from today and moved from a "
        "weekend to Monday. 0: none is proposed.",
    )
    opens = fields.Selection(
        [("promise", "Promise to Pay"), ("dispute", "Dispute")],
        "Then Opens",
        help="What is entered next, once the contact is logged.",
    )

    _next_days_positive = models.Constraint(
        "CHECK (next_days >= 0)",
        "The days to the next contact cannot be negative. Enter 0 or more.",
    )

    def _get_next_date(self, today):
        """When to try again, never on a weekend; False when nothing is proposed."""
        if not self.next_days:
            return False
        day = today + timedelta(days=self.next_days)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return day
