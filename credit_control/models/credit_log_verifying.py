"""Verifying the log, and handing it out so that others verify it."""

from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.chain import Link, Problem, Verifier, digest
from .credit_log import entry_text

#: Entries held in memory at once.
PAGE = 2000
#: An entry that waits longer for its seal is a finding: the job does not run.
LATE = timedelta(hours=1)


@dataclass
class Report:
    """What was found in one chain."""

    company_id: int
    name: str
    sealed: int = 0
    unsealed: int = 0
    hash: str = ""
    problem: Problem | None = None
    text: str = ""


class CreditLog(models.Model):
    """``_verify`` walks along every chain in the order of its numbers: 2,000 entries
    in memory, two queries for each 2,000, nothing is written."""

    _inherit = "credit.log"

    # -- verifying ------------------------------------------------------------------
    @api.model
    def _verify(self, company_ids=None, anchors=None):
        """``[Report]``, one for each chain; the first problem ends the walk along it.

        :param company_ids: chains (0: what is about every company); default all
        :param anchors: ``{company id: {number: hash}}`` noted earlier
        """
        anchors = anchors or {}
        names = self._read_chains()
        if company_ids is None:
            # also a chain of which only what was noted earlier is left
            company_ids = sorted(names.keys() | anchors.keys())
        names = {id_: names.get(id_) for id_ in company_ids}
        guarded = self._is_guarded() and self.env["credit.log.seal"]._is_guarded()
        reports = []
        for company_id, name in names.items():
            report = Report(company_id, name or self._get_chain_name(company_id))
            report.problem = self._walk(report, anchors.get(company_id))
            if not report.problem and not guarded:
                report.problem = Problem("unguarded", None)
            if report.problem:
                report.text = self._describe_problem(report.problem)
            reports.append(report)
        return reports

    @api.model
    def _walk(self, report, anchors):
        """Along one chain, then the entries without a seal; the first problem."""
        verifier = Verifier(anchors)
        for link in self._iterate_links(report.company_id):
            if problem := verifier.check(link):
                return problem
            report.sealed, report.hash = verifier.number, verifier.hash
        if problem := verifier.finish():
            return problem
        limit = fields.Datetime.now() - LATE
        late = None
        for row in self._iterate_unsealed(report.company_id):
            report.unsealed += 1
            if digest(entry_text(row)) != row["digest"]:
                return Problem("content", None, row["id"])
            if row["date"] < limit and not late:
                late = Problem("late", None, row["id"])
        return late

    # -- reading --------------------------------------------------------------------
    @api.model
    def _read_chains(self):
        """``{company id: name}`` of all chains there are; 0: about every company."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT COALESCE(company_id, 0) FROM credit_log
                 UNION
                SELECT DISTINCT COALESCE(company_id, 0) FROM credit_log_seal ORDER BY 1
                """
            )
        )
        ids = [company_id for (company_id,) in rows]
        return {company_id: self._get_chain_name(company_id) for company_id in ids}

    @api.model
    def _get_chain_name(self, company_id):
        if not company_id:
            return self.env._("All companies")
        # sudo: names of companies whose log the caller may read, deleted ones too
        company = self.env["res.company"].sudo().browse(company_id).exists()
        return company.name or self.env._("Company %s", company_id)

    @api.model
    def _iterate_links(self, company_id):
        """The seals of a chain with their entries, in the order of the numbers."""
        number, page = -1, True
        while page:
            page = self.env.execute_query_dict(
                SQL(
                    """
                    SELECT seal.number, seal.previous, seal.hash, seal.log_id,
                           log.id, log.digest, %(facts)s
                      FROM credit_log_seal seal
                      LEFT JOIN credit_log log ON log.id = seal.log_id
                     WHERE COALESCE(seal.company_id, 0) = %(company_id)s
                       AND seal.number > %(number)s
                     ORDER BY COALESCE(seal.company_id, 0), seal.number
                     LIMIT %(page)s
                    """,
                    facts=self.env["credit.log.seal"]._facts_sql(),
                    company_id=company_id,
                    number=number,
                    page=PAGE,
                )
            )
            for row in page:
                number = row["number"]
                yield Link(
                    number=number,
                    previous=row["previous"],
                    hash=row["hash"],
                    entry_id=row["log_id"],
                    text=entry_text(row) if row["id"] else None,
                    digest=row["digest"],
                    same_chain=(row["company_id"] or 0) == company_id,
                )

    @api.model
    def _iterate_unsealed(self, company_id):
        """The entries of a chain without a seal, as rows."""
        Seal = self.env["credit.log.seal"]
        ids = Seal._read_unsealed_ids()
        for start in range(0, len(ids), PAGE):
            for row in Seal._read_entries(ids[start : start + PAGE]):
                if (row["company_id"] or 0) == company_id:
                    yield row

    # -- in words -------------------------------------------------------------------
    @api.model
    def _describe_problem(self, problem):
        """What is wrong, and with which entry, in words."""
        env = self.env
        finding = {
            "missing": env._("the number is missing, its seal was removed."),
            "orphan": env._("the entry was removed, only its seal is left."),
            "content": env._("the content was changed."),
            "link": env._(
                "it does not follow from the one before; the seals were changed from "
                "here on."
            ),
            "chain": env._("the entry was moved to another company."),
            "anchor": env._(
                "the hash noted earlier is another one; the log was made anew or cut "
                "off."
            ),
            "late": env._(
                "it waits for its seal for more than an hour. Is the scheduled action "
                "'Credit: seal the log' running?"
            ),
            "unguarded": env._(
                "the triggers that refuse changes in the database are missing or "
                "switched off. Update the add-on to make them anew, and find out who "
                "did it."
            ),
        }[problem.code]
        where = []
        if problem.number:
            where.append(env._("No. %s", problem.number))
        if problem.entry_id:
            where.append(self._describe_entry(problem.entry_id))
        place = ", ".join(where) or env._("Database")
        return f"{place}: {finding}"

    @api.model
    def _describe_entry(self, entry_id):
        rows = self.env.execute_query_dict(
            SQL("SELECT date, model, res_name FROM credit_log WHERE id = %s", entry_id)
        )
        if not rows:
            return self.env._("entry %s", entry_id)
        row = rows[0]
        return self.env._(
            "entry %(id)s (%(date)s, %(model)s, %(name)s)",
            id=entry_id,
            date=fields.Datetime.to_string(row["date"]),
            model=row["model"],
            name=row["res_name"] or "–",
        )
