"""Reviews and alerts of the demo company, at every stage of their way."""

from odoo import api, models

#: Rules of early warning that the demo company has switched on.
RULES = ("overdue", "utilisation", "slower_payment", "concentration_10")
#: Customers whose alerts were answered: what became of them, and the note.
CLOSED = {
    "C020": ("payment_plan", "Three instalments agreed by telephone."),
    "C030": ("limit_cut", "Limit follows the turnover of this year."),
    "C009": ("no_action", "Framework contract, the limit grows with it."),
}
ACKNOWLEDGED = "C032"


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _load_reviews(self):
        """After the evidence, which reviews read; then what early warning finds."""
        self = self.with_company(self._company())
        self._company().write(
            {
                "credit_review_auto": True,
                "credit_review_user_id": self._user("approver").id,
            }
        )
        self._load_asked_reviews()
        self._load_periodic_reviews()
        self._load_alerts()

    # -- reviews ---------------------------------------------------------------------
    def _load_asked_reviews(self):
        """Asked for by people: an application, one at work, one that waits for its
        signature, one approved, one rejected."""
        self._review(
            "C041",
            "application",
            reason="First order of 12,000 expected in autumn",
            limit_mode="amount",
            credit_limit=10_000,
        )
        working = self._review("C009", "event", reason="Orders grow faster than sales")
        working.action_start()
        working.item_ids[:2].write({"done": True})
        self._submit(
            "C020",
            reason="Third branch opened in spring",
            limit_mode="amount",
            credit_limit=self._file("C020").credit_limit * 1.5,
        )
        self._sign_review(
            self._submit("C012", "periodic", reason="Yearly review"),
            "approve",
            "Pays as agreed, sales grow: the limit stays",
        )
        self._sign_review(
            self._submit(
                "C034",
                reason="Wants to stock up before the season",
                limit_mode="amount",
                credit_limit=self._file("C034").credit_limit * 2,
            ),
            "reject",
            "Pays six weeks late: first the open items, then more",
        )

    def _review(self, ref, kind="limit", **values):
        """A draft in the analyst's name."""
        Review = self.env["credit.review"].with_user(self._user("analyst"))
        return Review.create({"file_id": self._file(ref).id, "kind": kind, **values})

    def _submit(self, ref, kind="limit", **values):
        review = self._review(ref, kind, **values)
        review.action_start()
        review.item_ids.write({"done": True})
        review.action_submit()
        return review

    def _sign_review(self, review, decision, reason):
        """By those whose turn it is, one after the other."""
        # sudo: who they are
        while review.sudo().state == "to_approve":
            approver = review.sudo().approver_ids[:1]
            review.with_user(approver)._sign(decision, reason)

    def _load_periodic_reviews(self):
        """What the job makes every night; one of them has been left lying."""
        Review = self.env["credit.review"]
        made = Review._make_periodic(Review._get_due_files(self._company()))
        file = self._file("C021")
        late = made.filtered(lambda review: review.file_id == file)
        late = late or Review._make_periodic(file)
        late.with_user(self._user("analyst")).action_start()
        late.date_due = self._days(-17)

    # -- alerts ----------------------------------------------------------------------
    def _load_alerts(self):
        """Open ones, one that somebody is at, and closed ones with their outcome."""
        rules = self.env["credit.alert.rule"].browse(
            self.env.ref(f"credit_control.credit_alert_rule_{name}").id
            for name in RULES
        )
        rules.write({"active": True})
        alerts = self.env["credit.alerting"]._evaluate_now(rules)
        analyst = self._user("analyst")
        for ref, (outcome, note) in CLOSED.items():
            self._of(alerts, ref)[:1].with_user(analyst)._close(outcome, note)
        self._of(alerts, ACKNOWLEDGED)[:1].with_user(analyst).action_acknowledge()

    def _of(self, alerts, ref):
        return alerts.filtered(lambda alert: alert.file_id == self._file(ref))
