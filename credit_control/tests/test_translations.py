import io
import re
from pathlib import Path

import polib

from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w+\}")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Every text that a person reads is there in Chinese."""

    def _addons(self):
        modules = self.env["ir.module.module"].search(
            [("name", "=like", "credit_control%"), ("state", "=", "installed")]
        )
        return modules.mapped("name")

    def _translated(self, addon):
        path = Path(get_module_path(addon)) / "i18n" / "zh_CN.po"
        return {entry.msgid: entry for entry in polib.pofile(str(path))}

    def test_every_text_is_translated(self):
        """What Odoo exports of our add-ons has a translation; `./dev i18n` makes the
        file anew and says what is missing."""
        for addon in self._addons():
            buffer = io.BytesIO()
            trans_export(None, [addon], buffer, "po", self.env)
            translated = self._translated(addon)
            missing = [
                entry.msgid
                for entry in polib.pofile(buffer.getvalue().decode())
                # words that are no texts, see devtools/i18n_merge.py
                if not re.fullmatch(r"[a-z][a-z0-9_]*", entry.msgid)
                and not getattr(translated.get(entry.msgid), "msgstr", "")
            ]
            self.assertFalse(missing, f"{addon}: run ./dev i18n and translate")

    def test_translations_keep_the_figures(self):
        """A placeholder lost in translation loses the figure, or the whole message."""
        for addon in self._addons():
            lost = [
                entry.msgid
                for entry in self._translated(addon).values()
                if set(PLACEHOLDER.findall(entry.msgid))
                != set(PLACEHOLDER.findall(entry.msgstr))
            ]
            self.assertFalse(lost, f"{addon}: zh_CN.po")
