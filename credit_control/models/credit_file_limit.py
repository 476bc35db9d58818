"""How the limit of a credit file changes: always by a line of its journal."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

#: The fields of the file that are the image of the permanent limit in force.
IMAGE = ("limit_mode", "credit_limit", "currency_id", "limit_date_to")


class CreditFile(models.Model):
    """Limits of a file.

    Truth is the journal (``credit.limit.line``); ``limit_mode``, ``credit_limit``,
    ``currency_id`` and ``limit_date_to`` of the file are its stored image: the newest
    permanent line that has begun. ``write`` on these fields makes the line, so that
    form, import and RPC leave the same trace; a job brings the image up to date when
    a planned line begins. What counts today is read from the lines themselves
    (``_get_limit_facts``), job or no job.
    """

    _inherit = "credit.file"

    @api.model_create_multi
    def create(self, vals_list):
        """A file may be born with its limit; else it takes over the limit that the
        contact carried before (see credit_file_native)."""
        openings = [self._split_limit(vals) for vals in map(dict, vals_list)]
        for rest, limit, _reason in openings:
            self._complete_company(rest, limit)
        files = super().create([rest for rest, _limit, _reason in openings])
        for file, (_rest, limit, reason) in zip(files, openings, strict=True):
            if limit.get("limit_mode", "inherit") == "inherit":
                file._take_over_native()
            else:
                reason = reason or file.env._("Opening limit")
                file._change_limit(limit, reason)
        active = self._credit_active_company_ids()
        if any(file.company_id.id not in active for file in files):
            self._reset_credit_active()
        return files

    def write(self, vals):
        """A change of the limit needs ``limit_reason`` in the same values.

        :raise ValidationError: when the reason is missing; nothing is changed then
        """
        rest, limit, reason = self._split_limit(dict(vals))
        result = super().write(rest)
        for file in self if limit else ():
            if changed := file._differs(limit):
                file._change_limit({name: limit[name] for name in changed}, reason)
        return result

    def _write_image(self, vals):
        """Write the image of the limit without making a line: for the journal."""
        # pylint: disable=super-method-mismatch  # past our own write
        return super().write(vals)

    def _split_limit(self, vals):
        """``(other values, limit values, reason)``"""
        reason = vals.pop("limit_reason", None)
        limit = {name: vals.pop(name) for name in IMAGE if name in vals}
        if limit.get("credit_limit") and "limit_mode" not in limit:
            limit["limit_mode"] = "amount"
        return vals, limit, reason

    def _complete_company(self, vals, limit):
        """Branches keep their files at the root, in its currency unless told."""
        Company = self.env["res.company"]
        company = Company.browse(vals.get("company_id")) or self.env.company
        vals["company_id"] = company.root_id.id
        vals["currency_id"] = limit.get("currency_id") or company.root_id.currency_id.id

    def _change_limit(self, limit, reason):
        """Set the limit from values of the image; what is not named stays."""
        image = {name: limit.get(name, self[name]) for name in IMAGE}
        currency = image["currency_id"]
        if isinstance(currency, int):
            currency = self.env["res.currency"].browse(currency)
        importing = self.env.context.get("import_file")  # only tells where it came from
        self._set_limit(
            image["limit_mode"],
            image["credit_limit"],
            reason=reason,
            date_to=image["limit_date_to"]
            if image["limit_mode"] != "inherit"
            else None,
            currency=currency,
            source="import" if importing else "manual",
        )

    def _set_limit(
        self,
        mode,
        amount=0.0,
        *,
        reason,
        date_from=None,
        date_to=None,
        kind="permanent",
        source="manual",
        currency=None,
        review=None,
    ):
        """Grant a limit: the one way in which limits come into being.

        :param mode: inherit | amount | unlimited | none
        :param date_from: first day, today unless given
        :param date_to: last day; a temporary limit needs one
        :param kind: permanent (replaces the limit) | temporary (adds to it)
        :param review: the ``credit.review`` that it comes from
        :return: the ``credit.limit.line``
        :raise AccessError: when the user may not set limits
        :raise ValidationError: naming the field and the remedy
        """
        vals = {
            "kind": kind,
            "mode": mode,
            "amount": amount if mode == "amount" else 0.0,
            "currency_id": (currency or self.currency_id).id,
            "date_from": fields.Date.to_date(date_from) or fields.Date.today(),
            "date_to": fields.Date.to_date(date_to) or None,
            "reason": reason,
            "source": source,
            "review_id": review.id if review else False,
        }
        if error := self._get_limit_error(vals, amount or 0.0):
            raise ValidationError(
                self.env._(
                    "%(customer)s: %(error)s", customer=self.display_name, error=error
                )
            )
        self._check_limit_authority(vals)
        return self._add_limit_line(**vals)

    def _add_limit_line(self, *, reason, **vals):
        """Write a checked line into the journal and let the file show it."""
        self.ensure_one()
        self._check_may_set_limit()
        if not (reason := (reason or "").strip()):
            raise ValidationError(
                self.env._(
                    "%(customer)s: say why the credit limit changes, in the field "
                    "Limit Reason (limit_reason).",
                    customer=self.display_name,
                )
            )
        vals |= {"file_id": self.id, "reason": reason, "approved_by": self.env.uid}
        # sudo: nobody has a right on the journal, it is only written here
        line = self.env["credit.limit.line"].sudo().create(vals)
        if line.kind == "permanent" and line.date_from <= fields.Date.today():
            self._show_limit(line)
        else:
            # sudo: the note belongs to the decision, which was allowed
            self.sudo()._message_log(body=f"{line._describe()}: {line.reason}")
        # lists and filters show the new limit at once, not after the next job
        self._refresh_snapshot(self)
        return line

    # -- checks -----------------------------------------------------------------
    def _check_may_set_limit(self):
        if not self._may_decide():
            raise AccessError(
                self.env._(
                    "Only a credit approver may set the credit limit of "
                    "%(customer)s. It is kept on the credit file: ask an approver.",
                    customer=self.display_name,
                )
            )
        # a right in one company is none in another: lines are written with sudo
        self.check_access("write")

    def _get_limit_error(self, vals, amount):
        """What is wrong with a new line and what to do about it, or None."""
        env = self.env
        date_from, date_to = vals["date_from"], vals["date_to"]
        if amount < 0:
            return env._(
                "Credit Limit: %(amount)s is negative. Enter 0 or more, or choose the "
                "mode No credit.",
                amount=amount,
            )
        if date_to and date_to < date_from:
            return env._(
                "Limit Valid To: %(date_to)s lies before the first day %(date_from)s. "
                "Choose a later last day.",
                date_to=date_to,
                date_from=date_from,
            )
        return self._get_kind_error(vals, amount) or self._get_currency_error(vals)

    def _get_kind_error(self, vals, amount):
        if vals["kind"] == "permanent":
            current = self._get_line_in_force()
            if current and vals["date_from"] < current.date_from:
                return self.env._(
                    "Valid From: %(date_from)s lies before the limit that it replaces "
                    "(%(current)s). Leave it empty to start today.",
                    date_from=vals["date_from"],
                    current=current.date_from,
                )
            return None
        if vals["mode"] != "amount" or not amount:
            return self.env._(
                "Credit Limit: a temporary limit adds an amount. Enter one above 0."
            )
        if not vals["date_to"]:
            return self.env._(
                "Limit Valid To: a temporary limit needs its last day. Enter it."
            )
        return None

    def _get_currency_error(self, vals):
        currency = self.env["res.currency"].browse(vals["currency_id"]).exists()
        if not currency:
            return self.env._(
                "Limit Currency: this currency has been deleted. Choose another one."
            )
        if not currency.active:
            return self.env._(
                "Limit Currency: %(currency)s is archived. Activate it under Invoicing "
                "▸ Configuration ▸ Currencies, or choose another one.",
                currency=currency.name,
            )
        return None

    # -- the image ----------------------------------------------------------------
    def _get_line_in_force(self):
        """The permanent line that holds today, expired or not."""
        self.ensure_one()
        # sudo: part of the limit, which whoever asks may know
        return (
            self.env["credit.limit.line"]
            .sudo()
            .search(
                [
                    ("file_id", "=", self.id),
                    ("kind", "=", "permanent"),
                    ("date_from", "<=", fields.Date.today()),
                    ("ending_ids", "=", False),
                ],
                order="date_from desc, id desc",
                limit=1,
            )
        )

    def _show_limit(self, line):
        """Bring the image, and the contact, up to a permanent line that has begun."""
        # sudo: the right to set limits was checked, the file may be closed to writing
        file = self.sudo()
        file._track_set_log_message(line.reason)
        file._write_image(line._prepare_image_vals())
        file._push_native()

    @api.model
    def _cron_roll_limits(self):
        """Show planned limits that have begun since, and today's exchange rate on the
        contacts of files in a foreign currency. One query when nothing begins."""
        today = fields.Date.today()
        Line = self.env["credit.limit.line"]
        self.flush_model(IMAGE)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT file.id, line.id
                  FROM credit_file file
                  JOIN LATERAL (%(in_force)s) line ON TRUE
                 WHERE (file.limit_mode, COALESCE(file.credit_limit, 0),
                        file.currency_id, file.limit_date_to)
                       IS DISTINCT FROM
                       (line.mode, COALESCE(line.amount, 0),
                        line.currency_id, line.date_to)
                """,
                in_force=Line._in_force_sql(SQL("file.id"), today),
            )
        )
        for file_id, line_id in rows:
            file, line = self.browse(file_id), Line.browse(line_id)
            file._show_limit(line)
        self._refresh_native_rates()
