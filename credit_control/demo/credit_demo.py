"""The demo company: its settings, credit files, limits and the people's authority."""

from datetime import timedelta
from math import ceil

from odoo import Command, api, fields, models

from .cast import (
    ABROAD,
    GRANTED_DAYS,
    GROUPS,
    MANAGEMENT,
    PROSPECTS,
    REMARKS,
    STATES,
    TERMS,
    TRADERS,
)

#: Months with a rate for the foreign currency, and what a dollar is in euro.
RATE_MONTHS, DOLLAR_IN_EURO = 25, 0.92


class CreditDemo(models.AbstractModel):
    """Builds a company with something worth seeing on every screen.

    Called once by the demo data; everything goes through the methods that people
    use, in their names. Days are counted from today, chance has a fixed seed.
    Books are in credit_demo_books.py, orders and holds in credit_demo_sales.py.
    """

    _name = "credit.demo"
    _description = "Credit Control Demo Company"

    @api.model
    def _load(self):
        """Make it all; an error reaches Odoo, which reports the failed demo data."""
        self = self.with_company(self._company())
        self._set_company()
        self._set_rates()
        self._load_books()
        self._load_billed_orders()
        self._load_files()
        self._load_policy()
        self._load_sales()
        self.env["credit.file"]._refresh_snapshot()
        self._load_assessment()

    def _load_assessment(self):
        """What the night would bring: behaviour and scores of all customers."""
        files = self.env["credit.file"].search(
            [("company_id", "=", self._company().id)]
        )
        files.action_score_now()

    # -- who is who ------------------------------------------------------------------
    def _company(self):
        return self.env.ref("base.main_company")

    def _foreign(self):
        """Euro, or dollar where the company itself reckons in euro."""
        euro, dollar = self.env.ref("base.EUR"), self.env.ref("base.USD")
        return euro if self._company().currency_id != euro else dollar

    def _currency_of(self, ref):
        return self._foreign() if ref in ABROAD else self._company().currency_id

    def _customers(self):
        """``{code: partner}``"""
        traders = [trader.ref for trader in TRADERS]
        return {
            ref: self.env.ref(f"credit_control.demo_{ref.lower()}")
            for ref in [*traders, *PROSPECTS]
        }

    def _user(self, login):
        return self.env.ref(f"credit_control.demo_user_{login}")

    def _product(self, name):
        return self.env.ref(f"credit_control.demo_product_{name}")

    def _grade(self, code):
        return self.env.ref(f"credit_control.credit_grade_{code.lower()}")

    def _file(self, ref):
        key = (self._customers()[ref].id, self._company().id)
        return self.env["credit.file"]._for_customers([key])[key]

    def _days(self, days):
        """The day so many days from today."""
        return fields.Date.today() + timedelta(days=days)

    # -- the company -----------------------------------------------------------------
    def _set_company(self):
        """A name, a chart of accounts, and credit settings that show something."""
        company = self._company()
        if not company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", company, install_demo=False
            )
        self._foreign().active = True
        company.write(
            {
                "name": "Clearspring Valley Pumps",
                "credit_overdue_grace_days": 3,
                "credit_cover_mode": "add",
                "credit_release_days": 30,
            }
        )

    def _set_rates(self):
        """A rate for the foreign currency for each of the last two years' months."""
        company, foreign = self._company(), self._foreign()
        euro = foreign == self.env.ref("base.EUR")
        rate = DOLLAR_IN_EURO if euro else 1 / DOLLAR_IN_EURO
        Rate = self.env["res.currency.rate"]
        Rate.search(
            [("currency_id", "=", foreign.id), ("company_id", "=", company.id)]
        ).unlink()
        Rate.create(
            [
                {
                    "currency_id": foreign.id,
                    "company_id": company.id,
                    "name": self._days(-30 * month),
                    "company_rate": rate + 0.002 * (month % 7),
                }
                for month in range(RATE_MONTHS)
            ]
        )

    # -- credit files ----------------------------------------------------------------
    def _load_files(self):
        """A file for every customer but one, who shows that nothing is asked of him."""
        files = {trader.ref: trader.grade for trader in TRADERS if trader.grade}
        files |= dict.fromkeys(PROSPECTS, "")
        customers = self._customers()
        self.env["credit.file"].create(
            [
                self._prepare_file_vals(at, ref, grade, customers[ref])
                for at, (ref, grade) in enumerate(files.items())
            ]
        )
        customers["C001"].category_id = self.env.ref("credit_control.demo_tag_utility")
        self._load_groups()
        self._load_covers()
        self._load_limits()

    def _prepare_file_vals(self, at, ref, grade, partner):
        size, business, people = MANAGEMENT.get(ref, (False, False, False))
        vals = {
            "partner_id": partner.id,
            "company_id": self._company().id,
            "state": STATES.get(ref, "open"),
            "grade_id": self._grade(grade).id if grade else False,
            "user_id": self._user("analyst" if at % 2 else "approver").id,
            "registered_address": partner._display_address(without_company=True),
            "company_size": size or ("small", "medium")[at % 2],
            "main_business": business,
            "management": people,
            "remarks": REMARKS.get(ref),
        }
        if ref in GRANTED_DAYS:
            vals["payment_term_id"] = self._term(GRANTED_DAYS[ref]).id
        if grade:
            # reviews spread over the year: some done lately, some due, some late
            months = self._grade(grade).review_months
            last = -20 - (at * 41) % (months * 30 + 60)
            vals["last_review_date"] = self._days(last)
            vals["next_review_date"] = self._days(last + months * 30)
        return vals

    def _term(self, days):
        return self.env.ref(TERMS[days])

    def _load_groups(self):
        """Sister companies; one of them is exempt from the common ceiling."""
        for name, refs in GROUPS.items():
            files = self.env["credit.file"].union(*(self._file(ref) for ref in refs))
            used = sum(self._get_exposures(files).values())
            group = self.env["credit.group"].create(
                {
                    "name": name,
                    "company_id": self._company().id,
                    "limit_mode": "amount",
                    "credit_limit": _up(used * 1.15, 5_000),
                }
            )
            files.group_id = group
        self._file("C019").group_exempt = True

    def _get_exposures(self, files):
        """``{file: exposure}`` in the company's currency, limits or not."""
        currency = self._company().currency_id
        keys = {(file.partner_id.id, file.company_id.id): file for file in files}
        found = self.env["credit.exposure"]._get_customer_exposures(
            dict.fromkeys(keys, currency)
        )
        return {file: found[key].total for key, file in keys.items()}

    def _load_covers(self):
        """A policy and the insured limits under it: valid, ending, ended."""
        insurer = self.env.ref("credit_control.demo_insurer")
        foreign = self._foreign()
        policy = self.env["credit.insurance.policy"].create(
            {
                "number": "HCI-4471-09",
                "insurer_id": insurer.id,
                "currency_id": foreign.id,
                "date_from": self._days(-300),
                "date_to": self._days(430),
            }
        )
        self.env["credit.insurance.cover"].create(
            [
                {
                    "file_id": self._file(ref).id,
                    "policy_id": policy.id,
                    "policy_number": policy.number,
                    "insurer_id": insurer.id,
                    "code": f"HB-{ref}",
                    "currency_id": foreign.id,
                    "insured_limit": amount,
                    "insured_share_pct": share,
                    "date_from": self._days(start),
                    "date_to": self._days(end),
                }
                for ref, amount, share, start, end in (
                    ("C004", 20_000, 90, -200, 165),
                    ("C007", 10_000, 90, -150, 215),
                    ("C011", 15_000, 90, -350, 12),
                    ("C022", 8_000, 85, -400, -35),
                    ("C033", 5_000, 80, -90, 275),
                )
            ]
        )

    # -- limits ----------------------------------------------------------------------
    def _load_limits(self):
        """The history of limits, so that each customer uses about what the cast says.

        Granted two years ago, raised or lowered since; then the special ones.
        """
        self._grade("c").write({"limit_mode": "amount", "credit_limit": 7_500})
        files = {
            trader.ref: self._file(trader.ref) for trader in TRADERS if trader.grade
        }
        exposures = self._get_exposures(self.env["credit.file"].union(*files.values()))
        for trader in TRADERS:
            if not trader.use_pct:
                continue
            file = files[trader.ref]
            limit = exposures[file] * 100 / trader.use_pct
            now = _up(limit, 1_000 if limit > 20_000 else 250)
            good = trader.grade in "ABC"
            before = _up(now * (0.6 if good else 1.6), 1_000)
            reason = "Yearly review: pays well, sales grow"
            if not good:
                reason = "Payments have become slower"
            self._grant(file, before, "Opening limit after application", -700)
            self._grant(file, now, reason, -280)
        self._load_special_limits()

    def _grant(self, file, amount, reason, day, mode="amount", **values):
        """A limit in the manager's name from that day on."""
        granting = file.with_user(self._user("manager"))
        granting._set_limit(
            mode, amount, reason=reason, date_from=self._days(day), **values
        )

    def _load_special_limits(self):
        """Unlimited, none, expired, temporary, planned, in a foreign currency."""
        grant, file = self._grant, self._file
        grant(file("C001"), 0, "Public utility, cannot fail", -700, mode="unlimited")
        grant(file("C038"), 0, "Prepayment only", -180, mode="none")
        grant(
            file("C010"),
            file("C010").credit_limit,
            "One year only, until the new balance sheet",
            -270,
            date_to=self._days(-18),
        )
        grant(
            file("C006"),
            15_000,
            "Dry dock season",
            -20,
            kind="temporary",
            date_to=self._days(45),
        )
        grant(
            file("C018"),
            8_000,
            "Trade fair order of last year",
            -260,
            kind="temporary",
            date_to=self._days(-170),
        )
        grant(
            file("C003"),
            file("C003").credit_limit + 25_000,
            "Framework contract starts",
            20,
        )
        in_foreign = self._company().currency_id._convert(
            file("C015").credit_limit, self._foreign(), self._company(), self._days(0)
        )
        grant(
            file("C015"),
            _up(in_foreign, 500),
            "Limit in the currency of the customer",
            -120,
            currency=self._foreign(),
        )

    # -- policy ----------------------------------------------------------------------
    def _load_policy(self):
        """Rules of the house besides those shipped, and who may decide."""
        self.env["credit.rule"].create(
            [
                {
                    "kind": "exclude",
                    "rule_type": "overdue_days",
                    "scope": "tag",
                    "tag_id": self.env.ref("credit_control.demo_tag_utility").id,
                },
                {
                    "rule_type": "order_amount",
                    "comparison": "gt",
                    "threshold": 25_000,
                    "currency_id": self._company().currency_id.id,
                    "scope": "grade",
                    "grade_id": self._grade("d").id,
                },
                {
                    "rule_type": "overdue_share",
                    "threshold": 60,
                    "action": "warn",
                },
            ]
        )
        self.env["credit.authority"].create(
            {
                "user_id": self._user("analyst").id,
                "max_amount": 5_000,
                "grade_ids": [
                    Command.set(
                        (self._grade("a") + self._grade("b") + self._grade("c")).ids
                    )
                ],
            }
        )


def _up(amount, step):
    """``amount`` rounded up to a multiple of ``step``."""
    return max(step, ceil(amount / step) * step)
