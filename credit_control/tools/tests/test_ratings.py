"""Every scale becomes 0 (worst) to 100 (best)."""

from unittest import TestCase

from tools.ratings import Band, Scale, find_band


class TestRatings(TestCase):
    def test_both_directions_and_letters(self):
        cases = [
            (Scale(best=100, worst=600), {"100": 100, "350": 50, "600": 0}),
            (Scale(best=100, worst=1), {"100": 100, "1": 0, "50.5": 50, "50,5": 50}),
            (Scale(letters=("A", "B", "C", "D")), {"A": 100, "c": 33.3, " D ": 0}),
        ]
        for scale, positions in cases:
            for value, position in positions.items():
                with self.subTest(scale=scale, value=value):
                    self.assertEqual(scale.position_pct(value), position)

    def test_better_value_never_stands_lower(self):
        scale = Scale(best=100, worst=600)
        positions = [scale.position_pct(str(value)) for value in range(100, 601)]
        self.assertEqual(positions, sorted(positions, reverse=True))

    def test_what_is_not_on_the_scale_is_refused(self):
        for scale, value in (
            (Scale(best=100, worst=600), "99"),
            (Scale(best=100, worst=600), "A"),
            (Scale(best=100, worst=600), ""),
            (Scale(best=100, worst=600), "nan"),
            (Scale(letters=("A", "B")), "C"),
            (Scale(letters=()), "1"),
        ):
            with self.subTest(scale=scale, value=value), self.assertRaises(ValueError):
                scale.position_pct(value)

    def test_bands_hold_both_ends(self):
        bands = [Band(100, 217), Band(218, 259), Band(600, 600)]
        for number, found in ((100, 0), (217, 0), (217.5, 0), (218, 1), (600, 2)):
            self.assertEqual(find_band(bands, number), found)
        self.assertIsNone(find_band(bands, 400))
