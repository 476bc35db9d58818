"""Documents of several people by one call of the PDF renderer, each its own file."""

import io
import logging
import re
import secrets
from typing import NamedTuple

from odoo import api, models, modules, tools
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfFileReader

_logger = logging.getLogger(__name__)
#: On the top of a document's first page, whatever else is on it. It takes no room and
#: paints nothing; without any height it would be no heading.
MARK = (
    '<h1 style="display:block!important;position:absolute;top:0;left:0;margin:0;'
    'height:1px;overflow:hidden;font-size:1px;opacity:0">%s</h1>'
)


class Apart(NamedTuple):
    """In the context while documents are rendered together: no client can send one.

    ``word`` was never used before, ``ids`` are the records in their order.
    """

    word: str
    ids: list[int]


class NotApart(Exception):
    """It is not certain where a document begins, or whose it is."""


class IrActionsReport(models.Model):
    """A call of wkhtmltopdf takes more than a second before it has made a page; ten
    documents of one call take little more than one.

    The host takes such a PDF apart by the headings that its documents happen to have,
    and trusts that they come in the order of the records: one that has no heading, or
    its first one on a later page, would give a page to its neighbour. Here every
    document begins with a mark that nothing can move to another page, and nothing is
    cut unless each mark is there once, in order, on a page of its own. So what the
    host cuts begins where a document begins.
    """

    _inherit = "ir.actions.report"

    @api.private
    def _check_renderer(self):
        """:raise UserError: where no PDF can be made"""
        if self.get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "wkhtmltopdf is not installed on the server: no PDF can be made. "
                    "Ask your administrator."
                )
            )

    @api.private
    def _render_apart(self, report_ref, ids, data=None) -> dict[int, bytes]:
        """``{id: PDF}`` of the records of a report: by one call of the renderer where
        that is safe, else by one for each."""
        ids = list(ids)
        # as the host does: tests have no server that the renderer could ask for styles
        testing = modules.module.current_test or tools.config["test_enable"]
        forced = self.env.context.get("force_report_rendering")
        if len(ids) > 1 and (forced or not testing):
            try:
                return self._render_together(report_ref, ids, data)
            except NotApart:
                # a report of the company's own may have what we cannot foresee
                _logger.info("%s: rendered one by one", report_ref)
        return {
            id_: self._render_qweb_pdf(report_ref, [id_], data=dict(data or {}))[0]
            for id_ in ids
        }

    def _render_together(self, report_ref, ids, data):
        """:raise NotApart: when the documents cannot be told apart for certain"""
        report = self.with_context(
            credit_apart=Apart(secrets.token_hex(8), ids), webp_as_jpg=True
        )
        streams = report._render_qweb_pdf_prepare_streams(
            report_ref, {"report_type": "pdf", **(data or {})}, res_ids=ids
        )
        found = {
            id_: found["stream"].getvalue()
            for id_, found in streams.items()
            if found["stream"]
        }
        if list(found) != ids:
            raise NotApart
        return found

    def _prepare_html(self, html, report_model=False):
        """Mark the documents, if they are the records' in their order."""
        result = super()._prepare_html(html, report_model=report_model)
        apart = self.env.context.get("credit_apart")
        if not isinstance(apart, Apart):
            return result
        bodies, ids, *rest = result
        # those that have a PDF already are not among them
        if [id_ for id_ in apart.ids if id_ in ids] != ids or len(bodies) != len(ids):
            raise NotApart
        marked = [
            re.sub(
                r"<body\b[^>]*>",
                lambda tag, mark=mark: tag[0] + MARK % mark,
                str(body),
                count=1,
            )
            for body, mark in zip(bodies, _marks(apart, bodies), strict=True)
        ]
        return marked, ids, *rest

    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        """Give back what can be taken apart only."""
        content = super()._run_wkhtmltopdf(bodies, *args, **kwargs)
        apart = self.env.context.get("credit_apart")
        if isinstance(apart, Apart):
            _check_marks(content, _marks(apart, bodies))
        return content


def _marks(apart: Apart, bodies) -> list[str]:
    return [f"{apart.word}-{number}" for number in range(len(bodies))]


def _check_marks(content: bytes, marks: list[str]) -> None:
    """:raise NotApart: when a mark is missing, twice, or not where it must be"""
    found = [(title, page) for title, page in _read_headings(content) if title in marks]
    pages = [page for _title, page in found]
    in_order = [title for title, _page in found] == marks
    if not in_order or pages[0] != 0 or pages != sorted(set(pages)):
        raise NotApart


def _read_headings(content: bytes) -> list[tuple[str, int]]:
    """Title and page, from 0, of the headings of the first order."""
    root = PdfFileReader(io.BytesIO(content)).trailer["/Root"]
    found = []
    node = root["/Outlines"].get("/First") if "/Outlines" in root else None
    while node is not None:
        node = node.get_object()
        page = root["/Dests"][node["/Dest"]][0]
        found.append((str(node["/Title"]), int(page)))
        node = node.get("/Next")
    return found
