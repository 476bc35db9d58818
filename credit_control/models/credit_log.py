"""The log of credit decisions: written with the fact, never changed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.chain import canonical, digest, plain
from .loose_reference import LooseMany2one

EVENTS = [
    ("limit_set", "Limit set"),
    ("limit_temporary", "Temporary limit"),
    ("limit_ended", "Limit ended"),
    ("file_opened", "Credit file opened"),
    ("file_changed", "Credit file changed"),
    ("file_merged", "Credit files merged"),
    ("file_deleted", "Credit file deleted"),
    ("hold_opened", "Order held"),
    ("hold_forced", "Held by a person"),
    ("hold_changed", "Hold changed"),
    ("hold_released", "Order released"),
    ("hold_rejected", "Release refused"),
    ("hold_cancelled", "Hold ended"),
    ("hold_expired", "Release expired"),
    ("charge_waived", "Charge waived"),
    ("waiver_ended", "Waiver taken back"),
    ("case_opened", "Collection case made"),
    ("case_handed_over", "Handed over to collection"),
    ("case_closed", "Collection case closed"),
    ("case_recalled", "Collection case recalled"),
    ("case_reopened", "Collection case reopened"),
    ("review_submitted", "Review submitted"),
    ("review_signed", "Review signed"),
    ("review_returned", "Review returned to work"),
    ("review_approved", "Review approved"),
    ("review_rejected", "Review rejected"),
    ("review_changed", "Review changed"),
    ("score_overridden", "Score overridden"),
    ("override_ended", "Override ended"),
    ("alert_closed", "Alert closed"),
    ("settings_changed", "Settings changed"),
    ("created", "Created"),
    ("changed", "Changed"),
    ("deleted", "Deleted"),
    ("corrected", "Correction"),
]
#: What an entry says. Their canonical JSON is what is hashed.
FACTS = (
    "after",
    "before",
    "company_id",
    "company_name",
    "corrects_id",
    "date",
    "event",
    "file_id",
    "model",
    "partner_id",
    "partner_name",
    "reason",
    "res_id",
    "res_name",
    "user_id",
    "user_name",
)
#: Entries written by one INSERT.
BATCH = 1000
COLUMNS = (*FACTS, "digest")
#: Where the rows of a transaction wait, among the hooks before its commit.
PENDING = "credit_control.log"
#: Of a row that waits: (customer, company) whose file is not looked up yet.
FILE_KEY = "file_key"


def entry_text(values):
    """The canonical JSON of an entry, from the values of its columns."""
    return canonical({name: values[name] for name in FACTS})


class CreditLog(models.Model):
    """One entry for every decision about credit: who, when, which record, what it was
    before and after, and why. Written by ``_add`` in the transaction of the fact; the
    models that inherit ``credit.logged`` do so by themselves.

    Names are kept as text and ids without foreign keys: what happened stays readable
    when the user, customer or company of then is gone. An entry never waits for
    another one: its place in the chain of its company is given a moment later by a
    seal (``credit.log.seal``). Until then its own digest shows a change.
    """

    _name = "credit.log"
    _description = "Credit Log"
    _inherit = ["credit.append.only"]
    _order = "id desc"
    _rec_name = "res_name"

    date = fields.Datetime("When", required=True, readonly=True, index=True)
    event = fields.Selection(EVENTS, required=True, readonly=True)
    company_id = LooseMany2one(
        "res.company", readonly=True, help="Empty: it is about every company."
    )
    company_name = fields.Char("Company of Then", readonly=True)
    user_id = fields.Integer("User No.", readonly=True, aggregator=None)
    user_name = fields.Char("User", readonly=True)
    partner_id = fields.Integer("Customer No.", readonly=True, aggregator=None)
    partner_name = fields.Char("Customer", readonly=True)
    file_id = fields.Integer("Credit File No.", readonly=True, aggregator=None)
    model = fields.Char("Technical Name", required=True, readonly=True)
    res_id = fields.Integer("Record No.", readonly=True, aggregator=None)
    res_name = fields.Char("Record", readonly=True)
    before = fields.Json("Before (data)", readonly=True)
    after = fields.Json("After (data)", readonly=True)
    reason = fields.Text(readonly=True)
    corrects_id = fields.Integer("Corrects No.", readonly=True, aggregator=None)
    digest = fields.Char("Digest (SHA-256)", required=True, readonly=True)

    # Reader: the log of one credit file (credit.file.action_open_log).
    _file_idx = models.Index("(file_id, id) WHERE file_id IS NOT NULL")
    # Reader: the filter by customer, and by company.
    _partner_idx = models.Index("(partner_id, id) WHERE partner_id IS NOT NULL")
    # Reader: what a cover was before (credit.alerting._cover_then_sql).
    _record_idx = models.Index("(model, res_id, id)")
    # Reader: what corrects an entry (_compute_correction_ids).
    _corrects_idx = models.Index("(corrects_id) WHERE corrects_id IS NOT NULL")

    # -- writing --------------------------------------------------------------------
    @api.model
    def _add(self, event, records, before=None, after=None, reason=None, **values):
        """Write one entry per record, in the transaction of the fact: one INSERT.

        :param event: one of ``EVENTS``, or ``{record id: event}``
        :param before: values before, ``{name: value}``, or ``{record id: {…}}``; of
            any type: records as [number, name], dates and amounts as text
        :param after: values after, likewise
        :param reason: why; or ``{record id: why}``
        :param values: ``corrects_id``
        """
        about = self._get_about(records)
        known, rows = dict(EVENTS), []
        for record in records:
            own = [
                value.get(record.id)
                if isinstance(value, dict) and all(type(key) is int for key in value)
                else value
                for value in (event, before, after, reason)
            ]
            if own[0] not in known:
                raise ValueError(f"There is no event {own[0]!r} of the credit log.")
            rows.append(
                about[record.id]
                | {
                    "event": own[0],
                    "before": self._to_plain(own[1]),
                    "after": self._to_plain(own[2]),
                    "reason": str(own[3] or "").strip() or None,
                }
                | values
            )
        self._insert(rows)

    @api.model
    def _insert(self, rows):
        """Add rows, completed by who, when and digest.

        They are written together before the transaction commits, and before anybody
        reads the log in it: however many records a method changes one by one, it costs
        one INSERT. What is rolled back to a savepoint takes its rows along, since a
        savepoint of the host writes what was pending before it.
        """
        # sudo: whoever acts may not read users
        user = self.env.user.sudo()
        shared = {
            "date": fields.Datetime.now(),
            "user_id": user.id,
            "user_name": user.name,
            "corrects_id": None,
        }
        hooks = self.env.cr.precommit
        if rows and PENDING not in hooks.data:
            hooks.data[PENDING] = []
            hooks.add(self._write_pending)
        hooks.data.get(PENDING, []).extend(shared | row for row in rows)

    @api.model
    def _write_pending(self):
        """Write the rows that wait, in one INSERT for each ``BATCH``."""
        rows = self.env.cr.precommit.data.pop(PENDING, ())
        self._add_files(rows)
        rows = [self._prepare_columns(row) for row in rows]
        for start in range(0, len(rows), BATCH):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO credit_log (%s) VALUES %s",
                    SQL(", ").join(map(SQL.identifier, COLUMNS)),
                    SQL(", ").join(
                        SQL("%s", row) for row in rows[start : start + BATCH]
                    ),
                )
            )
        if rows:
            self.env["credit.log.seal"]._wake()

    @api.model
    def _add_files(self, rows):
        """The credit file of rows that know the customer only: one query."""
        keys = {row[FILE_KEY] for row in rows if row.get(FILE_KEY)}
        # sudo: see _get_about
        files = self.env["credit.file"].sudo()._for_customers(keys) if keys else {}
        for row in rows:
            if file := files.get(row.pop(FILE_KEY, None)):
                row["file_id"] = file.id

    @api.model
    def _prepare_columns(self, row):
        columns = row | {"digest": digest(entry_text(row))}
        for name in ("before", "after"):
            columns[name] = None if row[name] is None else canonical(row[name])
        return tuple(columns[name] for name in COLUMNS)

    def flush_model(self, fnames=None):
        self._write_pending()
        return super().flush_model(fnames)

    @api.model
    def _search(self, *args, **kwargs):
        self._write_pending()
        return super()._search(*args, **kwargs)

    @api.model
    def _to_plain(self, value):
        """As JSON keeps it; records as [number, name]."""
        if isinstance(value, models.BaseModel):
            # sudo: the name of then, whoever acts
            pairs = [[record.id, record.display_name] for record in value.sudo()]
            return pairs[0] if len(pairs) == 1 else pairs or None
        if isinstance(value, dict):
            return {str(key): self._to_plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._to_plain(item) for item in value]
        return plain(value)

    @api.model
    def _get_about(self, records):
        """``{record id: vals}``: record, company, customer and file of an entry."""
        found = {}
        # sudo: names of then, whoever acts
        records = records.sudo()
        for record in records:
            file = self._get_file(record)
            company = self._get_company(record) or file.company_id
            company = company.root_id
            partner = self._get_partner(record) or file.partner_id
            found[record.id] = {
                "company_id": company.id or None,
                "company_name": company.name or None,
                "partner_id": partner.id or None,
                "partner_name": partner.display_name or None,
                "file_id": file.id or None,
                "model": record._name,
                "res_id": record.id,
                "res_name": record.display_name or None,
            }
            if not file and partner and company and "file_id" not in record._fields:
                found[record.id][FILE_KEY] = (partner.id, company.id)
        return found

    @api.model
    def _get_file(self, record):
        """The credit file that a record is or names."""
        if record._name == "credit.file":
            return record
        if "file_id" in record._fields:
            return record.file_id
        return self.env["credit.file"]

    @api.model
    def _get_company(self, record):
        if record._name == "res.company":
            return record
        if "company_id" in record._fields:
            return record.company_id
        return self.env["res.company"]

    @api.model
    def _get_partner(self, record):
        if "partner_id" in record._fields:
            return record.partner_id.commercial_partner_id
        return self.env["res.partner"]

    @api.model
    def _get_text(self, row):
        """The canonical JSON of an entry, from the values of its columns."""
        return entry_text(row)

    # -- correcting -----------------------------------------------------------------
    @api.readonly
    def action_correct(self):
        """Ask what is right, and why the entry is wrong."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct an Entry"),
            "res_model": "credit.log.correct",
            "view_mode": "form",
            "target": "new",
            "context": {"default_entry_id": self.id},
        }

    def _correct(self, text, reason):
        """Add an entry that says what is right about this one; it stays as it is.

        :raise AccessError: for anybody but a credit manager
        :raise UserError: without text or reason
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("credit_control.group_credit_manager"):
            raise AccessError(
                self.env._("Only a credit manager corrects entries of the credit log.")
            )
        if not (text or "").strip() or not (reason or "").strip():
            raise UserError(self.env._("Say what is right, and why the entry is not."))
        copied = (
            "company_name",
            "file_id",
            "model",
            "partner_id",
            "partner_name",
            "res_id",
            "res_name",
        )
        self._insert(
            [
                {name: self[name] or None for name in copied}
                | {
                    "company_id": self._read_row()["company_id"],
                    "event": "corrected",
                    "before": {"entry": self.id, "digest": self.digest},
                    "after": {"correction": text.strip()},
                    "reason": reason.strip(),
                    "corrects_id": self.id,
                }
            ]
        )
        return self.search([("corrects_id", "=", self.id)], limit=1)

    def _read_row(self):
        """The columns of one entry, as they are stored."""
        return self.env.execute_query_dict(
            SQL("SELECT * FROM credit_log WHERE id = %s", self.id)
        )[0]
