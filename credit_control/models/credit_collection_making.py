"""Handing over: cases from items, and items that are added to a case."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CreditCollectionCase(models.Model):
    """``_create_cases`` is for people, ``_make`` for services (a dunning level).

    Both take the items of any number of customers, branches and currencies: one case
    each. The number of queries is the same for one case and for fifty.
    """

    _inherit = "credit.collection.case"

    # -- making ---------------------------------------------------------------------
    @api.model
    def _create_cases(self, items, hand_over=True, **values):
        """Cases over what is open of ``items``.

        :param hand_over: False leaves them prepared: they rest in dunning already
        :param values: kind, agent_id, fee_pct, user_id, reference, note
        :raise UserError: for items that are not open or in a case already
        """
        self.browse().check_access("create")
        items.check_access("read")
        if not items:
            raise UserError(self.env._("Choose at least one open item."))
        cases = self._make(
            [
                (group, {"user_id": self.env.uid} | values)
                for group in self._split_items(items)
            ]
        )
        if hand_over:
            cases._hand_over()
        return cases.with_env(self.env)

    @api.model
    def _split_items(self, items):
        """The items by customer, root company and currency, the oldest first."""
        # sudo: whose they are; the caller has checked the reader
        groups = items.sudo().grouped(
            lambda item: (
                item.partner_id.commercial_partner_id,
                item.company_id.root_id,
                item.currency_id,
            )
        )
        return [
            group.sorted(lambda item: (item.date_maturity or item.date, item.id))
            for group in groups.values()
        ]

    @api.model
    def _make(self, wanted):
        """One prepared case per (items, values) of ``wanted``; see ``_split_items``.

        :raise UserError: for items that are not open or in a case already
        """
        mixin = self.env["credit.item.mixin"]
        Item = self.env["account.move.line"]
        everything = Item.union(*(items for items, _values in wanted))
        self._check_collected_once(everything)
        names = self._get_numbers(len(wanted))
        vals_list = []
        for name, (items, values) in zip(names, wanted, strict=True):
            items = items.with_prefetch(everything.ids)  # read together
            partner, company, currency = mixin._check_open_items(items)
            vals_list.append(
                {
                    "name": name,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "currency_id": currency.id,
                    "line_ids": [
                        Command.create(self._prepare_line_vals(item))
                        for item in items.sudo()  # sudo: their figures
                    ],
                }
                | values
            )
        # sudo: what is handed over is measured, not typed
        cases = self.sudo().create(vals_list)
        cases.line_ids._take_over()
        return cases

    def _prepare_line_vals(self, item):
        return {
            "move_line_id": item.id,
            "move_id": item.move_id.id,
            "name": item.move_name,
            "date": item.move_id.invoice_date or item.date,
            "due": item.date_maturity or item.date,
            "amount": item.amount_residual_currency,
            "is_open": True,
            "rests": True,
        }

    @api.model
    def _check_collected_once(self, items):
        taken = (
            self.env["credit.collection.case.line"]
            .sudo()  # sudo: another company's accountant may have been first
            .search([("move_line_id", "in", items.ids), ("is_open", "=", True)])
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(items)s is in collection already, see %(cases)s. Leave it out, "
                    "or recall that case first.",
                    items=", ".join(taken.mapped(lambda line: line.name or "")[:5]),
                    cases=", ".join(taken.case_id.mapped("name")[:5]),
                )
            )

    @api.model
    def _get_numbers(self, count):
        """Numbers for ``count`` cases: one query, where the sequence is a plain one."""
        # sudo: whoever hands over need not read sequences
        Sequence = self.env["ir.sequence"].sudo()
        sequence = Sequence.search(
            [
                ("code", "=", self._name),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [Sequence.next_by_code(self._name) for _number in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]

    # -- handing over ---------------------------------------------------------------
    def action_hand_over(self):
        """The case leaves the house: what is open is measured, the deadline runs."""
        self.check_access("write")
        self._hand_over()
        return True

    def _hand_over(self):
        """:raise UserError: without somebody to hand over to, or nothing open"""
        for case in self:
            if case.state != "draft":
                raise UserError(
                    self.env._("%s is handed over already.", case.display_name)
                )
            if not case.agent_id and case.kind != "court":
                raise UserError(
                    self.env._(
                        "%s: choose the lawyer or agency that gets it (field Handed "
                        "To).",
                        case.display_name,
                    )
                )
        cases = self.sudo()  # sudo: written by buttons and services only
        cases.line_ids._measure()
        cases._drop_settled()
        facts = cases._read_facts()
        today = fields.Date.today()
        for case in cases:
            case.write(
                {
                    "state": "open",
                    "handed_on": today,
                    "handed_by": self.env.uid,
                    "stage_id": case.stage_id.id,
                    "company_rate": facts[case.id].pop("company_rate"),
                }
                | facts[case.id]
            )
        cases._remind_owner()
        cases._message_log_batch(
            {
                case.id: self.env._(
                    "Handed over: %(amount)s, %(count)s items.",
                    amount=case.currency_id.format(case.amount),
                    count=len(case.line_ids),
                )
                for case in cases
            }
        )

    def _drop_settled(self):
        """What was paid since the case was prepared is not handed over."""
        for case in self:
            paid = case.line_ids.filtered(
                lambda line: line.currency_id.compare_amounts(line.amount, 0) <= 0
            )
            if not paid:
                continue
            if paid == case.line_ids:
                raise UserError(
                    self.env._(
                        "Nothing of %s is open any more. Delete the case.",
                        case.display_name,
                    )
                )
            names = ", ".join(paid.mapped(lambda line: line.name or ""))
            paid.unlink()
            case._message_log(
                body=self.env._("Not handed over, because paid meanwhile: %s", names)
            )

    # -- items of a case ------------------------------------------------------------
    def _add_items(self, items):
        """More items of the same customer; in a case handed over they count from now.

        :raise UserError: for items of another customer, company or currency
        """
        self.ensure_one()
        self.check_access("write")
        items.check_access("read")
        if self.state == "closed":
            raise UserError(self.env._("%s is closed.", self.display_name))
        found = self.env["credit.item.mixin"]._check_open_items(items)
        if found != (self.partner_id, self.company_id, self.currency_id):
            raise UserError(
                self.env._(
                    "Add items of %(customer)s in %(currency)s. Others need a case of "
                    "their own.",
                    customer=self.partner_id.display_name,
                    currency=self.currency_id.name,
                )
            )
        self._check_collected_once(items)
        case = self.sudo()  # sudo: written by this method only
        before = case.line_ids
        case.write(
            {
                "ready": False,
                "line_ids": [
                    Command.create(self._prepare_line_vals(item))
                    for item in items.sudo()  # sudo: their figures
                ],
            }
        )
        added = case.line_ids - before
        if case.state == "open":
            added._measure()
        case._message_log(
            body=self.env._(
                "Items added: %s", ", ".join(added.mapped(lambda li: li.name or ""))
            )
        )

    # -- what was known then --------------------------------------------------------
    def _read_facts(self):
        """``{case id: vals}``: customer and file as they are at the hand-over."""
        keys = {(case.partner_id.id, case.company_id.id) for case in self}
        Files = self.env["credit.file"].sudo()  # sudo: kept for later, see the groups
        files = Files._for_customers(list(keys))
        positions = Files._get_positions(keys)
        broken = self.env["credit.promise"]._count_broken(list(keys))
        disputes = self._count_disputes()
        levels = self._read_levels()
        today = fields.Date.today()
        facts = {}
        for case in self:
            key = (case.partner_id.id, case.company_id.id)
            position, file = positions[key], files.get(key, Files)
            facts[case.id] = {
                "company_rate": self.env["credit.exposure"]._convert(
                    1.0,
                    case.currency_id,
                    case.company_id.currency_id,
                    case.company_id,
                ),
                "then_overdue_days": max(
                    ((today - line.due).days for line in case.line_ids if line.due),
                    default=0,
                ),
                "then_level": levels.get(case.id, 0),
                "then_broken_promises": broken.get(key, 0),
                "then_disputes": disputes.get(key, 0),
                "then_state": file.state,
                "then_grade_id": file.grade_id.id,
                "then_score": file.score,
                "then_currency_id": position.currency.id,
                "then_limit": position.figures.limit or 0.0,
                "then_exposure": position.exposure.total,
            }
        return facts

    def _count_disputes(self):
        groups = self.env["credit.dispute"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "open"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        return {(partner.id, company.id): n for partner, company, n in groups}

    def _read_levels(self):
        """``{case id: the highest dunning level that an item of it was sent}``"""
        self.env["credit.dunning.notice.line"].flush_model()
        self.env["credit.collection.case.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.case_id, max(past.level_number)
                  FROM credit_collection_case_line line
                  JOIN credit_dunning_notice_line past
                    ON past.move_line_id = line.move_line_id AND past.sent
                 WHERE line.case_id = ANY(%s) GROUP BY line.case_id
                """,
                self.ids,
            )
        )
        return dict(rows)
