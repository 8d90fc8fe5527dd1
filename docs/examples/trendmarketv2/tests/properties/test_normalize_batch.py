import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts" / "normalizer"))

import normalize_batch


class NormalizeBatch(unittest.TestCase):
    def test_the_order_of_keys_does_not_count(self):
        keys = [str(number) for number in range(20)]
        wanted = normalize_batch.normalize({key: key for key in keys})
        for seed in range(50):
            random.Random(seed).shuffle(keys)
            self.assertEqual(normalize_batch.normalize({key: key for key in keys}), wanted)
