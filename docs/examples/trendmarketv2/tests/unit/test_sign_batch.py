import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts" / "crypto"))

import sign_batch


class SignBatch(unittest.TestCase):
    def test_the_line_feed_belongs_to_the_tag(self):
        self.assertTrue(sign_batch.message(b"").startswith(b"tm.s7.batch.v1\n"))

    def test_another_batch_is_another_message(self):
        self.assertNotEqual(sign_batch.message(b"a"), sign_batch.message(b"b"))
