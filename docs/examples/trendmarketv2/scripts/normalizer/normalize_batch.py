"""The canonical form of a batch: keys in order, one line feed at the end."""

import json


def normalize(batch: dict) -> bytes:
    """The bytes of a batch, equal for equal batches."""
    text = json.dumps(batch, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8") + b"\n"
