"""``odoo credit_log_verify -d DB``: is the credit log as it was written?

Odoo finds the command by the name of this file and loads it without the add-on.
"""

import argparse
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class CreditLogVerify(Command):
    """Verify the credit log of a database; exit code 1 when something is wrong."""

    name = "credit_log_verify"

    def run(self, cmdargs):
        parser = argparse.ArgumentParser(
            prog=self.prog,
            description=self.__doc__,
            epilog="Everything else is for Odoo: -d DB, -c FILE, --db_host …",
        )
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="COMPANY:NUMBER:HASH",
            help="a hash noted earlier (company 0: about all companies)",
        )
        options, rest = parser.parse_known_args(cmdargs)
        config.parse_config(rest, setup_logging=True)
        names = config["db_name"]
        if len(names) != 1:
            sys.exit("Name one database: odoo credit_log_verify -d DB")
        try:
            anchors = self._read_anchors(options.anchor)
        except ValueError:
            sys.exit("Write --anchor COMPANY:NUMBER:HASH, for example 1:204:9f86d0…")
        with Registry(names[0]).cursor(readonly=True) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            reports = env["credit.log"]._verify(anchors=anchors)
        for report in reports:
            print(
                f"{report.name}: {report.sealed} entries, {report.unsealed} not yet "
                f"numbered, last hash {report.hash or '-'}: {report.text or 'sound'}"
            )
        sys.exit(1 if any(report.problem for report in reports) else 0)

    def _read_anchors(self, texts):
        """``{company id: {number: hash}}``"""
        anchors = {}
        for text in texts:
            company_id, number, hash_ = text.split(":")
            anchors.setdefault(int(company_id), {})[int(number)] = hash_.lower()
        return anchors
