from odoo import fields, models
from odoo.tools import format_date


class CreditReason(models.AbstractModel):
    """The catalogue: every reason the gate gives, in words, with its next step.

    ``_describe`` turns one measured reason (code and values, as a verdict or a hold
    stores them) into a text for the reader's language. Values are measured once and
    described as often as somebody looks, so a hold written in English reads in
    Chinese. To add a reason, write ``_text_<code>``; it returns (text, next step).
    """

    _name = "credit.reason"
    _description = "Catalogue of Credit Reasons"

    def _describe(self, reason, currency):
        """``{"code", "severity", "text", "next_step"}`` of one reason.

        :param reason: dict with ``code``, ``severity`` and ``values`` (a hold's JSON)
        :param currency: the limit's currency, in which money values are
        """
        describe = getattr(self, f"_text_{reason['code']}", self._text_other)
        text, next_step = describe(reason["values"], currency)
        return {
            "code": reason["code"],
            "severity": reason["severity"],
            "text": text,
            "next_step": next_step,
        }

    # -- figures in words ----------------------------------------------------------
    def _percent(self, value):
        return f"{value or 0.0:.1f}".rstrip("0").rstrip(".") + " %"

    def _date(self, value):
        return format_date(self.env, fields.Date.to_date(value)) if value else ""

    # -- one method per reason -----------------------------------------------------
    def _text_other(self, values, currency):
        return self.env._("The order does not meet a credit rule."), self.env._(
            "Ask the credit team for a release."
        )

    def _text_forced(self, values, currency):
        return (
            self.env._("The credit team has put this order on hold."),
            self.env._("Only the credit team can release it: ask for a decision."),
        )

    def _text_limit_used(self, values, currency):
        figures = {
            "used": currency.format(values["used"]),
            "order": currency.format(values["order"]),
            "after": currency.format(values["after"]),
            "limit": currency.format(values["limit"]),
            "excess": currency.format(max(0.0, values["excess"])),
        }
        if values["limit"] <= 0:
            text = self.env._(
                "This customer has no credit: %(used)s is used and the order needs "
                "%(order)s more.",
                **figures,
            )
        elif values["excess"] <= 0:
            text = self.env._(
                "With this order %(pct)s of the limit is used: %(after)s of %(limit)s.",
                pct=self._percent(values["after_pct"]),
                **figures,
            )
        elif values.get("ceiling") == "group":
            text = self.env._(
                "The shared limit of the credit group is exceeded by %(excess)s: "
                "%(used)s used plus %(order)s for this order is more than %(limit)s.",
                **figures,
            )
        else:
            text = self.env._(
                "The credit limit is exceeded by %(excess)s: %(used)s used plus "
                "%(order)s for this order is more than %(limit)s.",
                **figures,
            )
        return text, self._step_limit(values)

    def _step_limit(self, values):
        if values["excess"] <= 0:
            return self.env._("Plan the next order: little credit is left.")
        return self.env._(
            "Collect a payment, take a deposit, reduce the order, or ask for a release."
        )

    def _text_order_amount(self, values, currency):
        return (
            self.env._(
                "The order needs %(order)s of credit; one order may need up to "
                "%(threshold)s.",
                order=currency.format(values["order"]),
                threshold=currency.format(values["threshold"]),
            ),
            self.env._("Take a deposit, split the order, or ask for a release."),
        )

    def _text_overdue_days(self, values, currency):
        return (
            self.env._(
                "The oldest open item is %(days)s days past due; %(overdue)s is "
                "overdue in all.",
                days=values["days"],
                overdue=currency.format(values["overdue"]),
            ),
            self.env._("Ask the customer to pay the oldest items first."),
        )

    def _text_overdue_amount(self, values, currency):
        return (
            self.env._(
                "%(overdue)s is overdue; from %(threshold)s on orders are checked.",
                overdue=currency.format(values["overdue"]),
                threshold=currency.format(values["threshold"]),
            ),
            self.env._("Ask the customer to pay what is overdue."),
        )

    def _text_overdue_share(self, values, currency):
        return (
            self.env._(
                "%(share)s of the receivables is overdue (%(overdue)s).",
                share=self._percent(values["share_pct"]),
                overdue=currency.format(values["overdue"]),
            ),
            self.env._("Ask the customer to pay what is overdue."),
        )

    def _text_terms(self, values, currency):
        return (
            self.env._(
                "Payment in %(days)s days is longer than the %(granted)s days granted.",
                days=values["days"],
                granted=values["granted"],
            ),
            self.env._("Choose payment terms of up to the days granted."),
        )

    def _text_discount(self, values, currency):
        return (
            self.env._(
                "A cash discount of %(discount)s is above the %(granted)s granted.",
                discount=self._percent(values["discount_pct"]),
                granted=self._percent(values["granted"]),
            ),
            self.env._("Choose payment terms with a lower cash discount."),
        )

    def _text_limit_expired(self, values, currency):
        step = self.env._("Ask the credit team to review and renew the limit.")
        if not values.get("date_to"):
            return self.env._("The credit limit has no end date."), step
        return (
            self.env._(
                "The credit limit expired on %(date)s.",
                date=self._date(values["date_to"]),
            ),
            step,
        )

    def _text_review_overdue(self, values, currency):
        return (
            self.env._(
                "The credit review was due on %(date)s, %(days)s days ago.",
                date=self._date(values["date"]),
                days=values["days"],
            ),
            self.env._("Ask the credit team to review the customer."),
        )

    def _text_dunning_level(self, values, currency):
        return (
            self.env._(
                "An open item has reached dunning level %(level)s; from level "
                "%(threshold)s on orders are checked. %(overdue)s is overdue.",
                level=values["level"],
                threshold=max(1, int(values["threshold"])),
                overdue=currency.format(values["overdue"]),
            ),
            self.env._("Ask the customer to pay what he was reminded of."),
        )

    def _text_broken_promises(self, values, currency):
        return (
            self.env._(
                "The customer has broken %(count)s promises to pay within the past "
                "year; from %(threshold)s on orders are checked.",
                count=values["count"],
                threshold=max(1, int(values["threshold"])),
            ),
            self.env._("Sell against prepayment, or ask for a release."),
        )

    def _text_days_late(self, values, currency):
        return (
            self.env._(
                "The customer pays %(days)s days late on average; from %(threshold)s "
                "days on orders are checked.",
                days=f"{values['days']:g}",
                threshold=f"{values['threshold']:g}",
            ),
            self.env._("Agree on shorter terms or a prepayment, or ask for a release."),
        )

    def _text_deposit(self, values, currency):
        return (
            self.env._(
                "A deposit of %(pct)s is agreed with this customer: %(wanted)s, of "
                "which %(received)s has been received.",
                pct=self._percent(values["deposit_pct"]),
                wanted=currency.format(values["wanted"]),
                received=currency.format(values["received"]),
            ),
            self.env._(
                "Collect %(missing)s before delivery: send a down payment invoice, or "
                "the payment link of the quotation.",
                missing=currency.format(values["missing"]),
            ),
        )

    def _text_dunned_state(self, values, currency):
        """The state that a level of dunning has set: it ends with the payment."""
        figures = {
            "level": values["level"],
            "overdue": currency.format(values["overdue"]),
        }
        if values["state"] == "stop":
            text = self.env._(
                "Dunning has stopped this customer: level %(level)s is reached and "
                "%(overdue)s is overdue.",
                **figures,
            )
        else:
            text = self.env._(
                "This customer is being watched: dunning level %(level)s is reached "
                "and %(overdue)s is overdue.",
                **figures,
            )
        return text, self.env._("Ask the customer to pay what he was reminded of.")

    def _text_state(self, values, currency):
        if values.get("level"):
            return self._text_dunned_state(values, currency)
        texts = {
            "prospect": self.env._("No credit has been granted to this customer yet."),
            "watch": self.env._("This customer is being watched by the credit team."),
            "stop": self.env._("This customer has been stopped by the credit team."),
            "closed": self.env._("The credit file of this customer is closed."),
        }
        return (
            texts.get(values["state"], texts["watch"]),
            self.env._("Sell against prepayment, or ask the credit team."),
        )

    def _text_grade(self, values, currency):
        # sudo: sellers see the reason, but may not read grades
        grade = self.env["credit.grade"].sudo().browse(values["grade_id"]).exists()
        return (
            self.env._(
                "Orders of customers of grade %(grade)s need a decision.",
                grade=grade.code or "?",
            ),
            self.env._("Ask for a release."),
        )

    def _text_insurance(self, values, currency):
        return (
            self.env._("No credit insurance is in force for this customer."),
            self.env._("Ask the credit team for cover, or sell against prepayment."),
        )

    def _text_first_orders(self, values, currency):
        return (
            self.env._(
                "This is order number %(number)s of the customer; the first "
                "%(threshold)s need a decision.",
                number=values["number"],
                threshold=int(values["threshold"]),
            ),
            self.env._("Sell against prepayment, or ask for a release."),
        )

    # -- ways out ------------------------------------------------------------------
    def _describe_ways(self, ways, currency, order_currency, invoices):
        """The ways out as ``[{"code", "amount", "text"}]``, easiest first.

        :param ways: dict of ``tools.facts.Ways``
        :param invoices: names of the items in ``ways["invoice_ids"]``
        """
        found = []

        def add(code, amount, text):
            found.append({"code": code, "amount": amount, "text": text})

        if payment := ways["payment"]:
            text = self.env._(
                "A payment of %(amount)s on open items, oldest first, frees the order.",
                amount=currency.format(payment),
            )
            add("payment", payment, text)
        if invoices:
            text = self.env._(
                "Settling %(invoices)s frees the order.",
                invoices=", ".join(invoices[:5]) + ("…" if invoices[5:] else ""),
            )
            add("invoices", None, text)
        deposit = ways["deposit"]
        if deposit and ways["pay_first"]:
            text = self.env._(
                "Paid in full before delivery (%(amount)s), the order may go.",
                amount=order_currency.format(deposit),
            )
            add("prepay", deposit, text)
        elif deposit:
            text = self.env._(
                "With a deposit of %(amount)s the order may go.",
                amount=order_currency.format(deposit),
            )
            add("deposit", deposit, text)
        if largest := ways["largest_order"]:
            text = self.env._(
                "An order of up to %(amount)s may go.",
                amount=order_currency.format(largest),
            )
            add("order", largest, text)
        return found
