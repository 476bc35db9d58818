"""Brings a file of translations up to date with its template, in place.

`i18n_merge.py TEMPLATE.pot TARGET.po [OTHER.po…]`, run by `./dev i18n` in our
environment, which has polib. Others lend translations that the target lacks. Prints
what is left untranslated, one text a line.
"""

import re
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def is_key(entry) -> bool:
    """Not a text: Babel also takes the word that stands after a translated one, as
    the keys in ``[("a", _("A")), ("b", _("B"))]``."""
    files = [
        place.removeprefix("code:addons/")
        for place, _line in entry.occurrences
        if place.startswith("code:addons/")
    ]
    if not IDENTIFIER.fullmatch(entry.msgid) or len(files) < len(entry.occurrences):
        return False
    called = f'_("{entry.msgid}"'
    return not any(called in (ROOT / file).read_text() for file in files)


def lend(known, path):
    """Take over the translations of another file."""
    for entry in polib.pofile(path):
        if entry.obsolete or not entry.msgstr:
            continue
        mine = known.find(entry.msgid, include_obsolete_entries=True)
        if mine is None:
            known.append(polib.POEntry(msgid=entry.msgid, msgstr=entry.msgstr))
        elif not mine.msgstr:
            mine.msgstr = entry.msgstr


def main(template, target, *others):
    """Merge; see above."""
    fresh, known = polib.pofile(template), polib.pofile(target)
    fresh[:] = [entry for entry in fresh if not is_key(entry)]
    fresh.save()
    for path in others:
        lend(known, path)
    known.merge(fresh)
    kept = {entry.msgid: entry for entry in known if not entry.obsolete}
    known[:] = [kept[entry.msgid] for entry in fresh]
    known.metadata["POT-Creation-Date"] = fresh.metadata["POT-Creation-Date"]
    known.save()
    for entry in known.untranslated_entries():
        print(entry.msgid.replace("\n", " "))


if __name__ == "__main__":
    main(*sys.argv[1:])
