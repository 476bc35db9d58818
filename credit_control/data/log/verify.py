"""Is this log as it was written? Run: python3 verify.py (in the unpacked folder)."""

import hashlib
import itertools
import pathlib
import sys

for entries in sorted(pathlib.Path(__file__).parent.glob("*.jsonl")):
    last, count = "0" * 64, 0
    with entries.open("rb") as lines, entries.with_suffix(".tsv").open() as hashes:
        for line, row in itertools.zip_longest(lines, hashes):
            number, previous, own, digest, _id = (row or "?\t?\t?\t?\t?\n").split("\t")
            text = (line or b"").rstrip(b"\n")
            sound = hashlib.sha256(text).hexdigest() == digest
            if number != "-":  # "-": not numbered yet
                count += 1
                link = hashlib.sha256(last.encode() + text).hexdigest()
                sound &= (number, previous, own) == (str(count), last, link)
                last = own
            if not sound:
                sys.exit(f"{entries.name}: BROKEN at no. {number}: {text.decode()}")
    print(f"{entries.name}: sound, {count} entries, last hash {last}")
