"""The log on paper that others can verify: JSONL, hashes, and how to go about it."""

import tempfile
import zipfile
from pathlib import Path

from odoo import api, models

#: Bytes of hashes kept in memory before they go to a temporary file.
SPOOL = 1_000_000
#: What an auditor gets beside the entries.
NOTES = Path(__file__).parent.parent / "data" / "log"


class CreditLog(models.Model):
    _inherit = "credit.log"

    @api.model
    def _write_export(self, target, company_ids):
        """Write a ZIP of these chains into the binary file ``target``, page by page.

        Per chain ``<name>.jsonl``, one entry per line exactly as it was hashed, and
        ``<name>.tsv`` with number, hash before, hash, digest and id of each line.
        """
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("README.txt", "verify.py"):
                archive.write(NOTES / name, name)
            for company_id in company_ids:
                name = f"company-{company_id}" if company_id else "all-companies"
                self._write_chain(archive, name, company_id)

    @api.model
    def _write_chain(self, archive, name, company_id):
        with tempfile.SpooledTemporaryFile(SPOOL) as hashes:
            with archive.open(f"{name}.jsonl", "w") as entries:
                for text, row in self._iterate_export(company_id):
                    entries.write(f"{text}\n".encode())
                    hashes.write(("\t".join(map(str, row)) + "\n").encode())
            hashes.seek(0)
            with archive.open(f"{name}.tsv", "w") as file:
                while block := hashes.read(SPOOL):
                    file.write(block)

    @api.model
    def _iterate_export(self, company_id):
        """(canonical JSON, (number, hash before, hash, digest, id)) of each entry; what
        has no seal yet comes last, with dashes."""
        for link in self._iterate_links(company_id):
            yield (
                link.text or "null",
                (
                    link.number,
                    link.previous,
                    link.hash,
                    link.digest or "-",
                    link.entry_id,
                ),
            )
        for row in self._iterate_unsealed(company_id):
            yield self._get_text(row), ("-", "-", "-", row["digest"], row["id"])
