"""Services that are asked about companies: agencies, registries, data providers."""

import logging
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .handing_out import notify

_logger = logging.getLogger(__name__)


class ConnectorError(UserError):
    """What a service did not answer, in words for the person who asked."""


class FoundCompany(NamedTuple):
    """A company that a service knows."""

    number: str
    name: str
    tax_id: str = ""
    city: str = ""


class CreditConnector(models.AbstractModel):
    """The questions that a service can answer about a company.

    A paid service is one small add-on: an AbstractModel ``credit.connector.<name>``
    that inherits this one and answers the questions it can, and ``selection_add`` of
    ``<name>`` to ``credit.agency.connector``. It only fetches; what it returns are
    values as for ``create``, without the file, with ``currency`` as a code such as EUR.
    Storing, with source and date, is done by ``credit.agency._fetch``::

        class Acme(models.AbstractModel):
            _name = "credit.connector.acme"
            _inherit = "credit.connector"

            def _fetch_rating(self, file, agency):
                answer = requests.get(URL, params={"id": agency._get_number(file)})
                return {"value": answer["index"], "date_from": answer["date"]}

    Every method may raise ``ConnectorError``; any other error is logged and told to
    the person in general words.
    """

    _name = "credit.connector"
    _description = "Connector to a Rating Agency or Registry"

    @api.model
    def _find_company(self, query, agency) -> list[FoundCompany]:
        """Companies with this name, tax id or number."""
        return []

    @api.model
    def _fetch_rating(self, file, agency) -> dict | None:
        """The rating of today, as values of ``credit.rating``; None without one."""
        return None

    @api.model
    def _fetch_statements(self, file, agency) -> list[dict]:
        """Financial statements, as values of ``credit.financial.statement``."""
        return []

    @api.model
    def _check_registry(self, file, agency) -> dict | None:
        """What the registry says, as values of ``credit.registry.check`` with
        ``results``, the codes of results; None where it knows nothing."""
        return None


class CreditAgency(models.Model):
    _inherit = "credit.agency"

    connector = fields.Selection(
        [("file", "File")],
        help="How evidence is fetched. 'File' reads tables that are kept here.",
    )
    connector_file = fields.Binary(
        "Table of Ratings",
        attachment=True,
        help="XLSX or CSV as for the import of ratings.",
    )
    connector_statement_file = fields.Binary("Table of Statements", attachment=True)
    connector_registry_file = fields.Binary(
        "Table of Registry Checks",
        attachment=True,
        help="Columns: tax id, date, results (codes, separated by spaces).",
    )

    def _get_connector(self):
        self.ensure_one()
        name = f"credit.connector.{self.connector}"
        if not self.connector or name not in self.env:
            raise ConnectorError(
                self.env._(
                    "%(agency)s has no connector. Choose one on the agency, or import "
                    "a file.",
                    agency=self.name,
                )
            )
        return self.env[name]

    def _get_number(self, file):
        """Under which number the agency knows the customer; empty where unknown."""
        numbers = file.agency_number_ids.filtered(lambda n: n.agency_id == self)
        return numbers[:1].number or ""

    def _find_company(self, query):
        """Companies that the agency knows by ``query``.

        :raise ConnectorError: in words for the person who asked
        """
        return self._ask("_find_company", query)

    def _fetch(self, file):
        """Fetch and store all that the agency knows of one customer.

        :return: (number of entries made, [what went wrong, in words])
        """
        made, problems = 0, []
        for question, store in (
            ("_fetch_rating", self._store_rating),
            ("_fetch_statements", self._store_statements),
            ("_check_registry", self._store_registry),
        ):
            try:
                with self.env.cr.savepoint():
                    if answer := self._ask(question, file):
                        made += len(store(file, answer))
            except UserError as error:
                problems.append(f"{self.name}: {error}")
        return made, problems

    def _ask(self, question, *args):
        """One question to the service; every failure becomes a ``ConnectorError``."""
        connector = self._get_connector()
        try:
            return getattr(connector, question)(*args, self)
        except UserError:
            raise
        except Exception as error:
            _logger.exception("%s: %s failed", self.name, question)
            raise ConnectorError(
                self.env._(
                    "%(agency)s did not answer as expected (%(error)s). Try again "
                    "later; the log of the server has the details.",
                    agency=self.name,
                    error=type(error).__name__,
                )
            ) from error

    def _prepare_fetched(self, file, values):
        """Values for ``create`` of what a service returned."""
        values = {"source": self.name} | values | {"file_id": file.id}
        if code := values.pop("currency", None):
            currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
            if not currency:
                raise ConnectorError(
                    self.env._(
                        "Currency %(code)s is not active. Activate it, then fetch "
                        "again.",
                        code=code,
                    )
                )
            values["currency_id"] = currency.id
        return values

    def _store_rating(self, file, answer):
        values = self._prepare_fetched(file, answer) | {"agency_id": self.id}
        return self.env["credit.rating"]._store([values])

    def _store_statements(self, file, answers):
        values = [
            {"origin": "agency"} | self._prepare_fetched(file, answer)
            for answer in answers
        ]
        return self.env["credit.financial.statement"]._store(values)

    def _store_registry(self, file, answer):
        values = self._prepare_fetched(file, answer)
        codes = values.pop("results", [])
        results = self.env["credit.registry.result"].search([("code", "in", codes)])
        if unknown := set(codes) - set(results.mapped("code")):
            raise ConnectorError(
                self.env._(
                    "Results %(codes)s are not known here. Enter them under "
                    "Configuration, Registry Results.",
                    codes=", ".join(sorted(unknown)),
                )
            )
        values["result_ids"] = [Command.set(results.ids)]
        return self.env["credit.registry.check"]._store([values])


class CreditFile(models.Model):
    _inherit = "credit.file"

    def action_fetch_evidence(self):
        """Ask every agency that has a connector; say what came and what did not."""
        self.ensure_one()
        self.check_access("write")
        agencies = self.env["credit.agency"].search([("connector", "!=", False)])
        if not agencies:
            raise UserError(
                self.env._(
                    "No agency has a connector. Choose one under Configuration, Rating "
                    "Agencies, or import a file under Evidence."
                )
            )
        made, problems = 0, []
        for agency in agencies:
            number, failed = agency._fetch(self)
            made += number
            problems += failed
        said = [self.env._("%(count)s new entries.", count=made), *problems]
        return notify(
            "\n".join(said),
            "warning" if problems else "success",
            sticky=bool(problems),
            next={"type": "ir.actions.client", "tag": "soft_reload"},
        )
