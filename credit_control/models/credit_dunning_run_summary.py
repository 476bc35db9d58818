"""What a run is about to do, and what it did, in a few lines."""

from odoo import api, fields, models


class CreditDunningRun(models.Model):
    _inherit = "credit.dunning.run"

    summary = fields.Text(compute="_compute_summary")

    @api.depends("notice_ids.state", "notice_ids.total", "notice_ids.reason")
    @api.depends_context("lang")
    def _compute_summary(self):
        """*To send: 186 E-mail, 13 Letter, in all $ 1,234.00*; one query per call."""
        groups = self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state", "channel", "reason", "currency_id"],
            ["__count", "total:sum"],
        )
        for run in self:
            rows = [row[1:] for row in groups if row[0] == run]
            run.summary = "\n".join(
                filter(
                    None,
                    [
                        self._sum_up(rows, ("draft", "error"), self.env._("To send")),
                        self._sum_up(rows, ("queued",), self.env._("Being sent")),
                        self._sum_up(rows, ("sent",), self.env._("Sent")),
                        self._sum_up_dropped(rows),
                    ],
                )
            )

    def _sum_up(self, rows, states, label):
        channels, totals = {}, {}
        for state, channel, _reason, currency, count, total in rows:
            if state in states:
                channels[channel] = channels.get(channel, 0) + count
                totals[currency] = totals.get(currency, 0.0) + total
        if not channels:
            return None
        names = self._get_labels("channel")
        return self.env._(
            "%(label)s: %(counts)s, in all %(total)s",
            label=label,
            counts=", ".join(
                f"{count} {names[channel]}" for channel, count in channels.items()
            ),
            total=" + ".join(
                currency.format(total) for currency, total in totals.items()
            ),
        )

    def _sum_up_dropped(self, rows):
        reasons = {}
        for state, _channel, reason, _currency, count, _total in rows:
            if state in ("dropped", "cancelled"):
                reasons[reason] = reasons.get(reason, 0) + count
        if not reasons:
            return None
        names = self._get_labels("reason")
        return self.env._(
            "Not sent: %s",
            ", ".join(
                f"{count} {names.get(reason, '')}".strip()
                for reason, count in reasons.items()
            ),
        )

    def _get_labels(self, name):
        field = self.env["credit.dunning.notice"]._fields[name]
        return dict(field._description_selection(self.env))

    def _close_if_done(self):
        """The worklist shows what was sent, and what was taken back."""
        result = super()._close_if_done()
        over = ("done", "stopped", "cancelled")
        finished = self.filtered(lambda run: run.state in over)
        finished.notice_ids._refresh_work()
        return result


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _queue(self):
        """Rows say *Being sent* while the job sends."""
        result = super()._queue()
        # sudo: the rows are the same for everybody
        self.sudo().filtered(lambda n: n.state == "queued")._refresh_work()
        return result

    def _refresh_work(self):
        """Measure the customers' rows of the worklist again."""
        Work = self.env["credit.dunning.work"].sudo()  # sudo: measured for everybody
        for company, notices in self.sudo().grouped("company_id").items():
            Work._refresh(company, notices.partner_id.ids)
