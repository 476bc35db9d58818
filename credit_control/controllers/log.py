"""The log as a file for auditors."""

import tempfile

from werkzeug.wsgi import wrap_file

from odoo import fields, http
from odoo.http import Response, content_disposition, request


class CreditLogExport(http.Controller):
    @http.route(
        "/credit_control/log/export",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def export(self):
        """A ZIP of the user's chains; it is built on disk, not in memory.

        :raise AccessError: for who is neither auditor nor manager
        """
        log = request.env["credit.log"]
        chains = log._get_verifiable_chains()
        file = tempfile.TemporaryFile()
        log._write_export(file, chains)
        file.seek(0)
        name = f"credit-log-{fields.Date.context_today(log)}.zip"
        return Response(
            wrap_file(request.httprequest.environ, file, 65536),
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(name)),
            ],
            direct_passthrough=True,
        )
