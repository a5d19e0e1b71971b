"""Webhooks that were recorded, read again: .json, one body or a list of them; .jsonl, one body a line.

A body is what Meta sent, or Twilio's form, as it came. Its signature is not kept: who has the file answers for it.
"""

import json

from studiolab.adapters.channels import Batch, instagram, sms, whatsapp
from studiolab.adapters.channels.reading import load
from studiolab.adapters.errors import StudiolabError

SUFFIXES = (".json", ".jsonl")
MOST_BYTES = 64 * 2**20  # of a .json, or of a line
PARSERS = {"whatsapp_business_account": whatsapp.parse, "instagram": instagram.parse}


def batches(path):
    """A `Batch` for each body in a file; what cannot be read is told in its `skipped`, with file and line.

    Raises StudiolabError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            if path.suffix == ".json":
                yield from _whole(path, file.read(MOST_BYTES + 1))
                return
            for number, line in enumerate(iter(lambda: file.readline(MOST_BYTES), b""), 1):
                if line.strip():
                    yield _parsed(line.strip(), f"{path.name}, line {number}")
    except OSError as error:
        raise StudiolabError(f"{path} cannot be read ({error.strerror}).") from None


def _whole(path, body):
    if body.lstrip()[:1] != b"[":
        yield _parsed(body, path.name)
        return
    try:
        bodies = load(b'{"bodies":' + body + b"}")["bodies"]
    except ValueError as error:
        yield Batch(skipped=[f"{path.name}: {error}"])
        return
    for number, one in enumerate(bodies, 1):
        yield _parsed(json.dumps(one).encode(), f"{path.name}, body {number}")


def _parsed(body, where):
    try:
        if body[:1] != b"{" and b"MessageSid" not in body:
            raise ValueError("neither a webhook of Meta's, which is a JSON object, nor a form of Twilio's")
        parse = sms.parse if body[:1] != b"{" else PARSERS.get(load(body).get("object"))
        if parse is None:
            raise ValueError("it is of no channel that is known")
        batch = parse(body)
    except ValueError as error:
        return Batch(skipped=[f"{where}: {error}"])
    batch.skipped = [f"{where}: {sentence}" for sentence in batch.skipped]
    return batch
