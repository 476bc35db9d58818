"""Ratings of customers by agencies."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .optional_fields import OptionalFloat, OptionalMonetary

ACTIVITY = "credit_control.mail_activity_type_evidence"


class CreditRating(models.Model):
    """What an agency says of a customer, from a day until another.

    A rating holds until its end or until the next one of the same agency: an old good
    one never comes back when a newer bad one ends. ``_get_valid`` answers for any
    number of files with two queries::

        env["credit.rating"]._get_valid(files)[file.id]  # one rating per agency
    """

    _name = "credit.rating"
    _description = "External Rating"
    _inherit = ["credit.evidence"]
    _order = "date_from desc, id desc"
    _evidence_date = "date_from"
    _evidence_key = ("file_id", "agency_id", "date_from")

    corrects_id = fields.Many2one(
        "credit.rating",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    agency_id = fields.Many2one(
        "credit.agency",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    value = fields.Char("Rating", required=True, help="As the agency writes it.")
    position_pct = fields.Float(
        "Position (0–100)",
        digits=(16, 1),
        compute="_compute_position",
        store=True,
        aggregator="avg",
        help="0 is the worst value of the agency's scale, 100 the best.",
    )
    band_id = fields.Many2one(
        "credit.agency.band",
        "Meaning",
        compute="_compute_position",
        store=True,
        ondelete="set null",
    )
    pd_range = fields.Char("Default Within a Year", compute="_compute_pd_range")
    pd_pct = OptionalFloat(
        "Default Stated (%)",
        digits=(16, 2),
        aggregator="avg",
        help="The probability of default within a year, where the report states it.",
    )
    date_from = fields.Date(
        "Rated On", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(
        "Valid To",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
        ondelete="restrict",
    )
    recommended_limit = OptionalMonetary()
    reminded_on = fields.Date(readonly=True, copy=False)
    is_valid = fields.Boolean(
        "Valid Today", compute="_compute_is_valid", search="_search_is_valid"
    )

    # Reader: the newest rating of each agency for many files (_get_valid). Unique:
    # importing the same list twice, or twice at once, makes one rating.
    _day_unique = models.UniqueIndex(
        "(file_id, agency_id, date_from) WHERE active",
        "This customer has a rating of the agency of this day already. Correct that "
        "one instead.",
    )
    # Reader: the daily reminder.
    _remind_idx = models.Index("(date_to) WHERE active AND reminded_on IS NULL")

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The rating cannot end before it starts. Correct 'Rated On' or 'Valid To'.",
    )
    _pd_pct_range = models.Constraint(
        "CHECK (pd_pct IS NULL OR pd_pct BETWEEN 0 AND 100)",
        "The probability of default is a percentage from 0 to 100.",
    )
    _limit_positive = models.Constraint(
        "CHECK (recommended_limit IS NULL OR recommended_limit >= 0)",
        "The recommended limit cannot be negative. Leave it empty if there is none.",
    )

    # -- computes ---------------------------------------------------------------------
    @api.depends("agency_id", "value")
    def _compute_position(self):
        """As the scale is when the rating comes in; a changed scale changes no rating
        that was entered before."""
        for rating in self:
            rating.position_pct, rating.band_id = 0.0, False
            if not rating.agency_id or not rating.value:
                continue
            scale = rating.agency_id._get_scale()
            try:
                rating.position_pct = scale.position_pct(rating.value)
                rating.band_id = rating.agency_id._find_band(scale.parse(rating.value))
            except ValueError:
                continue  # _check_value says so

    @api.depends("band_id")
    def _compute_pd_range(self):
        for rating in self:
            band = rating.band_id
            rating.pd_range = band.has_pd and (
                f"{band.pd_from_pct:g} %"
                if band.pd_from_pct == band.pd_to_pct
                else f"{band.pd_from_pct:g}–{band.pd_to_pct:g} %"
            )

    @api.depends("agency_id", "date_from")
    def _compute_date_to(self):
        for rating in self:
            months = rating.agency_id.valid_months
            rating.date_to = (
                months and rating.date_from + relativedelta(months=months, days=-1)
                if rating.date_from
                else False
            )

    @api.depends("date_from", "date_to", "active", "agency_id")
    def _compute_is_valid(self):
        valid = self._origin.filtered_domain(self._search_is_valid("in", [True]))
        for rating in self:
            rating.is_valid = rating._origin in valid

    def _search_is_valid(self, operator, value):
        """Valid is what counts: the newest of its agency, not ended."""
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        self._flush_dates()
        newest = self.env.execute_query(self._newest_sql(today, SQL("TRUE")))
        valid = Domain("id", "in", [row[0] for row in newest]) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", today)
        )
        return valid if True in value else ~valid

    @api.depends("agency_id.name", "value", "date_from", "file_id")
    def _compute_display_name(self):
        for rating in self:
            rating.display_name = (
                f"{rating.file_id.display_name or ''}, {rating.agency_id.name or ''} "
                f"{rating.value or ''}, {rating.date_from or ''}"
            )

    @api.constrains("agency_id", "value", "date_from")
    def _check_value(self):
        today = fields.Date.context_today(self)
        for rating in self:
            try:
                rating.agency_id._get_scale().parse(rating.value)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(value)s is not on the scale of %(agency)s: %(scale)s.",
                        value=rating.value,
                        agency=rating.agency_id.name,
                        scale=rating.agency_id._describe_scale(),
                    )
                ) from error
            if rating.date_from > today:
                raise ValidationError(
                    self.env._(
                        "Rated On %(day)s is in the future. Enter the day of the "
                        "report.",
                        day=rating.date_from,
                    )
                )

    # -- what others ask --------------------------------------------------------------
    @api.model
    def _get_valid(self, files, date=None):
        """``{file_id: ratings}`` that count on ``date`` (today), one per agency at
        most; files without one are left out. One query, one more to read them."""
        if not files:
            return {}
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        self._flush_dates()
        ids = self.env.execute_query(
            self._newest_sql(date, SQL("file_id = ANY(%s)", files.ids))
        )
        newest = self.browse([row[0] for row in ids])
        valid = newest.filtered(
            lambda rating: not rating.date_to or rating.date_to >= date
        )
        return {file.id: ratings for file, ratings in valid.grouped("file_id").items()}

    @api.model
    def _newest_sql(self, date, where) -> SQL:
        """Ids of the newest rating of each file and agency up to ``date``."""
        return SQL(
            """
            SELECT DISTINCT ON (file_id, agency_id) id FROM credit_rating
             WHERE active AND date_from <= %s AND %s
             ORDER BY file_id, agency_id, date_from DESC
            """,
            date,
            where,
        )

    def _flush_dates(self):
        self.flush_model(["file_id", "agency_id", "date_from", "date_to", "active"])

    @api.model_create_multi
    def create(self, vals_list):
        """A new rating ends the reminder about the one before."""
        ratings = super().create(vals_list)
        older = self.sudo().search(  # sudo: reminders are nobody's own
            [
                ("file_id", "in", ratings.file_id.ids),
                ("agency_id", "in", ratings.agency_id.ids),
                ("reminded_on", "!=", False),
                ("id", "not in", ratings.ids),
            ]
        )
        pairs = {(rating.file_id, rating.agency_id) for rating in ratings.sudo()}
        older.filtered(
            lambda old: (old.file_id, old.agency_id) in pairs
        ).activity_unlink([ACTIVITY])
        return ratings

    # -- reminder ---------------------------------------------------------------------
    @api.model
    def _cron_remind(self):
        """Tell the responsible of each file, once, that a rating is about to end."""
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_rating_remind_days", ">", 0)]
        )
        for company in companies:
            until = today + relativedelta(days=company.credit_rating_remind_days)
            ending = self.search(
                Domain("company_id", "=", company.id)
                & Domain("is_valid", "=", True)
                & Domain("reminded_on", "=", False)
                & Domain("date_to", "<=", until)
                & Domain("file_id.state", "!=", "closed")
            )
            ending._remind()

    def _remind(self):
        """An activity each; a file that nobody looks after waits for somebody."""
        kind = self.env.ref(ACTIVITY)
        model = self.env["ir.model"]._get(self._name)
        owned = self.filtered(lambda rating: rating._get_responsible())
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "res_model_id": model.id,
                    "res_id": rating.id,
                    "user_id": rating._get_responsible().id,
                    "date_deadline": rating.date_to,
                    "summary": rating._get_reminder(),
                }
                for rating in owned
            ]
        )
        owned.reminded_on = fields.Date.context_today(self)

    def _get_responsible(self):
        """Who looks after the file, else who collected the rating."""
        people = (self.file_id.user_id, self.user_id, self.create_uid)
        return next(
            (user for user in people if user.active and not user.share),
            self.env["res.users"],
        )

    def _get_reminder(self):
        return self.env._(
            "%(agency)s %(value)s of %(customer)s ends on %(day)s: get a new one",
            agency=self.agency_id.name,
            value=self.value,
            customer=self.file_id.display_name,
            day=self.date_to,
        )

    def _get_summary(self):
        return f"{self.agency_id.name} {self.value}"
