"""Who gets a notice, in which language, and what to do without a usable address."""

from odoo import api, models
from odoo.tools import SQL


class CreditDunningNotice(models.Model):
    """The contact that the invoices name (one that is not simply the customer), else
    the billing address, else the customer; for e-mail the first of them with an
    address that is not blacklisted. Where none has one the notice becomes a letter,
    and a mail again where one is found before it is sent.
    """

    _inherit = "credit.dunning.notice"

    def _set_recipients(self):
        """Choose the recipients, at the proposal and again at sending.

        A recipient chosen by a person stays; without a usable address he gets a letter
        as well. Two UPDATEs for any number of notices.
        """
        self.flush_model()
        self.env["res.partner"].flush_model(
            ["email_normalized", "lang", "parent_id", "type", "active"]
        )
        self.env["mail.blacklist"].flush_model(["email", "active"])
        self.env["credit.dunning.level"].flush_model(["channel"])
        if self.ids:
            chosen = SQL("notice.id = ANY(%s)", self.ids)
            self.env.cr.execute(self._recipient_sql(chosen))
            self.env.cr.execute(self._letter_instead_sql(chosen))
            self.invalidate_recordset()

    @api.model
    def _recipient_sql(self, which: SQL) -> SQL:
        channel = SQL(
            "CASE WHEN notice.letter_instead THEN level.channel ELSE notice.channel END"
        )
        return SQL(
            """
            UPDATE credit_dunning_notice notice
               SET recipient_id = found.recipient_id, lang = found.lang,
                   channel = CASE WHEN found.letter THEN 'letter'
                                  ELSE found.channel END,
                   letter_instead = found.letter
              FROM (SELECT notice.id, %(channel)s AS channel, picked.*
                      FROM credit_dunning_notice notice
                      JOIN credit_dunning_level level ON level.id = notice.level_id
                     CROSS JOIN LATERAL (%(pick)s) AS picked
                     WHERE %(which)s AND notice.recipient_fixed IS NOT TRUE) AS found
             WHERE found.id = notice.id
            """,
            pick=self._pick_recipient_sql(
                SQL("notice.contact_id"), SQL("notice.partner_id"), channel
            ),
            channel=channel,
            which=which,
        )

    @api.model
    def _letter_instead_sql(self, which: SQL) -> SQL:
        return SQL(
            """
            UPDATE credit_dunning_notice notice
               SET channel = 'letter', letter_instead = TRUE
              FROM res_partner partner
             WHERE partner.id = notice.recipient_id AND notice.channel = 'email'
               AND notice.recipient_fixed AND NOT %s AND %s
            """,
            self._usable_sql(),
            which,
        )

    @api.model
    def _usable_sql(self) -> SQL:
        """Can ``partner`` get an e-mail?"""
        return SQL(
            """
            (coalesce(partner.email_normalized, '') <> ''
             AND NOT EXISTS (
                SELECT FROM mail_blacklist bad
                 WHERE bad.active AND bad.email = partner.email_normalized))
            """
        )

    @api.model
    def _pick_recipient_sql(self, contact: SQL, customer: SQL, channel: SQL) -> SQL:
        """One row: recipient_id, lang, letter (for want of an address): of contact,
        billing address and customer the first who is usable where the channel is
        e-mail, else the first there is. Joins only: 50,000 times it is asked."""
        usable = SQL("%s AS usable", self._usable_sql())
        picks = [
            SQL(
                """
                CASE WHEN %(mail)s AND asked.usable THEN asked.%(name)s
                     WHEN %(mail)s AND billing.usable THEN billing.%(name)s
                     WHEN %(mail)s AND own.usable THEN own.%(name)s
                     WHEN asked.id IS NOT NULL THEN asked.%(name)s
                     WHEN billing.id IS NOT NULL THEN billing.%(name)s
                     ELSE own.%(name)s END
                """,
                mail=SQL("%s = 'email'", channel),
                name=SQL.identifier(name),
            )
            for name in ("id", "lang")
        ]
        return SQL(
            """
            SELECT %(recipient)s AS recipient_id, %(lang)s AS lang,
                   %(channel)s = 'email' AND
                       (asked.usable OR billing.usable OR own.usable) IS NOT TRUE
                       AS letter
              FROM (SELECT partner.id, partner.lang, %(usable)s FROM res_partner partner
                     WHERE partner.id = %(customer)s) AS own
              LEFT JOIN (
                    SELECT partner.id, partner.lang, %(usable)s FROM res_partner partner
                     WHERE partner.id = %(contact)s
                       AND %(contact)s IS DISTINCT FROM %(customer)s) AS asked ON TRUE
              LEFT JOIN (
                    SELECT partner.id, partner.lang, %(usable)s FROM res_partner partner
                     WHERE partner.parent_id = %(customer)s
                       AND partner.type = 'invoice' AND partner.active
                     ORDER BY partner.id LIMIT 1) AS billing ON TRUE
            """,
            recipient=picks[0],
            lang=picks[1],
            channel=channel,
            usable=usable,
            contact=contact,
            customer=customer,
        )
