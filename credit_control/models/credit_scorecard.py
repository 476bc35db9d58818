"""Written, versioned standards of assessment: which card holds for whom."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.scoring import MEAN, SUM, Card
from .credit_file import COMPANY_SIZES

#: Written by methods only.
STATE_FIELDS = frozenset(
    {
        "state",
        "activated_on",
        "activated_by",
        "retired_on",
        "origin_id",
        "version",
        "drift_psi",
        "drift_on",
    }
)
#: What a customer must be for a card to be meant for him.
SEGMENTS = ("country_ids", "industry_ids", "category_ids", "company_size")


class CreditScorecard(models.Model):
    """A scorecard: criteria with bands and points, for a segment of the customers.

    Draft, then active, then retired. What is or was active never changes again, with
    all its criteria and bands, so that every score can be followed later; a new
    version starts as a copy. Of the cards that are meant for a customer, the most
    specific one scores him, then the one valid from the latest day.
    """

    _name = "credit.scorecard"
    _description = "Scorecard"
    _inherit = ["mail.thread", "credit.scoped"]
    _order = "state, sequence, name, version desc, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        domain=[("parent_id", "=", False)],
        index="btree_not_null",
        help="Empty: the card is for every company.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    origin_id = fields.Many2one(
        "credit.scorecard",
        "First Version",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, copy=False, tracking=True
    )
    activated_on = fields.Datetime(readonly=True, copy=False)
    activated_by = fields.Many2one("res.users", readonly=True, copy=False)
    retired_on = fields.Date(readonly=True, copy=False)
    kind = fields.Selection(
        [("expert", "Expert"), ("statistical", "Statistical")],
        default="expert",
        required=True,
        readonly=True,
    )
    scale = fields.Selection(
        [
            (MEAN, "Weighted mean of the points"),
            (SUM, "Base plus the sum of the points"),
        ],
        default=MEAN,
        required=True,
        help="Weighted mean: Σ(weight × points) ÷ Σ weight, so that points from 0 to "
        "100 make a score from 0 to 100 whatever the weights add up to.",
    )
    base_points = fields.Float(digits=(16, 4))
    country_ids = fields.Many2many("res.country", string="Countries")
    industry_ids = fields.Many2many("res.partner.industry", string="Industries")
    category_ids = fields.Many2many("res.partner.category", string="Tags")
    company_size = fields.Selection(COMPANY_SIZES)
    segment = fields.Char("Meant For", compute="_compute_segment")
    description = fields.Html(translate=True)
    criterion_ids = fields.One2many(
        "credit.scorecard.criterion", "scorecard_id", "Criteria", copy=True
    )
    floor_ids = fields.One2many(
        "credit.scorecard.floor", "scorecard_id", "Grades of This Card", copy=True
    )
    weight_total = fields.Float("Sum of Weights", compute="_compute_weight_total")
    score_count = fields.Integer("Scores", compute="_compute_score_count")

    _version_unique = models.UniqueIndex(
        "(COALESCE(origin_id, id), version)",
        "There is such a version of this card already. Try again.",
    )

    # -- computes -----------------------------------------------------------------
    @api.depends("name", "version")
    def _compute_display_name(self):
        for card in self:
            card.display_name = self.env._(
                "%(card)s, version %(version)s",
                card=card.name or "",
                version=card.version,
            )

    @api.depends(*SEGMENTS)
    @api.depends_context("lang")
    def _compute_segment(self):
        sizes = dict(self._fields["company_size"]._description_selection(self.env))
        for card in self:
            parts = [
                ", ".join(card[name].mapped("display_name"))
                for name in SEGMENTS[:-1]
                if card[name]
            ]
            if card.company_size:
                parts.append(sizes[card.company_size])
            card.segment = " · ".join(parts) or self.env._("All customers")

    @api.depends("criterion_ids.weight")
    def _compute_weight_total(self):
        for card in self:
            card.weight_total = sum(card.criterion_ids.mapped("weight"))

    def _compute_score_count(self):
        groups = self.env["credit.score"]._read_group(
            [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
        )
        counts = {card.id: count for card, count in groups}
        for card in self:
            card.score_count = counts.get(card.id, 0)

    # -- what never changes ---------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(STATE_FIELDS & vals.keys() for vals in vals_list):
            self._refuse_state()
        return super().create(vals_list)

    def write(self, vals):
        """:raise UserError: for a card that is or was active"""
        if STATE_FIELDS & vals.keys() and not self.env.su:
            self._refuse_state()
        followed = self.env["mail.thread"]._fields.keys()
        if vals.keys() - STATE_FIELDS - followed - {"sequence"}:
            self._check_draft()
        return super().write(vals)

    def _refuse_state(self):
        raise AccessError(
            self.env._(
                "State and version of a scorecard follow from its buttons: use "
                "Activate, Retire or New Version."
            )
        )

    def _check_draft(self):
        """:raise UserError: whoever asks, the system included"""
        if frozen := self.filtered(lambda card: card.state != "draft")[:1]:
            raise UserError(
                self.env._(
                    "%(card)s is or was active: scores were made with it, so it stays "
                    "as it is, with its criteria and bands. Make a new version.",
                    card=frozen.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        self._check_draft()

    def copy(self, default=None):
        copies = super().copy(default)
        for card, copy in zip(self, copies, strict=True):
            first = card.origin_id or card
            versions = self.search(
                ["|", ("id", "=", first.id), ("origin_id", "=", first.id)]
            )
            # sudo: the version follows from the copying
            copy.sudo().write(
                {
                    "origin_id": first.id,
                    "version": max(versions.mapped("version")) + 1,
                }
            )
        return copies

    # -- buttons --------------------------------------------------------------------
    def action_new_version(self):
        """Open a draft that starts as this card is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.copy().id,
            "views": [(False, "form")],
        }

    def action_activate(self):
        """From its day on the card scores the customers it is meant for; an older one
        for the same customers retires on that day."""
        self.check_access("write")
        for card in self:
            card._check_draft()
            card._check_complete()
        # sudo: the state follows from the button
        self.sudo().write(
            {
                "state": "active",
                "activated_on": fields.Datetime.now(),
                "activated_by": self.env.uid,
            }
        )
        self._retire_superseded()
        self.env["credit.file"]._rescore_soon()

    def action_retire(self):
        """The card scores nobody any more; the scores it has made stay."""
        self.check_access("write")
        for card in self:
            if card.state != "active":
                raise UserError(
                    self.env._(
                        "%(card)s is not active: there is nothing to retire.",
                        card=card.display_name,
                    )
                )
        self._retire()

    @api.readonly
    def action_try(self):
        """See whom the card would grade how, before it is activated."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try on Customers"),
            "res_model": "credit.scorecard.trial",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scorecard_id": self.id},
        }

    @api.readonly
    def action_open_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_control.credit_score_action"
        )
        return action | {"domain": [("scorecard_id", "=", self.id)]}

    # -- business -------------------------------------------------------------------
    def _retire(self):
        # sudo: the state follows from the button, or from a newer card
        self.sudo().write({"state": "retired", "retired_on": fields.Date.today()})

    @api.model
    def _retire_superseded(self):
        """Retire the cards in whose place a newer one is valid by now: for the same
        company and exactly the same customers."""
        today, newest = fields.Date.today(), {}
        cards = self.sudo().search(
            [("state", "=", "active"), ("valid_from", "<=", today)],
            order="valid_from, activated_on, id",
        )
        for card in cards:
            key = (card.company_id, *(card[name] for name in SEGMENTS))
            if older := newest.get(key):
                older._retire()
            newest[key] = card

    def _check_complete(self):
        """:raise UserError: naming what the card still needs"""
        self.ensure_one()
        if not self.criterion_ids:
            raise UserError(
                self.env._("%(card)s has no criteria yet.", card=self.display_name)
            )
        for criterion in self.criterion_ids:
            missing = criterion.band_ids.filtered("missing")
            if len(missing) != 1 or criterion.band_ids == missing:
                raise UserError(
                    self.env._(
                        "%(criterion)s needs one band for missing data and at least "
                        "one for values.",
                        criterion=criterion.name,
                    )
                )
        if self.scale == MEAN and self.weight_total <= 0:
            raise UserError(
                self.env._("The weights add up to nothing: give a criterion a weight.")
            )

    def _get_card(self, company=None) -> Card:
        """The card for ``tools.scoring``; ids of grades are the caps.

        A cap at a grade that is not proposed (archived, of another company, without a
        floor on this card) is one at the best grade that is no better than it.
        """
        self.ensure_one()
        company = company or self.company_id or self.env.company.root_id
        Grade = self.env["credit.grade"].with_context(active_test=False)
        listed = Grade.browse(grade_id for grade_id, _ in self._get_floors(company))
        listed = listed.sorted(lambda grade: (grade.sequence, grade.id))
        caps = {
            grade.id: next(
                (one.id for one in listed if one.sequence >= grade.sequence),
                listed[-1:].id,
            )
            for grade in self.criterion_ids.band_ids.cap_grade_id - listed
        }
        criteria = tuple(
            criterion._get_criterion(caps) for criterion in self.criterion_ids
        )
        return Card(criteria, self.scale, self.base_points)

    def _get_floors(self, company) -> list[tuple[int, float]]:
        """``[(grade_id, score from)]``: of the card, else what the grades say."""
        self.ensure_one()
        if self.floor_ids:
            return [(floor.grade_id.id, floor.floor) for floor in self.floor_ids]
        grades = self.env["credit.grade"].search(
            [("company_id", "in", (False, company.id))], order="sequence desc, id desc"
        )
        return [(grade.id, grade.score_floor) for grade in grades]

    @api.model
    def _get_cards(self, files, day=None):
        """``{file_id: scorecard}`` of the cards in force; files that no card is meant
        for are left out. A constant number of queries."""
        day = day or fields.Date.today()
        # sudo: scored alike for every viewer
        cards = self.sudo().search(
            [("state", "=", "active"), ("valid_from", "<=", day)],
            order="valid_from desc, activated_on desc, id desc",
        )
        found = {}
        for file in files.sudo() if cards else ():
            fitting = [card for card in cards if card._is_meant_for(file)]
            if fitting:  # of equal ones the first: max keeps the order
                found[file.id] = max(fitting, key=lambda card: card._get_rank())
        return found

    def _is_meant_for(self, file) -> bool:
        partner = file.partner_id
        return (
            (not self.company_id or self.company_id == file.company_id)
            and (not self.country_ids or partner.country_id in self.country_ids)
            and (not self.industry_ids or partner.industry_id in self.industry_ids)
            and (not self.category_ids or bool(partner.category_id & self.category_ids))
            and (not self.company_size or self.company_size == file.company_size)
        )

    def _get_rank(self) -> int:
        """How specific a card is: what it asks of a customer, then its company."""
        return 2 * sum(bool(self[name]) for name in SEGMENTS) + bool(self.company_id)

    @api.model
    def _activate_shipped(self, xmlid):
        """The first card that an installation ever has, so that scores are there on
        day one; never again once a card was active."""
        if not self.search_count([("state", "!=", "draft")], limit=1):
            card = self.env.ref(xmlid)
            card._check_complete()
            card.sudo().write(
                {"state": "active", "activated_on": fields.Datetime.now()}
            )


class CreditScorecardFloor(models.Model):
    """From which score of this card on a grade is proposed, where the card has another
    scale than the grades' own floors."""

    _name = "credit.scorecard.floor"
    _inherit = ["credit.scorecard.part"]
    _description = "Grade of a Scorecard"
    _order = "floor desc, id"

    scorecard_id = fields.Many2one(
        "credit.scorecard", required=True, ondelete="cascade", index=True
    )
    grade_id = fields.Many2one("credit.grade", required=True, ondelete="restrict")
    floor = fields.Float("Score From", digits=(16, 2))

    _grade_unique = models.Constraint(
        "UNIQUE (scorecard_id, grade_id)", "Name every grade once."
    )
