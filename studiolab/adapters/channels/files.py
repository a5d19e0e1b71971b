"""Mail in files: .eml, a message each; .mbox, many (RFC 4155); and folders of them."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from studiolab.adapters.channels import Batch
from studiolab.adapters.channels.mail_heads import heads_of
from studiolab.adapters.channels.mail_text import parse
from studiolab.adapters.errors import StudiolabError

SUFFIXES = (".eml", ".mbox", ".mbx")
AT_ONCE = 500  # messages of one batch
MOST_BYTES = 25_000_000  # of one message
LOOKED_AT = 200  # messages, to find out whose mailbox it is


def batches(path, account=None):
    """Batches of AT_ONCE messages of a file, or of all files in a folder and below.

    account : whose mailbox it is; by default the address that most of its mails come from or go to
    Raises StudiolabError where it cannot be read.
    """
    path = Path(path)
    try:
        account = account or _owner(path)
        batch = Batch()
        for where, raw, arrived in _mails(path):
            _take(where, raw, arrived, account, batch)
            if len(batch.messages) >= AT_ONCE:
                yield batch
                batch = Batch()
        yield batch
    except OSError as error:
        raise StudiolabError(f"{path} cannot be read: {error.strerror}.") from None


def read(path, account=None):
    """All that `batches` yields, as one `Batch`."""
    found = Batch()
    for one in batches(path, account):
        found.messages += one.messages
        found.statuses += one.statuses
        found.skipped += one.skipped
    return found


def _take(where, raw, arrived, account, batch):
    if len(raw) > MOST_BYTES:
        batch.skipped.append(f"{where}: more than {MOST_BYTES:,} bytes")
        return
    try:
        found = parse(raw, account, arrived=arrived)
    except ValueError as error:
        batch.skipped.append(f"{where}: {error}")
        return
    batch.messages += found.messages
    batch.statuses += found.statuses
    batch.skipped += found.skipped


def _mails(path):
    """(where, bytes, when the file was written) of each message."""
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.suffix.lower() in SUFFIXES and one.is_file():
                yield from _mails(one)
        return
    if path.suffix.lower() not in SUFFIXES:
        raise StudiolabError(f"{path.name} is no mail: a file that ends in {', '.join(SUFFIXES)} was expected.")
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as file:
        if path.suffix.lower() == ".eml":
            yield path.name, file.read(MOST_BYTES + 1), written
        else:
            for number, raw in enumerate(_parted(file), 1):
                yield f"{path.name}, message {number}", raw, written


def _parted(file):
    """The messages of an mbox, each cut after MOST_BYTES; what was quoted to look like no beginning is as before."""
    lines, size, is_after_blank = None, 0, True
    for line in file:
        if is_after_blank and line.startswith(b"From "):
            if lines is not None:
                yield b"".join(lines)
            lines, size = [], 0
        elif lines is not None and size <= MOST_BYTES:
            lines.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
            size += len(line)
        is_after_blank = line in (b"\n", b"\r\n")
    if lines is not None:
        yield b"".join(lines)


def _owner(path):
    """The address that most mails of `path` were delivered to, came from or go to. Raises StudiolabError for none."""
    delivered, named = Counter(), Counter()
    for _, raw, _ in islice(_mails(path), LOOKED_AT):
        heads = heads_of(raw)
        delivered.update({address for address, _ in heads.people("delivered-to", "x-original-to")})
        receivers = [address for address, _ in heads.people("to", "cc")]
        named.update({*receivers, *(address for address, _ in heads.people("from"))})
        named.update(receivers[:1])  # of a single mail, whoever it went to
    known = delivered or named
    if not known:
        raise StudiolabError(f"{path.name} holds no mail with an address: say whose mailbox it is (--account).")
    return max(known, key=lambda address: (known[address], address))
