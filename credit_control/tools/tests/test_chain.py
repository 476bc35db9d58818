"""Whatever is done to a chain afterwards is seen, and named at the first place."""

import json
import random
import unittest

from tools.chain import (
    GENESIS,
    Link,
    Problem,
    Verifier,
    canonical,
    decimal_text,
    digest,
    plain,
    seal,
)

ENTRIES = [{"event": f"e{n}", "after": {"amount": "0.1"}} for n in range(8)]
TEXTS = [canonical(entry) for entry in ENTRIES]


def links(texts=TEXTS):
    return [
        Link(*one, entry_id=100 + one.number, text=text, digest=digest(text))
        for one, text in zip(seal(texts), texts, strict=True)
    ]


def changed(link, **values):
    fields = {name: getattr(link, name) for name in link.__dataclass_fields__}
    return Link(**fields | values)


def verify(chain, anchors=None):
    verifier = Verifier(anchors)
    for link in chain:
        if problem := verifier.check(link):
            return problem
    return verifier.finish()


class TestChain(unittest.TestCase):
    def test_untouched_chain_is_sound(self):
        self.assertIsNone(verify(links()))
        self.assertIsNone(verify([]))

    def test_chain_can_be_sealed_in_parts(self):
        """Two runs of the job make the chain that one would have made."""
        whole = seal(TEXTS)
        first = seal(TEXTS[:3])
        rest = seal(TEXTS[3:], first[-1].number, first[-1].hash)
        self.assertEqual(first + rest, whole)
        self.assertEqual(whole[0].previous, GENESIS)

    def test_changed_content_is_named(self):
        for number in range(1, 9):
            chain = links()
            entry = chain[number - 1]
            text = entry.text.replace("0.1", "0.2")
            for values in ({"text": text}, {"text": text, "digest": digest(text)}):
                chain[number - 1] = changed(entry, **values)
                self.assertEqual(
                    verify(chain), Problem("content", number, 100 + number)
                )

    def test_missing_number_is_named(self):
        for number in range(1, 8):
            chain = links()
            del chain[number - 1]
            self.assertEqual(verify(chain), Problem("missing", number))

    def test_seal_without_entry_is_named(self):
        chain = links()
        chain[4] = changed(chain[4], text=None, digest=None)
        self.assertEqual(verify(chain), Problem("orphan", 5, 105))

    def test_entry_of_another_company_is_named(self):
        chain = links()
        chain[4] = changed(chain[4], same_chain=False)
        self.assertEqual(verify(chain), Problem("chain", 5, 105))

    def test_broken_link_is_named(self):
        """Somebody made a seal anew, and not all that follow."""
        chain, other = links(), links([*TEXTS[:2], "{}", *TEXTS[3:]])
        self.assertEqual(verify(chain[:3] + other[3:]), Problem("link", 4, 104))
        self.assertEqual(verify([chain[0], chain[0]]), Problem("link", 1, 101))

    def test_exchanged_entries_are_named(self):
        chain = links()
        two, three = chain[1], chain[2]
        chain[1] = changed(two, text=three.text, digest=three.digest)
        self.assertEqual(verify(chain), Problem("content", 2, 102))

    def test_chain_made_anew_is_seen_by_a_hash_noted_before(self):
        """Who may do everything can forge everything, but for what left the house."""
        noted = {5: links()[4].hash}
        forged = links([*TEXTS[:2], "{}", *TEXTS[3:]])
        self.assertIsNone(verify(forged))
        self.assertEqual(verify(forged, noted), Problem("anchor", 5, 105))
        self.assertEqual(verify(links()[:4], noted), Problem("anchor", 5))
        self.assertIsNone(verify(links(), noted))


class TestCanonical(unittest.TestCase):
    def test_reading_again_gives_the_same_bytes(self):
        dice = random.Random(7)
        for _try in range(300):
            entry = {
                "amount": round(dice.uniform(-1e9, 1e9), dice.randint(0, 6)),
                "text": "".join(chr(dice.randint(32, 0x2FFF)) for _ in range(9)),
                "list": [dice.random(), dice.randint(-9, 9), None, True],
            }
            text = canonical(plain(entry))
            self.assertEqual(canonical(json.loads(text)), text)
            self.assertNotIn("\n", text)

    def test_order_of_keys_says_nothing(self):
        self.assertEqual(canonical({"a": 1, "b": 2}), canonical({"b": 2, "a": 1}))

    def test_no_number_is_a_float(self):
        self.assertEqual(plain({"x": 1.0, "y": [2.50]}), {"x": "1", "y": ["2.5"]})
        self.assertEqual(decimal_text(1234567.891, 2), "1234567.89")
        self.assertEqual(decimal_text(-12.5, 2), "-12.50")

    def test_digest_is_sha256_of_utf8(self):
        self.assertEqual(
            digest("ë"),
            "b19cfb01639de63ec3d32df67b70cb7a56316f9ef5186fd290293abbcf0b8867",
        )
