"""The log of contacts: who spoke to which customer, and what came of it."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

KINDS = [
    ("call", "Call"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("message", "Message"),
    ("visit", "Visit"),
    ("meeting", "Meeting"),
    ("portal", "Online"),
]
DIRECTIONS = [("out", "From us"), ("in", "From the customer")]
#: What an entry may be about; each belongs to the same customer and company.
LINKS = ("notice_id", "promise_id", "dispute_id")
#: What people say of a contact; the rest is set by the log itself.
TYPED = frozenset(
    {
        "partner_id",
        "company_id",
        "contact_id",
        "date",
        "kind",
        "direction",
        "result_id",
        "note",
        "next_date",
        "next_action",
        "attachment_ids",
        *LINKS,
    }
)


class CreditContact(models.Model):
    """One call, mail, visit … with a customer, kept per commercial partner and root
    company, as credit files are.

    Entries are written once. A wrong one is corrected by a new one that says why
    (credit_contact_correction.py), and stays readable. ``next_date`` makes an activity
    for the collector and the *resubmission* in the worklist (credit_contact_next.py).

    ``_log`` makes entries for any number of customers with a fixed number of queries::

        env["credit.contact"]._log(partners, company, no_answer, next_date=tomorrow)
    """

    _name = "credit.contact"
    _description = "Contact With a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ["partner_id.complete_name", "note"]
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
        ondelete="cascade",
    )
    contact_id = fields.Many2one(
        "res.partner", "Spoken To", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users",
        "Logged By",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    date = fields.Datetime(
        "When", required=True, readonly=True, default=fields.Datetime.now
    )
    day = fields.Date(
        required=True, readonly=True, help="The date where the contact was made."
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="call")
    direction = fields.Selection(
        DIRECTIONS, required=True, readonly=True, default="out"
    )
    result_id = fields.Many2one(
        "credit.contact.result",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    reacted = fields.Boolean(
        "Customer Reacted", readonly=True, help="As the result said at that time."
    )
    note = fields.Text(readonly=True)
    next_date = fields.Date("Next Contact", readonly=True)
    next_action = fields.Char("What Next", readonly=True)
    notice_id = fields.Many2one(
        "credit.dunning.notice",
        "Reminder",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    promise_id = fields.Many2one(
        "credit.promise",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    dispute_id = fields.Many2one(
        "credit.dispute",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Attachments", readonly=True
    )
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("corrected", "Corrected"),
            ("withdrawn", "Withdrawn"),
        ],
        default="valid",
        required=True,
        readonly=True,
    )

    # Readers: the last contact of a customer (worklist), and the last one before a
    # payment (credit.collector.figure).
    _last_idx = models.Index(
        "(partner_id, company_id, day DESC, id DESC) WHERE state = 'valid'"
    )
    # Reader: the last reaction of a customer (worklist).
    _reacted_idx = models.Index(
        "(partner_id, company_id, day DESC) WHERE state = 'valid' AND reacted"
    )

    @api.depends("partner_id.name", "day", "result_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for contact in self:
            contact.display_name = self.env._(
                "%(customer)s, %(day)s: %(result)s",
                customer=contact.partner_id.name,
                day=contact.day,
                result=contact.result_id.name,
            )

    # -- rights -----------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Log contacts; people log their own only.

        :raise UserError: for dates, links and contacts that make no sense
        """
        partner_ids = {vals["partner_id"] for vals in vals_list if "partner_id" in vals}
        # read together what is asked of each below
        self.env["res.partner"].browse(partner_ids).fetch(["commercial_partner_id"])
        contacts = super(
            CreditContact, self.with_context(mail_create_nolog=True)
        ).create([self._prepare_vals(vals) for vals in vals_list])
        contacts = contacts.with_env(self.env)
        contacts._check_sense()
        contacts._take_attachments()
        contacts._set_next()
        contacts._refresh_work()
        return contacts

    def write(self, vals):
        if not self.env.su:
            technical = ("message_", "activity_", "my_activity_", "website_message")
            if any(not name.startswith(technical) for name in vals):
                raise AccessError(
                    self.env._(
                        "An entry of the contact log stays as it was written. Use "
                        "Correct: it makes a new entry and asks for the reason."
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("An entry of the contact log stays. Correct it instead.")
        )

    # -- making ---------------------------------------------------------------------
    @api.model
    def _log(self, partners, company, result, **values):
        """One entry per customer: ``partners`` are customers or their contacts.

        :param values: kind, direction, date, note, next_date, next_action, links
        """
        return self.create(
            [
                values
                | {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "result_id": result.id,
                }
                for partner in partners
            ]
        )

    def _prepare_vals(self, vals):
        """The entry that is kept: of the customer and the root company, by whoever
        logs it, on the day where he is."""
        if not self.env.su:
            if strange := vals.keys() - TYPED - {"user_id"}:
                raise AccessError(
                    self.env._(
                        "%(fields)s of a contact cannot be set by hand.",
                        fields=", ".join(sorted(strange)),
                    )
                )
            if vals.get("user_id", self.env.uid) != self.env.uid:
                raise AccessError(self.env._("Log your own contacts only."))
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        company = self.env["res.company"].browse(vals.get("company_id"))
        result = self.env["credit.contact.result"].browse(vals.get("result_id"))
        date = fields.Datetime.to_datetime(vals.get("date")) or fields.Datetime.now()
        customer = partner.commercial_partner_id
        prepared = {"user_id": self.env.uid} | vals
        return prepared | {
            "partner_id": customer.id,
            "contact_id": vals.get("contact_id")
            or (partner != customer and partner.id),
            # sudo: a user of a branch logs for its root
            "company_id": (company or self.env.company).sudo().root_id.id,
            "date": date,
            "day": fields.Date.context_today(self, date),
            "reacted": vals.get("direction") == "in" or result.reacted,
        }

    def _check_sense(self):
        now = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        for contact in self:
            if contact.date > now:
                raise UserError(
                    self.env._(
                        "A contact is logged once it took place. For what is still to "
                        "be done use Next Contact."
                    )
                )
            if contact.next_date and contact.next_date < contact.day:
                raise UserError(
                    self.env._(
                        "Next Contact %(next)s is before the contact of %(day)s. "
                        "Choose a later day.",
                        next=contact.next_date,
                        day=contact.day,
                    )
                )
            # sudo: whose contact it is, for people who see some customers only
            person = contact.sudo().contact_id
            if person and person.commercial_partner_id != contact.sudo().partner_id:
                raise UserError(
                    self.env._(
                        "%(person)s is no contact of %(customer)s.",
                        person=person.name,
                        customer=contact.partner_id.name,
                    )
                )
            contact._check_links()

    def _check_links(self):
        """What an entry is about is the same customer's, and its author reads it."""
        for name in LINKS:
            if link := self[name]:
                link.check_access("read")
                link = link.sudo()  # sudo: a branch user may not read the root
                if (link.partner_id, link.company_id) != (
                    self.partner_id,
                    self.sudo().company_id,
                ):
                    raise UserError(
                        self.env._(
                            "%(link)s is not about %(customer)s.",
                            link=link.display_name,
                            customer=self.partner_id.name,
                        )
                    )

    def _take_attachments(self):
        """Files just uploaded by the author hang on his entry; files of other records
        are only named, and stay readable to those who read those records."""
        for contact in self:
            own = contact.attachment_ids.filtered(
                lambda file: file.create_uid == self.env.user and not file.res_id
            )
            if own:
                # sudo: uploaded by the author a moment ago
                own.sudo().write({"res_model": self._name, "res_id": contact.id})

    def _refresh_work(self):
        """Their rows of the worklist say so at once."""
        Work = self.env["credit.dunning.work"].sudo()  # sudo: measured for everybody
        for company, contacts in self.sudo().grouped("company_id").items():
            listed = Work.search(
                Domain("company_id", "=", company.id)
                & Domain("partner_id", "in", contacts.partner_id.ids)
            )
            if listed:
                Work._refresh(company, listed.partner_id.ids)
