"""Checks of public registries, dated and with their result."""

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength
from stdnum.exceptions import ValidationError as NumberError

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

#: Registries of China, which know a company by its unified social credit code.
CHINESE = frozenset({"gsxt", "zxgk", "creditchina"})


class CreditRegistryResult(models.Model):
    """What a registry may say; which of it is a knock-out is for the credit manager."""

    _name = "credit.registry.result"
    _description = "Registry Result"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    is_knockout = fields.Boolean(
        "Knock-out", help="Scorecards cap the grade, and the file shows a warning."
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "Another result has this code already. Choose another one."
    )


class CreditRegistryCheck(models.Model):
    """One look into a registry. The newest check of each registry counts; a knock-out
    counts until a newer check of the same registry says otherwise, however old it is.

    A knock-out stops no order by itself: scorecards and people draw the conclusion.
    """

    _name = "credit.registry.check"
    _description = "Registry Check"
    _inherit = ["credit.evidence"]
    _order = "date desc, id desc"
    _evidence_key = ("file_id", "registry", "date")

    corrects_id = fields.Many2one(
        "credit.registry.check",
        "Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date = fields.Date(
        "Checked On", required=True, default=fields.Date.context_today, index=True
    )
    registry = fields.Selection(
        [
            ("gsxt", "National Enterprise Credit Information (China)"),
            ("zxgk", "Court Enforcement Information (China)"),
            ("creditchina", "Credit China"),
            ("other", "Other registry"),
        ],
        required=True,
        default="gsxt",
    )
    code = fields.Char(
        "Registration Number",
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        help="In China the unified social credit code of 18 characters.",
    )
    result_ids = fields.Many2many(
        "credit.registry.result", string="Results", required=True
    )
    is_knockout = fields.Boolean(
        "Knock-out", compute="_compute_is_knockout", store=True
    )
    is_current = fields.Boolean(
        "Newest", compute="_compute_is_current", search="_search_is_current"
    )

    # Reader: the newest check of each registry (_newest_sql).
    _newest_idx = models.Index("(file_id, registry, date DESC, id DESC) WHERE active")

    @api.depends("file_id", "registry")
    def _compute_code(self):
        """What the contact says, where it is such a number."""
        for check in self:
            if check.code or check.registry not in CHINESE:
                continue
            partner = check.file_id.partner_id
            known = [partner.company_registry, partner.vat]
            check.code = next(
                (uscc.compact(n) for n in known if uscc.is_valid(n or "")), False
            )

    @api.depends("result_ids.is_knockout")
    def _compute_is_knockout(self):
        for check in self:
            check.is_knockout = any(check.result_ids.mapped("is_knockout"))

    @api.depends("date", "registry", "file_id", "active")
    def _compute_is_current(self):
        current = self._origin.filtered_domain(self._search_is_current("in", [True]))
        for check in self:
            check.is_current = check._origin in current

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = Domain("id", "in", self._get_current(SQL("TRUE")).ids)
        return current if True in value else ~current

    @api.constrains("code", "registry")
    def _check_code(self):
        for check in self:
            if check.registry in CHINESE and check.code:
                self._check_uscc(check.code)

    @api.model
    def _check_uscc(self, code):
        """:raise ValidationError: when ``code`` is no unified social credit code, with
        what is wrong with it"""
        try:
            uscc.validate(code)
        except InvalidLength as error:
            raise ValidationError(
                self.env._(
                    "%(code)s has %(length)s characters. A unified social credit code "
                    "has 18: copy it from the business licence.",
                    code=code,
                    length=len(uscc.compact(code)),
                )
            ) from error
        except InvalidChecksum as error:
            raise ValidationError(
                self.env._(
                    "%(code)s: the last character does not fit the others, so at least "
                    "one of them is wrong. Compare with the business licence.",
                    code=code,
                )
            ) from error
        except NumberError as error:
            raise ValidationError(
                self.env._(
                    "%(code)s is no unified social credit code: it begins with 8 "
                    "digits and has no I, O, S, V or Z.",
                    code=code,
                )
            ) from error

    @api.constrains("result_ids", "date")
    def _check_results(self):
        today = fields.Date.context_today(self)
        for check in self:
            if not check.result_ids:
                raise ValidationError(
                    self.env._("Choose at least one result, such as Normal.")
                )
            if check.date > today:
                raise ValidationError(
                    self.env._(
                        "Checked On %(day)s is in the future. Enter the day of the "
                        "check.",
                        day=check.date,
                    )
                )

    # -- what others ask --------------------------------------------------------------
    @api.model
    def _get_current(self, where, date=None):
        """The newest check of each file and registry up to ``date``; one query, and
        three to read them."""
        self.flush_model(["file_id", "registry", "date", "active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (file_id, registry) id FROM credit_registry_check
                 WHERE active AND date <= %s AND %s
                 ORDER BY file_id, registry, date DESC, id DESC
                """,
                date or fields.Date.context_today(self),
                where,
            )
        )
        checks = self.browse([row[0] for row in rows])
        # read for all together, before others take them apart
        checks.mapped("result_ids.name")
        return checks

    @api.model
    def _get_knockouts(self, files, date=None):
        """``{file_id: checks}`` with a knock-out, of the newest of each registry."""
        if not files:
            return {}
        current = self._get_current(SQL("file_id = ANY(%s)", files.ids), date)
        knockouts = current.filtered("is_knockout").grouped("file_id")
        return {file.id: checks for file, checks in knockouts.items()}

    def _describe(self):
        """The result in words: "judgment debtor (2026-06-01)"."""
        self.ensure_one()
        names = ", ".join(self.result_ids.mapped("name"))
        return f"{names} ({self.date})"

    def _get_summary(self):
        return ", ".join(self.result_ids.mapped("name"))

    def _says_other(self, vals):
        """Results are commands ``[(6, 0, ids)]``."""
        wanted = {
            found for command in vals.get("result_ids", ()) for found in command[2]
        }
        return (
            bool(wanted)
            and wanted != set(self.result_ids.ids)
            or (super()._says_other(vals))
        )
