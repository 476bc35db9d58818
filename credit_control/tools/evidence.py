"""A pack of evidence: files of many origins in one ZIP, with safe names and hashes.

Content goes through in pieces, so that the memory needed does not grow with the pack.

>>> import io
>>> pack = Pack(io.BytesIO())
>>> pack.add("02_invoices", "INV/2026/001.pdf", b"%PDF", what="Invoice").path
'02_invoices/INV_2026_001.pdf'
>>> pack.add("02_invoices", "inv_2026_001.PDF", b"%PDF-2", what="Invoice").path
'02_invoices/inv_2026_001 (2).PDF'
>>> pack.missing("02_invoices", "cannot be rendered", what="Invoice")
>>> [(entry.path, entry.remark) for entry in pack.entries[1:]]
[('02_invoices/inv_2026_001 (2).PDF', ''), ('', 'cannot be rendered')]
"""

import datetime
import hashlib
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

#: No longer than this, so that a path fits into what Windows unpacks.
LONGEST_NAME = 100
FORBIDDEN = frozenset('<>:"/\\|?*')
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
)
PIECE = 1 << 16


def safe_name(name: str, default: str = "file") -> str:
    """A name for one file, whatever a document is called: no path, nothing hidden,
    nothing that an operating system refuses. Letters of any script stay.

    >>> safe_name("../../etc/passwd")
    '_.._etc_passwd'
    >>> safe_name("发票 2026/001：北京.pdf")
    '发票 2026_001：北京.pdf'
    >>> safe_name("CON.pdf"), safe_name("  .. "), safe_name("a" * 200 + ".pdf")[-6:]
    ('_CON.pdf', 'file', 'aa.pdf')
    >>> safe_name("invoice\\u202efdp.exe")
    'invoicefdp.exe'
    """
    kept = "".join(
        "_" if char in FORBIDDEN else char
        for char in unicodedata.normalize("NFC", name or "")
        # control, format (text that changes its direction), halves of characters
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    kept = kept.strip().strip(".").strip()
    if len(kept) > LONGEST_NAME:
        stem, ending = split_name(kept)
        kept = stem[: LONGEST_NAME - len(ending)].rstrip(". ") + ending
    if kept.split(".")[0].strip().lower() in RESERVED:
        kept = f"_{kept}"
    return kept or default


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending, the ending with its dot.

    >>> split_name("a.b.pdf"), split_name("readme"), split_name("v1.0 of the contract")
    (('a.b', '.pdf'), ('readme', ''), ('v1.0 of the contract', ''))
    """
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending) > 8 or " " in ending:
        return name, ""
    return stem, f".{ending}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the index; without a path the document is missing, remark says why."""

    path: str
    what: str
    folder: str = ""
    document: str = ""
    date: datetime.date | None = None
    amount: float | None = None
    currency: str = ""
    sha256: str = ""
    size: int = 0
    remark: str = ""


class Pack:
    """Writes the ZIP and remembers what is in it.

    ``stream`` must be seekable; ``moment`` is the time that the files in it carry.
    """

    def __init__(self, stream: IO[bytes], moment: datetime.datetime | None = None):
        self.zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        moment = moment or datetime.datetime(1980, 1, 1)
        self._moment = moment.timetuple()[:6]
        self.entries: list[Entry] = []
        #: what was rendered before, for whoever fills the pack
        self.parts: dict = {}
        self._taken: set[str] = set()

    def add(
        self, folder: str, name: str, content: bytes | Iterable[bytes], **about
    ) -> Entry:
        """Store a file under a name of its own.

        :param content: bytes, or pieces of them
        :param about: fields of ``Entry``
        """
        path = self._get_path(folder, name)
        digest, size = hashlib.sha256(), 0
        pieces = [content] if isinstance(content, bytes) else content
        info = zipfile.ZipInfo(path, self._moment)
        info.compress_type = zipfile.ZIP_DEFLATED  # a ZipInfo is not compressed
        with self.zip.open(info, "w") as target:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        entry = Entry(
            path, folder=folder, sha256=digest.hexdigest(), size=size, **about
        )
        self.entries.append(entry)
        return entry

    def missing(self, folder: str, remark: str, **about):
        """Note what ought to be in ``folder`` and is not, and why."""
        self.entries.append(Entry("", folder=folder, remark=remark, **about))

    def close(self):
        self.zip.close()

    def count(self) -> tuple[int, int]:
        """How many files there are, and how many documents are missing."""
        missing = sum(not entry.path for entry in self.entries)
        return len(self.entries) - missing, missing

    def _get_path(self, folder: str, name: str) -> str:
        stem, ending = split_name(safe_name(name))
        path, number = f"{folder}/{stem}{ending}" if folder else f"{stem}{ending}", 1
        while path.lower() in self._taken:
            number += 1
            numbered = f"{stem} ({number}){ending}"
            path = f"{folder}/{numbered}" if folder else numbered
        self._taken.add(path.lower())
        return path


def read_pieces(source: IO[bytes]) -> Iterable[bytes]:
    """A file in pieces.

    >>> import io
    >>> [len(piece) for piece in read_pieces(io.BytesIO(b"x" * (PIECE + 1)))]
    [65536, 1]
    """
    while piece := source.read(PIECE):
        yield piece
