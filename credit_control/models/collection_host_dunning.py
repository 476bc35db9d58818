"""A dunning level hands its items over to collection, in the transaction that sends."""

from psycopg2.errors import UniqueViolation

from odoo import fields, models

from .credit_collection_stage import KINDS


class CreditDunningNotice(models.Model):
    """Sending a level whose effect is *Hand over to collection* makes the case.

    The items that take the level go into one case per notice, unless they are in one
    already: sending again, or two jobs at once, never makes a second. With a lawyer or
    agency on the level the case is handed over at once; else it is prepared, its items
    rest, and its owner chooses.
    """

    _inherit = "credit.dunning.notice"

    case_ids = fields.One2many("credit.collection.case", "notice_id", string="Cases")
    case_count = fields.Integer("Number of Cases", compute="_compute_case_count")

    def _compute_case_count(self):
        groups = self.env["credit.collection.case"]._read_group(
            [("notice_id", "in", self.ids)], ["notice_id"], ["__count"]
        )
        counts = {notice.id: count for notice, count in groups}
        for notice in self:
            notice.case_count = counts.get(notice.id, 0)

    def _mark_items(self, today):
        result = super()._mark_items(today)
        self._open_cases()
        return result

    def _make_activities(self):
        """The case has its own activity for whoever has to act."""
        # sudo: whoever sends may not read the cases
        cased = self.filtered(lambda notice: notice.sudo().case_ids)
        cased.write({"delivery_state": "done"})
        return super(CreditDunningNotice, self - cased)._make_activities()

    def _note_failure(self, error):
        """Somebody else was first with a case of one of the items."""
        result = super()._note_failure(error)
        name = isinstance(error, UniqueViolation) and error.diag.constraint_name
        if name and name.startswith("credit_collection_case_line"):
            self.write({"reason": "case"})
        return result

    def _open_cases(self):
        """The cases of these notices; a fixed number of queries for any number."""
        Case = self.env["credit.collection.case"].sudo()  # sudo: the level decided it
        wanted = self._prepare_cases()
        if not wanted:
            return Case
        cases = Case._make(wanted)
        given = cases.filtered(lambda case: case.agent_id or case.kind == "court")
        given._hand_over()
        (cases - given)._ask_whom()
        return cases

    def _prepare_cases(self):
        """[(items, values)]: what takes a step with that effect and is in no case."""
        lines = self.line_ids.filtered(
            lambda line: not line.removed and line.level_id.consequence == "case"
        )
        taken = (
            self.env["credit.collection.case.line"]
            .sudo()  # sudo: whoever made the case
            .search(
                [
                    ("move_line_id", "in", lines.move_line_id.ids),
                    ("is_open", "=", True),
                ]
            )
            .move_line_id
            if lines
            else lines.move_line_id
        )
        wanted = []
        for notice, of_notice in lines.grouped("notice_id").items():
            items = of_notice.move_line_id - taken
            level = max(of_notice.level_id, key=lambda level: level.number)
            if items:
                wanted.append((items, notice._prepare_case_vals(level)))
        return wanted

    def _prepare_case_vals(self, level):
        return {
            "kind": level.case_kind or dict(KINDS).get(self.channel) or "lawyer",
            "agent_id": level.case_agent_id.id,
            "fee_pct": level.case_fee_pct,
            "user_id": self._get_doer().id,
            "notice_id": self.id,
            "note": level.with_context(lang=self._get_doer().lang).script,
        }

    def action_open_cases(self):
        self.ensure_one()
        return self.case_ids._get_records_action(name=self.env._("Cases"))

    def action_collection_case(self):
        """Hand over what this reminder was about."""
        self.ensure_one()
        items = self.line_ids.filtered(lambda line: not line.removed).move_line_id
        wizard = self.env["credit.collection.wizard"]
        return wizard._open(
            self.partner_id, self.company_id, items._get_open_items(), notice=self
        )


class CreditDunningWork(models.Model):
    _inherit = "credit.dunning.work"

    def action_collection_case(self):
        """Hand the customer's overdue items over to lawyer, agency or court."""
        wizard = self.env["credit.collection.wizard"]
        currency = self.currency_id if len(self) == 1 else None
        return wizard._open(self.partner_id, self.company_id, currency=currency)

    def action_open_cases(self):
        self.ensure_one()
        return self.env["credit.collection.case"]._open_of(
            self.partner_id, self.company_id
        )
