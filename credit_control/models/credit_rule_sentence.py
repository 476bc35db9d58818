from odoo import models


class CreditReason(models.AbstractModel):
    """The sentence that a credit rule reads as."""

    _inherit = "credit.reason"

    def _describe_rule(self, rule):
        """A rule in one sentence, as the rule form and the lists show it."""
        who = self._describe_scope(rule)
        if rule.kind == "exclude":
            clause = self._describe_exclusion(rule)
            if rule.release:
                return self.env._(
                    "Release orders of %(who)s %(clause)s.", who=who, clause=clause
                )
            return self.env._(
                "Do not hold orders of %(who)s %(clause)s.", who=who, clause=clause
            )
        what = getattr(self, f"_when_{rule.rule_type}")(rule)
        if rule.action == "warn":
            return self.env._(
                "Warn on orders of %(who)s when %(what)s.", who=who, what=what
            )
        return self.env._("Hold orders of %(who)s when %(what)s.", who=who, what=what)

    def _describe_scope(self, rule):
        names = {
            "tag": self.env._("customers tagged %s", rule.tag_id.name or "…"),
            "grade": self.env._("customers of grade %s", rule.grade_id.code or "…"),
            "group": self.env._("credit group %s", rule.group_id.name or "…"),
            "customer": rule.partner_id.display_name or "…",
        }
        return names.get(rule.scope) or self.env._("all customers")

    def _describe_exclusion(self, rule):
        if rule._uses_threshold() and rule.threshold:
            return self._while_below(rule)
        if rule.rule_type in ("state", "grade"):
            condition = getattr(self, f"_when_{rule.rule_type}")(rule)
            return self.env._("when %(condition)s", condition=condition)
        return self.env._(
            "whatever the rule “%(type)s” says", type=self._type_label(rule)
        )

    def _type_label(self, rule):
        selection = rule._fields["rule_type"]._description_selection(self.env)
        return dict(selection).get(rule.rule_type, "")

    def _amount(self, rule):
        if rule.currency_id:
            return rule.currency_id.format(rule.threshold)
        return f"{rule.threshold:.2f}"

    def _while_below(self, rule):
        units = {
            "limit_used": self._percent(rule.threshold),
            "overdue_share": self._percent(rule.threshold),
            "discount": self._percent(rule.threshold),
            "order_amount": self._amount(rule),
            "overdue_amount": self._amount(rule),
        }
        figure = units.get(rule.rule_type) or self.env._("%s days", int(rule.threshold))
        if rule.rule_type in ("first_orders", "dunning_level", "broken_promises"):
            figure = str(int(rule.threshold))
        return self.env._(
            "while “%(type)s” is below %(figure)s",
            type=self._type_label(rule),
            figure=figure,
        )

    # -- one method per type --------------------------------------------------------
    def _when_limit_used(self, rule):
        pct = self._percent(rule.threshold)
        if rule.comparison == "gt":
            return self.env._("more than %s of the limit is used", pct)
        return self.env._("at least %s of the limit is used", pct)

    def _when_order_amount(self, rule):
        return self.env._("the order needs more than %s", self._amount(rule))

    def _when_overdue_days(self, rule):
        return self.env._(
            "the oldest item is %s or more days overdue", int(rule.threshold)
        )

    def _when_overdue_amount(self, rule):
        if rule.second_pct:
            return self.env._(
                "at least %(amount)s is overdue and %(pct)s of the limit is used",
                amount=self._amount(rule),
                pct=self._percent(rule.second_pct),
            )
        return self.env._("at least %s is overdue", self._amount(rule))

    def _when_overdue_share(self, rule):
        return self.env._(
            "at least %s of the receivables is overdue", self._percent(rule.threshold)
        )

    def _when_terms(self, rule):
        if rule.threshold:
            return self.env._(
                "payment terms are more than %s days longer than granted",
                int(rule.threshold),
            )
        return self.env._("payment terms are longer than granted")

    def _when_discount(self, rule):
        if rule.threshold:
            return self.env._(
                "the cash discount is more than %s above the granted one",
                self._percent(rule.threshold),
            )
        return self.env._("the cash discount is above the granted one")

    def _when_limit_expired(self, rule):
        if rule.missing_hits:
            return self.env._("the limit has expired or has no end date")
        return self.env._("the limit has expired")

    def _when_review_overdue(self, rule):
        return self.env._(
            "the credit review is %s or more days overdue",
            max(1, int(rule.threshold)),
        )

    def _when_dunning_level(self, rule):
        return self.env._(
            "an open item has reached dunning level %s", max(1, int(rule.threshold))
        )

    def _when_broken_promises(self, rule):
        count = max(1, int(rule.threshold))
        if count == 1:
            return self.env._("a promise to pay was broken within a year")
        return self.env._("%s promises to pay were broken within a year", count)

    def _when_days_late(self, rule):
        if not rule.threshold:
            return self.env._("the customer pays late on average")
        return self.env._(
            "the customer pays %s or more days late on average",
            f"{rule.threshold:g}",
        )

    def _when_deposit(self, rule):
        return self.env._("the deposit agreed has not been received")

    def _when_state(self, rule):
        labels = [
            rule._fields[f"hit_{state}"]._description_string(self.env)
            for state in sorted(rule._hit_states())
        ]
        return self.env._("the credit file is %s", " / ".join(labels) or "…")

    def _when_grade(self, rule):
        codes = rule.hit_grade_ids.mapped("code")
        return self.env._("the grade is %s", " / ".join(codes) or "…")

    def _when_insurance(self, rule):
        return self.env._("no credit insurance is in force")

    def _when_first_orders(self, rule):
        return self.env._("it is one of the first %s orders", int(rule.threshold))
