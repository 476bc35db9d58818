"""What is known about two customers: a sound one and one in trouble."""

from odoo import Command, api, models

#: Customer: (years ago, audited, assets, current, intangible, liabilities, current
#: liabilities, revenue, profit, cash flow, receivables), in thousands.
SHEETS = {
    "C003": [
        (3, True, 4100, 2300, 120, 2050, 1300, 7900, 290, 380, 1050),
        (2, True, 4450, 2520, 110, 2040, 1290, 8600, 355, 460, 1080),
        (1, True, 4980, 2870, 100, 2090, 1310, 9700, 470, 590, 1130),
    ],
    "C032": [
        (3, False, 900, 520, 0, 500, 380, 1350, 55, 60, 190),
        (2, False, 940, 530, 0, 610, 470, 1260, 12, 15, 235),
        (1, False, 910, 470, 0, 690, 560, 1080, -48, -35, 285),
    ],
}
NAMES = (
    "total_assets",
    "current_assets",
    "intangible_assets",
    "total_liabilities",
    "current_liabilities",
    "revenue",
    "profit",
    "operating_cash_flow",
    "receivables",
)
#: Customer: (agency, value, days ago, days that it holds, recommended limit).
RATINGS = {
    "C003": [("experian", "71", 410, 365, 60_000), ("experian", "82", 40, 365, 90_000)],
    "C032": [
        ("creditreform", "268", 500, 365, 9_000),
        ("creditreform", "341", 345, 365, 0),
    ],
}
USCC = "91440800MA4X2QT7PX"


class CreditDemo(models.AbstractModel):
    _inherit = "credit.demo"

    @api.model
    def _load_evidence(self):
        """In the analyst's name, as people enter it."""
        self = self.with_company(self._company())
        analyst = self._user("analyst")
        self = self.with_user(analyst).with_company(self._company())
        for ref in SHEETS:
            self._load_statements(ref)
            self._load_ratings(ref)
        self._load_checks()
        self._load_impressions("C003", 0, "100", "early")
        self._load_impressions("C032", 2, "50", "late_60")

    def _load_statements(self, ref):
        file, today = self._file(ref), self._days(0)
        self.env["credit.financial.statement"].create(
            [
                {
                    "file_id": file.id,
                    "period_end": f"{today.year - ago}-12-31",
                    "is_audited": audited,
                    "net_worth": (sheet[0] - sheet[3]) * 1000,
                    "bank_credit_line": sheet[5] * 150,
                }
                | {
                    name: amount * 1000
                    for name, amount in zip(NAMES, sheet, strict=True)
                }
                for ago, audited, *sheet in SHEETS[ref]
            ]
        )

    def _load_ratings(self, ref):
        self.env["credit.rating"].create(
            [
                {
                    "file_id": self._file(ref).id,
                    "agency_id": self.env.ref(
                        f"credit_control.credit_agency_{code}"
                    ).id,
                    "value": value,
                    "date_from": self._days(-ago),
                    "date_to": self._days(held - ago),
                    "recommended_limit": limit,
                }
                for code, value, ago, held, limit in RATINGS[ref]
            ]
        )

    def _load_checks(self):
        """The registry of companies is clean, the court's is not."""
        for registry, code, ago in (
            ("gsxt", "normal", 20),
            ("zxgk", "judgment_debtor", 20),
        ):
            result = self.env.ref(f"credit_control.credit_registry_result_{code}")
            self.env["credit.registry.check"].create(
                {
                    "file_id": self._file("C032").id,
                    "registry": registry,
                    "code": USCC,
                    "date": self._days(-ago),
                    "result_ids": [Command.set(result.ids)],
                }
            )

    def _load_impressions(self, ref, option, seen, habit):
        """A visit, a reference and the shipped questionnaire; ``option`` is the place
        of the answer given to each choice."""
        file, day = self._file(ref), self._days(-60)
        values = {"file_id": file.id, "date": day}
        aspects = dict.fromkeys(("premises", "stock", "operation", "staff"), seen)
        self.env["credit.visit"].create(values | aspects)
        self.env["credit.reference"].create(
            values | {"referee": "Harbour Steel Trading", "habit": habit}
        )
        answer = self.env["credit.questionnaire.answer"].create(values)
        for line in answer.line_ids:
            question = line.question_id
            if question.kind == "choice":
                options = question.option_ids
                line.option_id = options[min(option, len(options) - 1)]
                line.note = question.needs_evidence and "Talk with the bank"
            elif question.kind == "number":
                line.number = (question.number_worst + 3 * question.number_best) / 4
        answer.action_complete()
