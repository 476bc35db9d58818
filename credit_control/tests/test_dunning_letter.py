"""Letters: one PDF of all that is to print, in batches, nothing twice, none lost."""

import io
import os
import re
from contextlib import suppress
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from ..models.credit_dunning_run_letters import REPORT
from .dunning_common import DunningCommon

LETTERS = "odoo.addons.credit_control.models.credit_dunning_run_letters"


@tagged("post_install", "-at_install")
class TestDunningLetter(DunningCommon):
    """The layout has its own styles: the renderer needs no server to fetch them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        template = cls.env.ref("credit_control.credit_dunning_template_formal")
        cls.policy.level_ids[0].write(
            {"channel": "formal", "deadline_days": 10, "template_id": template.id}
        )

    def _letters(self, count):
        """A run with so many letters sent, none printed."""
        for number in range(count):
            self._overdue_invoice(100, days=30, partner=self._customer(f"L{number}"))
        run = self._propose()
        self._send(run)
        return run

    def _pages(self, content):
        return PdfFileReader(io.BytesIO(content)).pages

    def _print_as_text(self, rendered=None):
        """Letters as a stand-in for their PDF, which is told what was rendered."""

        def render(letters):
            if rendered is not None:
                rendered.append(letters.ids)
            return self.pdf

        return patch.object(type(self.Notice), "_render_letters", render)

    #: A PDF of one empty page.
    pdf = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n"
        b"0000000052 00000 n \n0000000101 00000 n \n"
        b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n163\n%%EOF"
    )

    def test_letter_of_several_pages_and_languages(self):
        """A4 upright, one call of the renderer; each letter in its recipient's
        language and with page numbers of its own."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search(
            [("name", "=", "credit_control")]
        )._update_translations(["zh_CN"])
        self.policy.level_ids[0].fee_amount = 5
        self.company.write({"street": "1 Main Street", "zip": "94000", "city": "Town"})
        self.customer.write({"street": "5 Side Road", "zip": "10115", "city": "Berlin"})
        chinese = self._customer(
            "上海机械有限公司", lang="zh_CN", street="南京路 1 号", city="上海"
        )
        for number in range(40):
            self._overdue_invoice(100 + number, days=30)
        self._overdue_invoice(1200, days=30, partner=chinese)
        self._unapplied_payment(200, chinese)
        run = self._propose()
        notices = self._send(run).sorted(lambda n: n.partner_id == chinese)
        self.assertEqual(run.letter_count, 2)
        Report = type(self.env["ir.actions.report"])
        render, calls = Report._run_wkhtmltopdf, []

        def spy(report, bodies, **how):
            calls.append((bodies, how))
            return render(report, bodies, **how)

        with patch.object(Report, "_run_wkhtmltopdf", spy):
            notices.action_print()
        [(bodies, how)] = calls
        self.assertEqual(len(bodies), 2)
        fetched = re.findall(r"""(?:src|href)=["'](?!data:).{,80}""", bodies[0])
        self.assertFalse(fetched, "the renderer fetches nothing")
        self.assertIn("第", how["footer"])
        content = run.letters_id.raw
        if path := os.environ.get("CREDIT_LETTER_PDF"):
            with open(path, "wb") as file:
                file.write(content)
        pages = self._pages(content)
        self.assertGreaterEqual(len(pages), 3)
        for page in pages:
            self.assertGreater(page.mediabox.height, page.mediabox.width)
        self.assertEqual((run.letter_count, notices[0].delivery_state), (0, "printed"))

    def test_statement_is_printed_behind_the_letter(self):
        """Where the level says so, in the letter's language, as of the day it was
        sent: what was booked since is not in it."""
        level = self.policy.level_ids[0]
        level.attach_statement = True
        self._overdue_invoice(100, days=30)
        plain = self._customer("Plain")
        self._overdue_invoice(70, days=30, partner=plain)
        notices = self._send(self._propose())
        notices.sudo()._mark_printed()
        report = self.env["ir.actions.report"]
        with freeze_time("2026-07-20"):
            later = self._invoice(33, invoice_date="2026-07-10")
            html = str(report._render_qweb_html(REPORT, notices.ids)[0], "utf-8")
        self.assertEqual(html.count("Statement of Account"), 2)
        self.assertEqual(html.count("Balance in"), 2)
        self.assertEqual(["70.00" in html, later.name in html], [True, False])
        level.attach_statement = False
        html = str(report._render_qweb_html(REPORT, notices.ids)[0], "utf-8")
        self.assertEqual(html.count("Statement of Account"), 0)

    def test_few_are_printed_at_once(self):
        """The PDF hangs on the run and can be fetched again; who may not run dunning
        prints nothing."""
        run = self._letters(2)
        user = self._user("invoicing")
        with self.assertRaises(AccessError):
            run.with_user(self._user("auditor")).action_print_letters()
        with self._print_as_text():
            action = run.with_user(user).action_print_letters()
        file = run.letters_id
        self.assertEqual((file.res_model, file.res_id), (run._name, run.id))
        self.assertEqual(action["url"], f"/web/content/{file.id}?download=true")
        self.assertEqual(run.with_user(user).action_download_letters(), action)
        self.assertEqual(file.with_user(user).raw, self.pdf)
        with self.assertRaises(UserError):
            run.action_print_letters()
        with self._print_as_text():  # a letter got lost in the post
            run.notice_ids[0].action_print()
        self.assertNotEqual(run.letters_id, file)

    def test_first_print_holds_back_what_was_settled(self):
        """Days pass between sending and printing: paid is not printed, paid in part
        is printed over the rest, and printed once it is printed again."""
        run = self._letters(4)
        paid, part, promised, same = run.notice_ids.sorted("id")
        self._pay(paid.line_ids.move_id)
        self._pay(part.line_ids.move_id, 30)
        self.env["credit.promise"]._create_promise(
            promised.line_ids.move_line_id, date(2026, 6, 30)
        )
        rendered = []
        with self._print_as_text(rendered):
            run.with_user(self._user("invoicing")).action_print_letters()
        self.assertEqual(rendered, [(part + same).ids])
        self.assertEqual((paid.state, paid.reason), ("dropped", "paid"))
        self.assertEqual((promised.state, promised.reason), ("dropped", "promise"))
        self.assertEqual((part.state, part.total), ("sent", 70))
        self.assertEqual((part + same).mapped("delivery_state"), ["printed"] * 2)
        self.assertEqual((run.state, run.letter_count), ("done", 0))
        self._pay(same.line_ids.move_id)
        with self._print_as_text(rendered):
            same.action_print()
        self.assertEqual(rendered[1:], [same.ids])
        self.assertEqual(same.delivery_state, "printed")

    def test_nothing_left_to_print(self):
        """It is told, and what was found is kept."""
        run = self._letters(1)
        self._pay(run.notice_ids.line_ids.move_id)
        self.assertIn(
            "Nothing is left", run.action_print_letters()["params"]["message"]
        )
        self.assertEqual(run.notice_ids.state, "dropped")

    def test_letter_after_a_mail_that_came_back_is_held_back(self):
        """The mail went out as it was: the notice stays, its letter is not printed."""
        self.policy.level_ids[0].channel = "email"
        invoice = self._overdue_invoice(100, days=30)
        notice = self._send(self._propose(self.customer))
        notice._message_receive_bounce("pay@bright.example", self.customer)
        self._pay(invoice)
        notice.run_id.action_print_letters()
        self.assertEqual((notice.state, notice.delivery_state), ("sent", "held"))
        self.assertIn("Paid", notice.delivery_error)
        with self.assertRaises(UserError):
            notice.action_print()

    def test_case_of_the_level_is_no_reason_to_hold_its_letter_back(self):
        """A level that announces the lawyer hands over as it is sent."""
        self.policy.level_ids[0].consequence = "case"
        run = self._letters(2)
        still, paid = run.notice_ids.sorted("id")
        self.assertTrue(still.case_ids)
        self._pay(paid.line_ids.move_id)
        rendered = []
        with self._print_as_text(rendered):
            run.action_print_letters()
        self.assertEqual(rendered, [still.ids])
        self.assertEqual((paid.state, paid.delivery_state), ("sent", "held"))

    def test_menu_prints_only_what_the_customer_has_got(self):
        """Neither a proposal nor what was dropped, nor a letter nobody looked at."""
        run = self._letters(1)
        notice = run.notice_ids
        report = self.env["ir.actions.report"]
        self._overdue_invoice(100, days=30)
        draft = self._propose(self.customer).notice_ids
        for refused in (draft, notice):
            with self.assertRaises(UserError):
                report._render_qweb_html(REPORT, refused.ids)
        draft.action_cancel()
        with self.assertRaises(UserError):
            report.with_context(credit_dunning_print=True)._render_qweb_html(
                REPORT, draft.ids
            )
        notice.sudo()._mark_printed()
        self.assertIn(b"100.00", report._render_qweb_html(REPORT, notice.ids)[0])

    def test_many_are_printed_by_the_job(self):
        """In batches that commit; the parts become one file that the run keeps."""
        run, rendered, commits = self._letters(5), [], []
        user = self._user("invoicing")
        progress = self._progress(commits)
        with patch(f"{LETTERS}.BATCH", 2), self._print_as_text(rendered), progress:
            run.with_user(user).action_print_letters()
            self.assertEqual((run.printing_count, run.is_busy), (5, True))
            self.assertFalse(rendered, "nothing is printed while the user waits")
            self.Notice.sudo()._cron_print()
        self.assertEqual([len(ids) for ids in rendered], [2, 2, 1])
        self.assertEqual(sum(rendered, []), sorted(run.notice_ids.ids))
        self.assertEqual(sum(commits), 5)
        self.assertEqual(set(run.notice_ids.mapped("delivery_state")), {"printed"})
        self.assertFalse(run.letter_part_ids)
        self.assertEqual(len(self._pages(run.letters_id.raw)), 3)
        self.assertEqual(run.message_ids[0].attachment_ids, run.letters_id)
        self.assertFalse(run.is_busy)

    def _progress(self, commits, stop_after=None):
        """The host's progress of jobs; ``stop_after`` commits the process dies."""

        def commit(_cron, processed=0, **_how):
            commits.append(processed)
            if stop_after is not None and len(commits) > stop_after:
                raise KeyboardInterrupt
            return 60.0

        return patch.object(type(self.env["ir.cron"]), "_commit_progress", commit)

    def test_killed_job_goes_on_where_it_stood(self):
        """Killed after the second batch was stored: the next run prints the rest only,
        and the file has all."""
        run, rendered = self._letters(5), []
        with patch(f"{LETTERS}.BATCH", 2), self._print_as_text(rendered):
            run.action_print_letters()
            # not assertRaises: that would undo what the batches have stored
            with self._progress([], stop_after=2), suppress(KeyboardInterrupt):
                self.Notice.sudo()._cron_print()
            self.assertEqual(len(run.letter_part_ids), 2)
            with self._progress([]):
                self.Notice.sudo()._cron_print()
        self.assertEqual(sum(rendered, []), sorted(run.notice_ids.ids))
        self.assertEqual(len(self._pages(run.letters_id.raw)), 3)

    def test_broken_letter_holds_up_nobody(self):
        """It says why and waits to be printed again; the others are printed."""
        run = self._letters(3)
        bad = run.notice_ids[1]

        def render(letters):
            if bad in letters:
                raise ValueError("broken text")
            return self.pdf

        with (
            patch(f"{LETTERS}.BATCH", 2),
            patch.object(type(self.Notice), "_render_letters", render),
            self._progress([]),
            mute_logger(LETTERS),
        ):
            run.action_print_letters()
            self.Notice.sudo()._cron_print()
        self.assertEqual(
            (bad.delivery_state, bad.delivery_error), ("to_print", "broken text")
        )
        self.assertEqual(run.letter_count, 1)
        self.assertEqual(len(self._pages(run.letters_id.raw)), 2)
