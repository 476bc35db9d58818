"""Two sign at the same moment: real cursors, real commits."""

import threading
from functools import partial

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .threads import run_at_once

ROLES = {
    "clerk": "credit_control.group_credit_user",
    "approver": "credit_control.group_credit_approver",
    "manager": "credit_control.group_credit_manager",
    "other": "credit_control.group_credit_manager",
}


@tagged("post_install", "-at_install", "credit_race")
class TestSigningRace(BaseCase):
    """A clerk prepares; the approver signs, then one of two managers. The class works
    on committed data of its own and removes it again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            cls.make_data(api.Environment(cr, SUPERUSER_ID, {}))
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    def make_data(cls, env):
        cls.users = {
            name: new_test_user(env, f"race_{name}", f"base.group_user,{group}").id
            for name, group in ROLES.items()
        }
        grade = env["credit.grade"].create({"name": "Race", "code": "RACE"})
        shared = {"decides": "limit", "grade_ids": [Command.set(grade.ids)]}
        cls.authority_ids = (
            env["credit.authority"]
            .create(
                [
                    shared
                    | {
                        "user_id": cls.users[name],
                        "unlimited": name != "approver",
                        "max_amount": 100.0,
                        "step": step,
                        "joint": True,
                        "joint_above": 100.0,
                    }
                    for name, step in (("approver", 20), ("manager", 30), ("other", 30))
                ]
            )
            .ids
        )
        partner = env["res.partner"].create({"name": "Race", "is_company": True})
        file = env["credit.file"]._ensure(partner, env.company)
        file.write({"grade_id": grade.id, "state": "open"})
        cls.grade_id, cls.partner_id, cls.file_id = grade.id, partner.id, file.id

    @classmethod
    def remove_data(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                """DELETE FROM credit_review_step WHERE review_id IN
                       (SELECT id FROM credit_review WHERE file_id = %s)""",
                [cls.file_id],
            )
            for name in ("credit_review", "credit_limit_batch_line"):
                table = SQL.identifier(name)
                cr.execute(SQL("DELETE FROM %s WHERE file_id = %s", table, cls.file_id))
            cr.execute(
                "DELETE FROM credit_limit_batch WHERE user_id = %s",
                [cls.users["clerk"]],
            )
            cr.execute(
                "DELETE FROM credit_limit_line WHERE file_id = %s", [cls.file_id]
            )
            env["credit.file"].browse(cls.file_id).unlink()
            env["res.partner"].browse(cls.partner_id).unlink()
            env["credit.authority"].browse(cls.authority_ids).unlink()
            env["credit.grade"].browse(cls.grade_id).unlink()
            users = env["res.users"].browse(cls.users.values())
            people = users.partner_id
            users.unlink()
            people.unlink()
            env["credit.file"]._reset_credit_active()

    # -- builders -------------------------------------------------------------------
    def env_of(self, cr, name):
        """What a user's request sees: the snapshot is taken at its first query."""
        env = api.Environment(cr, self.users[name], {})
        cr.execute("SELECT 1")
        return env

    def review(self, amount=5000.0):
        """A committed request of the clerk for a limit that takes two signatures."""
        with self.registry.cursor() as cr:
            review = self.env_of(cr, "clerk")["credit.review"].create(
                {
                    "file_id": self.file_id,
                    "kind": "limit",
                    "limit_mode": "amount",
                    "credit_limit": amount,
                }
            )
            review.item_ids.write({"done": True})
            review.action_start()
            review.action_submit()
            return review.id

    def batch(self, amount):
        """A committed mass change of one line, which any of the managers approves."""
        with self.registry.cursor() as cr:
            env = self.env_of(cr, "clerk")
            batch = env["credit.limit.batch"]._make(
                env["credit.file"].browse(self.file_id), "amount", "Race", value=amount
            )
            batch.action_submit()
            return batch.id

    def sign(self, env, review_id):
        env["credit.review"].browse(review_id)._sign("approve", "Good figures")

    def state(self, review_id):
        """State, who signed in which order, and the limits that the review granted."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            review = env["credit.review"].browse(review_id)
            names = {id_: name for name, id_ in self.users.items()}
            signed = review.step_ids.filtered("decided_by").sorted("decided_on")
            lines = env["credit.limit.line"].search(
                [("file_id", "=", self.file_id), ("reason", "like", review.name)]
            )
            return (
                review.state,
                sorted(names[user.id] for user in signed.mapped("decided_by")),
                len(lines),
            )

    def at_once(self, *works):
        """Each work in a transaction and a thread of its own, as Odoo runs a request:
        again after a conflict.

        :return: the error that each user sees, or None
        """
        start = threading.Barrier(len(works))
        errors = [None] * len(works)
        cursors = [self.registry.cursor() for _work in works]
        envs = [
            self.env_of(cr, name)
            for cr, (name, _call) in zip(cursors, works, strict=True)
        ]

        def run(number):
            env, call = envs[number], works[number][1]
            try:
                start.wait(10)
                retrying(lambda: call(env), env)
                env.cr.commit()
            except Exception as error:  # noqa: BLE001 - looked at by the test
                errors[number] = error
                env.cr.rollback()

        run_at_once([partial(run, number) for number in range(len(works))])
        for cr in cursors:
            cr.close()
        return errors

    # -- reviews --------------------------------------------------------------------
    def test_second_signature_on_an_old_view_is_run_again(self):
        """The manager looked before the approver's signature was there: he neither
        signs out of turn nor twice, and the second run counts."""
        review_id = self.review()
        with self.registry.cursor() as one, self.registry.cursor() as two:
            approver, manager = (
                self.env_of(one, "approver"),
                self.env_of(two, "manager"),
            )
            self.sign(approver, review_id)
            one.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.sign(manager, review_id)
            two.rollback()
            manager.transaction.reset()
            self.assertEqual(self.state(review_id), ("to_approve", ["approver"], 0))
            self.sign(manager, review_id)
            two.commit()
        self.assertEqual(
            self.state(review_id), ("approved", ["approver", "manager"], 1)
        )

    def test_last_two_steps_at_the_same_moment(self):
        """The order of the steps holds: either the manager's turn came in time, or he
        is told whose signature is missing. Never a limit without both."""
        outcomes = set()
        for _try in range(4):
            review_id = self.review()
            approver, manager = self.at_once(
                ("approver", lambda env, id_=review_id: self.sign(env, id_)),
                ("manager", lambda env, id_=review_id: self.sign(env, id_)),
            )
            self.assertIsNone(approver)
            outcomes.add(type(manager))
            if manager is None:
                expected = ("approved", ["approver", "manager"], 1)
            else:
                self.assertIsInstance(manager, AccessError)
                self.assertIn("not yours to give", str(manager))
                expected = ("to_approve", ["approver"], 0)
            self.assertEqual(self.state(review_id), expected)
        self.assertLessEqual(outcomes, {type(None), AccessError})

    def test_two_managers_give_the_last_signature_at_once(self):
        """It is applied once, and the slower one is told."""
        for _try in range(3):
            review_id = self.review()
            with self.registry.cursor() as cr:
                self.sign(self.env_of(cr, "approver"), review_id)
            errors = self.at_once(
                ("manager", lambda env, id_=review_id: self.sign(env, id_)),
                ("other", lambda env, id_=review_id: self.sign(env, id_)),
            )
            [told] = [error for error in errors if error]
            self.assertIsInstance(told, UserError)
            self.assertIn("not possible any more", str(told))
            state, signed, lines = self.state(review_id)
            self.assertEqual((state, len(signed), lines), ("approved", 2, 1))

    def test_signature_and_taking_back_at_once(self):
        """One of both: a review that went back to work has no signature left, a
        decided one is not taken back."""
        review_id = self.review()
        with self.registry.cursor() as cr:
            self.sign(self.env_of(cr, "approver"), review_id)
        signing, taking = self.at_once(
            ("manager", lambda env: self.sign(env, review_id)),
            (
                "clerk",
                lambda env: env["credit.review"].browse(review_id).action_take_back(),
            ),
        )
        self.assertIsInstance(signing or taking, UserError)
        self.assertFalse(signing and taking)
        expected = ("in_review", [], 0)
        if taking:
            expected = ("approved", ["approver", "manager"], 1)
        self.assertEqual(self.state(review_id), expected)

    # -- mass changes -----------------------------------------------------------------
    def test_two_approve_a_mass_change_at_once(self):
        """Its limits are granted once; when one approves and another rejects, it is
        one of both."""
        approve, reject = ("action_approve",), ("_reject", "Too much")
        for amount, second in ((90.0, approve), (80.0, reject), (70.0, approve)):
            batch_id = self.batch(amount)

            def decide(env, method, batch_id=batch_id):
                name, *args = method
                getattr(env["credit.limit.batch"].browse(batch_id), name)(*args)

            errors = self.at_once(
                ("manager", lambda env, decide=decide: decide(env, approve)),
                ("other", lambda env, decide=decide, do=second: decide(env, do)),
            )
            [told] = [error for error in errors if error]
            self.assertIsInstance(told, UserError)
            self.assertIn("not possible any more", str(told))
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                batch = env["credit.limit.batch"].browse(batch_id)
                granted = env["credit.limit.line"].search_count(
                    [("file_id", "=", self.file_id), ("reason", "like", batch.name)]
                )
                found = (batch.state, granted)
            rejected = second == reject and errors[0]
            self.assertEqual(found, ("rejected", 0) if rejected else ("applied", 1))
