"""What a customer says and pays is noted in the cases that are open about him."""

from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.tools import SQL


class CreditCollectionCase(models.Model):
    """One plain note for a promise, dispute or payment, and for what came of it: the
    owner reads in the case what the lawyer must know. Nothing is noted where no case is
    handed over, and where none is anywhere nothing is asked either.
    """

    _inherit = "credit.collection.case"

    def write(self, vals):
        is_first = vals.get("state") == "open" and not self._is_any_open()
        result = super().write(vals)
        if is_first:  # other workers have noted a no
            self.env["credit.file"]._reset_credit_active()
        return result

    @api.model
    @tools.ormcache()
    def _is_any_open(self):
        """Is any claim in other hands? Paying asks this first."""
        self.flush_model(["state"])
        query = "SELECT 1 FROM credit_collection_case WHERE state = 'open' LIMIT 1"
        return bool(self.env.execute_query(SQL(query)))

    @api.model
    def _find_open(self, partners, company_ids):
        """``{(partner id, company id): cases handed over}``; one query."""
        if not partners or not self._is_any_open():
            return {}
        # sudo: whoever promises or pays need not read the cases
        cases = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "in", company_ids),
                ("state", "=", "open"),
            ]
        )
        return cases.grouped(lambda case: (case.partner_id.id, case.company_id.id))

    @api.model
    def _note(self, texts):
        """``{case id: [text]}``: one note for each case."""
        if texts:
            cases = self.sudo().browse(texts)  # sudo: a note, whoever caused it
            cases._message_log_batch(
                {id_: Markup("<br/>").join(said) for id_, said in texts.items()}
            )


class CreditItemMixin(models.AbstractModel):
    _inherit = "credit.item.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._tell_cases(is_new=True)
        return records

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        moved = self.filtered(lambda record: record.state != vals["state"])
        result = super().write(vals)
        moved._tell_cases()
        return result

    def _tell_cases(self, is_new=False):
        """Note these, as they are now, in the cases of their customers."""
        records = self.sudo()  # sudo: who says it may read little of it
        Case = self.env["credit.collection.case"]
        found = Case._find_open(records.partner_id, records.company_id.ids)
        texts = defaultdict(list)
        for record in records if found else ():
            key = (record.partner_id.id, record.company_id.id)
            for case in found.get(key, ()):
                texts[case.id].append(record._word_for_case(is_new))
        Case._note(texts)

    def _get_state_name(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]


class CreditPromise(models.Model):
    _inherit = "credit.promise"

    def _word_for_case(self, is_new):
        values = {
            "amount": self.currency_id.format(self.amount),
            "day": fields.Date.to_string(self.date),
            "items": ", ".join(self.line_ids.mapped(lambda li: li.move_id.name or "")),
        }
        if is_new:
            return self.env._("Promised: %(amount)s for %(day)s (%(items)s).", **values)
        return self.env._(
            "Promise of %(amount)s for %(day)s: %(state)s, %(paid)s paid.",
            state=self._get_state_name(),
            paid=self.currency_id.format(self.paid),
            **values,
        )


class CreditDispute(models.Model):
    _inherit = "credit.dispute"

    def _word_for_case(self, is_new):
        values = {
            "amount": self.currency_id.format(self.amount),
            "item": self.move_id.name or "",
            "reason": self.reason_id.name,
        }
        if is_new:
            return self.env._(
                "Disputed: %(amount)s of %(item)s, %(reason)s; to be settled by "
                "%(day)s.",
                day=fields.Date.to_string(self.deadline),
                **values,
            )
        return self.env._(
            "Dispute about %(amount)s of %(item)s: %(state)s, %(accepted)s accepted.",
            state=self._get_state_name(),
            accepted=self.currency_id.format(self.accepted_amount),
            **values,
        )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._tell_cases(
            lambda env, **values: env._(
                "%(amount)s of %(item)s settled by %(document)s of %(day)s; %(open)s "
                "still open.",
                **values,
            )
        )
        return partials

    def unlink(self):
        self._tell_cases(
            lambda env, **values: env._(
                "Taken back: %(amount)s of %(item)s, settled by %(document)s of "
                "%(day)s.",
                **values,
            )
        )
        return super().unlink()

    def _tell_cases(self, say):
        """Note money and credit notes on items that are in other hands.

        :param say: words it: amount, item, document, day, open
        """
        Case = self.env["credit.collection.case"]
        if not self or not Case._is_any_open():
            return
        # sudo: whoever books a payment need not read the cases
        lines = self.env["credit.collection.case.line"].sudo()
        lines = lines.search(
            [
                ("move_line_id", "in", self.debit_move_id.ids),
                ("is_open", "=", True),
                ("case_id.state", "=", "open"),
            ]
        )
        cases = {line.move_line_id.id: line.case_id for line in lines}
        texts = defaultdict(list)
        for partial in self.sudo().filtered("debit_amount_currency") if cases else ():
            item, paying = partial.debit_move_id, partial.credit_move_id
            if item.id in cases:
                currency = item.currency_id
                texts[cases[item.id].id].append(
                    say(
                        self.env,
                        amount=currency.format(partial.debit_amount_currency),
                        item=item.move_id.name,
                        document=paying.move_id.name,
                        day=fields.Date.to_string(paying.date),
                        open=currency.format(item.amount_residual_currency),
                    )
                )
        Case._note(texts)
