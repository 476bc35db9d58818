"""No default of a client does what he may not type: on every model of ours."""

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .review_common import ReviewCommon

#: A value of each type that no default of ours is.
STRANGE = {
    "boolean": True,
    "integer": 7,
    "float": 7.0,
    "monetary": 7.0,
    "date": "2020-02-02",
    "datetime": "2020-02-02 02:02:02",
    "many2one": 1,
    "many2many": [Command.set([1])],
    "one2many": [Command.create({})],
    "json": {"strange": 1},
    "reference": "res.users,1",
}


@tagged("post_install", "-at_install")
class TestOwnDefaults(ReviewCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = [
            cls.clerk,
            cls.approver,
            cls.manager,
            cls.auditor,
            cls.seller,
            cls._user("invoicing"),
        ]

    def _get_models(self):
        return [
            self.env[name]
            for name, model in sorted(self.env.registry.items())
            if name.startswith("credit.")
            and model._auto
            and not model._abstract
            and not model._transient
        ]

    def _get_strange(self, model, name):
        """A value that differs from the default of the field."""
        field = model._fields[name]
        plain = model.default_get([name]).get(name)
        if field.type == "selection":
            values = [value for value in field.get_values(self.env) if value != plain]
            return (values or ["strange"])[0]
        if field.type == "boolean":
            return not plain
        return STRANGE.get(field.type, "strange")

    def _is_refused(self, model, name):
        """Because of this field; whatever else is wrong with such a record."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                model.create({name: self._get_strange(model, name)})
        except AccessError as error:
            label = model._fields[name]._description_string(self.env)
            words = str(error).replace(",", " ").replace(":", " ").split()
            return name in words or str(error).startswith(f"{label}:")
        except Exception:  # it lacks all it needs
            return False
        return False

    def _get_names(self, model):
        return [
            name
            for name, field in model._fields.items()
            if field.store
            and name not in MAGIC_COLUMNS
            and not name.startswith(("message_", "activity_", "my_activity_"))
        ]

    def _check_ignored(self, model, name):
        value = self._get_strange(model, name)
        sent = model.with_context(**{f"default_{name}": value})
        with self.subTest(model=model._name, field=name, user=model.env.user.login):
            self.assertEqual(sent.default_get([name]), model.default_get([name]))

    def test_what_may_not_be_typed_takes_no_default(self):
        """For every role that may create: fields that are read-only, and those that
        are refused among the values."""
        checked = 0
        for model in self._get_models():
            for user in self.people:
                own = model.with_user(user)
                if not own.has_access("create"):
                    continue
                for name in self._get_names(own):
                    typed = name in (getattr(own, "_typed", None) or ())
                    shown = own._fields[name].readonly and not typed
                    if shown or self._is_refused(own, name):
                        checked += 1
                        self._check_ignored(own, name)
        self.assertGreater(checked, 200)

    def test_methods_take_no_default_of_the_client(self):
        """What a service creates with sudo is what it says: a salesperson's context
        reaches the hold, the file and the review that his click makes."""
        for model in self._get_models():
            if model._name in ("credit.log", "credit.log.seal"):
                continue  # nobody creates these through the ORM
            if any(model.with_user(u).has_access("create") for u in self.people):
                continue
            own = model.with_user(self.seller).sudo()
            for name in self._get_names(own):
                self._check_ignored(own, name)

    # -- end to end -------------------------------------------------------------------
    def _create_review(self, user, **defaults):
        context = {f"default_{name}": value for name, value in defaults.items()}
        return (
            self.Review.with_user(user)
            .with_context(**context)
            .create(
                {
                    "file_id": self.file.id,
                    "kind": "event",
                    "limit_mode": "amount",
                    "credit_limit": 50_000.0,
                }
            )
        )

    def test_review_of_an_analyst_is_a_draft_that_he_does_not_sign(self):
        """Whatever state, origin and decision he sends along, in his context or as
        his own default."""
        forged = {
            "state": "to_approve",
            "origin": "job",
            "decided_by": self.manager.id,
            "deal_amount": 5.0,
            "submitted_by": self.clerk.id,
        }
        for name, value in forged.items():
            self.env["ir.default"].with_user(self.analyst).set(
                "credit.review", name, value, user_id=True
            )
        for defaults in (forged, {}):
            review = self._create_review(self.analyst, **defaults)
            self.assertRecordValues(
                review,
                [
                    {
                        "state": "draft",
                        "origin": "manual",
                        "decided_by": False,
                        "deal_amount": 0.0,
                        "submitted_by": False,
                    }
                ],
            )
            self.assertIn(self.analyst, review.involved_ids)
        review.item_ids.write({"done": True})
        review.action_submit()
        with self.assertRaises(AccessError):
            self._sign(review, self.analyst)

    def test_file_of_an_analyst_grants_nothing(self):
        """Grade, terms, deposit, group and limit are no defaults; the customer is."""
        partner = self._customer("Forged Ltd")
        group = self.env["credit.group"].create({"name": "Group"})
        context = {
            "default_partner_id": partner.id,
            "default_grade_id": self.grade_c.id,
            "default_group_id": group.id,
            "default_group_exempt": True,
            "default_payment_term_id": self.term.id,
            "default_deposit_pct": 5.0,
            "default_limit_mode": "unlimited",
            "default_credit_limit": 9.0,
            "default_score": 99.0,
        }
        Files = self.env["credit.file"].with_user(self.clerk).with_context(**context)
        file = Files.create({"company_id": self.company.id})
        self.assertRecordValues(
            file,
            [
                {
                    "partner_id": partner.id,
                    "grade_id": False,
                    "group_id": False,
                    "group_exempt": False,
                    "payment_term_id": False,
                    "deposit_pct": 0.0,
                    "limit_mode": "inherit",
                    "credit_limit": 0.0,
                    "score": 0.0,
                }
            ],
        )
        with self.assertRaises(AccessError):
            Files.create(
                {"partner_id": self._customer("B").id, "grade_id": self.grade_c.id}
            )

    def test_click_of_a_salesperson_makes_a_waiting_hold(self):
        """A service copies nothing from his context, neither into hold nor file."""
        partner = self._customer("Clicked Ltd", user_id=self.seller.id)
        context = {
            "default_state": "released",
            "default_never_dun": True,
            "default_released_amount": 1e6,
            "default_decided_by": self.manager.id,
            "default_grade_id": self.grade_c.id,
            "default_limit_mode": "unlimited",
        }
        hold = (
            self.order.with_user(self.seller)
            .with_context(**context)
            ._credit_request_release("")
        ).with_env(self.env)
        self.assertRecordValues(
            hold, [{"state": "waiting", "released_amount": 0.0, "decided_by": False}]
        )
        wizard = (
            self.env["credit.application"]
            .with_user(self.seller)
            .with_context(**context)
        )
        wizard.create(
            {"partner_id": partner.id, "company_id": self.company.id, "amount": 5.0}
        ).action_apply()
        file = partner.credit_file_ids
        self.assertFalse(file.never_dun)
        self.assertRecordValues(
            file.review_ids,
            [{"state": "draft", "limit_mode": "amount", "grade_id": False}],
        )
        order = self.env["sale.order"].with_user(self.seller)
        order = order.with_context(default_credit_passed_on=TODAY)
        order = order.create({"partner_id": partner.id})
        self.assertFalse(order.credit_passed_on)

    def test_override_and_scorecard_begin_as_their_buttons_say(self):
        """By whom an override is, and that a card was looked at, is not typed."""
        override = (
            self.env["credit.score.override"]
            .with_user(self.approver)
            .with_context(default_user_id=self.manager.id, default_ended_on=TODAY)
            .create(
                {
                    "file_id": self.file.id,
                    "grade_id": self.grade_c.id,
                    "reason": "Known for years",
                    "date_to": fields.Date.add(TODAY, days=5),
                }
            )
        )
        self.assertRecordValues(
            override, [{"user_id": self.approver.id, "ended_on": False}]
        )
        card = (
            self.env["credit.scorecard"]
            .with_user(self.manager)
            .with_context(default_state="active", default_version=9)
            .create({"name": "Empty"})
        )
        self.assertRecordValues(card, [{"state": "draft", "version": 1}])

    def test_evidence_is_corrected_by_approvers_also_by_default(self):
        """The button opens a form with defaults; an analyst's defaults open nothing."""
        values = {"file_id": self.file.id, "date": TODAY, "source": "Visit"}
        Visit = self.env["credit.visit"]
        visit = Visit.with_user(self.clerk).create(values)
        context = {
            "default_corrects_id": visit.id,
            "default_correction_reason": "Wrong day",
        }
        with self.assertRaisesRegex(AccessError, "only a credit approver"):
            Visit.with_user(self.clerk).with_context(**context).create(values)
        right = Visit.with_user(self.approver).with_context(**context).create(values)
        self.assertEqual(right.corrects_id, visit)
        self.assertFalse(visit.active)
