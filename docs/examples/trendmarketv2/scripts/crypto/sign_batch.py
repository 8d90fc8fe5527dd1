"""What is signed of a batch: the domain tag and the batch's digest."""

import base64
import hashlib

# The line feed belongs to the tag.
DOMAIN_TAG = b"tm.s7.batch.v1\n"

SIGNATURE_PATH = "out/batch.sig"
BATCH_PATH = "out/batch.json"
PUBKEY_PATH = "keys/batch.pub"
PRIVKEY_PATH = "keys/batch.private"


def message(batch: bytes) -> bytes:
    """The bytes that are signed."""
    return DOMAIN_TAG + hashlib.sha256(batch).digest()


def encoded(signature: bytes) -> str:
    """A signature as it is written: standard Base64."""
    return base64.b64encode(signature).decode("ascii")
