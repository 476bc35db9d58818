from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .credit_review import EDITABLE, KINDS

#: What people say about a point.
TYPED = frozenset({"done", "note", "attachment_ids", "sequence"})


class CreditReviewTemplate(models.Model):
    """The checklist of a kind of review, for some grades or for all.

    For one review the most specific template counts: one for the kind before one for
    every kind, one that names the grade before one for every grade, one of the company
    before a shared one.
    """

    _name = "credit.review.template"
    _description = "Checklist of Credit Reviews"
    _order = "sequence, id"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, help="Empty: every kind.")
    grade_ids = fields.Many2many(
        "credit.grade", string="Grades", help="Empty: whatever the grade."
    )
    company_id = fields.Many2one(
        "res.company", index=True, domain=[("parent_id", "=", False)]
    )
    item_ids = fields.One2many(
        "credit.review.template.item", "template_id", string="Checklist", copy=True
    )
    plan_id = fields.Many2one(
        "mail.activity.plan",
        "Activity Plan",
        domain=[("res_model", "=", "credit.review")],
        ondelete="set null",
        help="Its activities are scheduled when the review begins.",
    )

    @api.model
    def _get_templates(self, companies):
        """All that may be meant, for ``_get_for``."""
        # sudo: whoever makes the review
        return self.sudo().search([("company_id", "in", [False, *companies.ids])])

    def _get_for(self, kind, grade, company):
        """Of these templates the one for a review; empty where there is none."""
        fitting = self.filtered(
            lambda one: (
                one.kind in (False, kind)
                and (not one.grade_ids or grade in one.grade_ids)
                and one.company_id in (company, company.browse())
            )
        )
        return fitting.sorted(
            lambda one: (
                not one.kind,
                not one.grade_ids,
                not one.company_id,
                one.sequence,
                one.id,
            )
        )[:1]

    def _prepare_items(self):
        """The points of a new review."""
        return [
            {
                "name": item.name,
                "help": item.help,
                "mandatory": item.mandatory,
                "sequence": item.sequence,
                "template_item_id": item.id,
            }
            for item in self.item_ids
        ]


class CreditReviewTemplateItem(models.Model):
    _name = "credit.review.template.item"
    _description = "Point of a Checklist Template"
    _order = "sequence, id"

    template_id = fields.Many2one(
        "credit.review.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Point", required=True, translate=True)
    help = fields.Text("How", translate=True)
    mandatory = fields.Boolean(help="The review is not approved without it.")


class CreditReviewItem(models.Model):
    """One point of the checklist: done by whom, when, with which evidence."""

    _name = "credit.review.item"
    _description = "Point of a Credit Review"
    _order = "sequence, id"

    review_id = fields.Many2one(
        "credit.review", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True)
    template_item_id = fields.Many2one(
        "credit.review.template.item", readonly=True, ondelete="set null"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Point", required=True)
    help = fields.Text("How", readonly=True)
    mandatory = fields.Boolean()
    done = fields.Boolean()
    done_by = fields.Many2one("res.users", readonly=True)
    done_on = fields.Datetime(readonly=True)
    note = fields.Char()
    attachment_ids = fields.Many2many("ir.attachment", string="Evidence")

    @api.model_create_multi
    def create(self, vals_list):
        """People add points of their own; the template's come with the review."""
        if self.env.su:
            return super().create(vals_list)
        for vals in vals_list:
            if strange := set(vals) - TYPED - {"review_id", "name", "mandatory"}:
                self._refuse(strange)
        items = super().create([self._stamp(dict(vals)) for vals in vals_list])
        items._check_editable()
        items._own_attachments()
        return items

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        allowed = set(TYPED)
        if not any(item._is_of_template() for item in self):
            allowed |= {"name", "mandatory"}
        self.check_access("write")
        if strange := set(vals) - allowed:
            self._refuse(strange)
        self._check_editable()
        result = super().write(self._stamp(dict(vals)))
        self._own_attachments()
        return result

    def action_toggle(self):
        """Done, or not yet after all: in one click."""
        for item in self:
            item.done = not item.done

    @api.ondelete(at_uninstall=False)
    def _unlink_own_only(self):
        if self.env.su:
            return
        self._check_editable()
        if any(item._is_of_template() for item in self):
            raise UserError(
                self.env._(
                    "A point of the checklist stays. Say in its note why it does not "
                    "apply."
                )
            )

    def _is_of_template(self):
        """Made with the review, so that its text and weight are not the team's."""
        return bool(self.template_item_id) or self.create_uid != self.env.user

    def _stamp(self, vals):
        """Who ticked a point, and when."""
        if "done" in vals:
            done = bool(vals["done"])
            vals["done_by"] = self.env.uid if done else False
            vals["done_on"] = fields.Datetime.now() if done else False
        return vals

    def _refuse(self, names):
        raise AccessError(
            self.env._(
                "%(fields)s of a point of the checklist cannot be set by hand.",
                fields=", ".join(sorted(names)),
            )
        )

    def _check_editable(self):
        for item in self:
            if item.review_id.state not in EDITABLE:
                raise UserError(
                    self.env._(
                        "%(review)s is submitted or decided: its checklist does not "
                        "change any more.",
                        review=item.review_id.name,
                    )
                )

    def _own_attachments(self):
        """Evidence just uploaded hangs on its point and is read by who reads that."""
        for item in self:
            own = item.attachment_ids.filtered(
                lambda file: file.create_uid == self.env.user and not file.res_id
            )
            if own:
                # sudo: uploaded by the author a moment ago
                own.sudo().write({"res_model": self._name, "res_id": item.id})
