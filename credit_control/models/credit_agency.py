"""Agencies that rate companies, each on a scale of its own."""

import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

from ..tools.ratings import Band, Scale, find_band


class CreditAgency(models.Model):
    """An agency, its scale, and how long a rating of it holds.

    Numbers run from ``best`` to ``worst``, whichever is greater; letters are the bands
    in their order, the best first. ``code`` names the agency in scorecards:
    ``rating_<code>_pct``.
    """

    _name = "credit.agency"
    _description = "Rating Agency"
    _order = "sequence, name, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short name in scorecards: small letters, digits and underscores.",
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    scale = fields.Selection(
        [("number", "Numbers"), ("letter", "Letters")], default="number", required=True
    )
    best = fields.Float("Best Value", default=100)
    worst = fields.Float("Worst Value")
    valid_months = fields.Integer(
        "Valid For (months)",
        default=12,
        help="How long a rating holds that names no end. 0: until the next one.",
    )
    band_ids = fields.One2many("credit.agency.band", "agency_id", "Bands", copy=True)
    website = fields.Char()
    note = fields.Text("About the Scale", translate=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "Another agency has this code already. Choose another one.",
    )
    _valid_positive = models.Constraint(
        "CHECK (valid_months >= 0)",
        "Valid For cannot be negative. Enter 0 for ratings without an end.",
    )

    @api.constrains("code")
    def _check_code(self):
        for agency in self:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", agency.code):
                raise ValidationError(
                    self.env._(
                        "Code %(code)s: use small letters, digits and underscores, "
                        "beginning with a letter.",
                        code=agency.code,
                    )
                )

    @api.constrains("scale", "best", "worst", "band_ids")
    def _check_scale(self):
        for agency in self:
            # shipped data bring the agency first, then its letters
            loading = self.env.uid == SUPERUSER_ID and not agency.band_ids
            if agency._get_scale().is_sound or loading:
                continue
            if agency.scale == "letter":
                raise ValidationError(
                    self.env._(
                        "%(agency)s: enter at least two different letters as bands, "
                        "the best first.",
                        agency=agency.name,
                    )
                )
            raise ValidationError(
                self.env._(
                    "%(agency)s: best and worst value are both %(value)s. Enter two "
                    "different numbers.",
                    agency=agency.name,
                    value=agency.best,
                )
            )

    def _get_scale(self) -> Scale:
        self.ensure_one()
        if self.scale == "letter":
            return Scale(letters=tuple(band.letter or "" for band in self.band_ids))
        return Scale(best=self.best, worst=self.worst)

    def _describe_scale(self):
        """From which to which value, for messages."""
        self.ensure_one()
        if self.scale == "letter":
            return ", ".join(self.band_ids.mapped(lambda band: band.letter or ""))
        return self.env._(
            "%(best)g (best) to %(worst)g (worst)", best=self.best, worst=self.worst
        )

    def _find_band(self, value):
        """The band of a value of the scale; empty where none holds it."""
        bands = self.band_ids
        if self.scale == "letter":
            return bands.filtered(
                lambda band: (band.letter or "").upper() == str(value).upper()
            )[:1]
        at = find_band([Band(b.value_from, b.value_to) for b in bands], value)
        return bands[at] if at is not None else bands.browse()


class CreditAgencyBand(models.Model):
    """A stretch of a scale with its meaning and, where published, the probability of
    default within a year."""

    _name = "credit.agency.band"
    _description = "Band of a Rating Scale"
    _order = "sequence, id"

    agency_id = fields.Many2one(
        "credit.agency", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Meaning", required=True, translate=True)
    letter = fields.Char()
    value_from = fields.Float("From")
    value_to = fields.Float("To")
    pd_from_pct = fields.Float("Default From (%)", digits=(16, 2))
    pd_to_pct = fields.Float(
        "Default To (%)",
        digits=(16, 2),
        help="How many of 100 companies of the band default within a year, at most.",
    )
    has_pd = fields.Boolean("Default Published")

    _pd_range = models.Constraint(
        "CHECK (pd_from_pct >= 0 AND pd_to_pct <= 100 AND pd_from_pct <= pd_to_pct)",
        "The probability of default goes from 0 to 100, the smaller one first.",
    )


class CreditAgencyNumber(models.Model):
    """Under which number an agency knows a customer."""

    _name = "credit.agency.number"
    _description = "Number at an Agency"
    _order = "agency_id, id"
    _rec_name = "number"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    file_id = fields.Many2one(
        "credit.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    agency_id = fields.Many2one(
        "credit.agency", required=True, check_company=True, ondelete="restrict"
    )
    number = fields.Char(required=True)

    # Also the reader of imports: whose number is it?
    _number_unique = models.UniqueIndex(
        "(agency_id, company_id, number)",
        "Another customer has this number at the agency already.",
    )
    _file_unique = models.UniqueIndex(
        "(file_id, agency_id)",
        "This customer has a number at the agency already. Change that one.",
    )
