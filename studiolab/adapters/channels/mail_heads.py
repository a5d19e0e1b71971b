"""The headers of a mail, read with patience: RFC 5322 and 2047 as they are sent, not as they should be."""

import binascii
import codecs
import re
import unicodedata
from datetime import UTC, timedelta
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

LONGEST = 10_000  # characters of a header that are looked at
ENCODED = re.compile(r"=\?([^?\s]{1,60}?)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
BETWEEN = re.compile(r"(\?=)\s+(?==\?)")  # white space between two encoded words is none
PIECES = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|<[^<>]*+>|\([^()]*+\)|[^,;])++')
LABEL = r"""[^\s@<>()\[\],;:"\\/.]+"""
ADDRESS = re.compile(rf"""[^\s@<>()\[\],;:"\\]+@{LABEL}(?:\.{LABEL})*""")
ID = re.compile(r"<\s*([^<>\s]+)\s*>")
LATIN = {"ascii", "iso8859-1", "cp1252", "iso8859-15"}  # what programs say that do not know
WIDER = {"ascii": "utf-8", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
NEVER = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}  # no charsets, and some are slow


def decoded(data, charset=None):
    """`data` as text, by the charset it claims where that can be, else by the likeliest; never raises."""
    claimed = _codec(charset)
    ways = ["utf-8", claimed] if claimed is None or claimed in LATIN else [claimed, "utf-8"]
    for way in [WIDER.get(one, one) for one in ways if one] + ["cp1252"]:
        try:
            return data.decode(way)
        except (ValueError, LookupError):
            continue
    return data.decode("latin-1")


class Heads(dict):
    """Headers by their names in lower case, each a list of texts on one line, 8-bit ones decoded as well."""

    def __init__(self, message):
        super().__init__()
        for name, value in message.raw_items():
            data = str(value)[:LONGEST].encode("utf-8", "surrogateescape")
            value = re.sub(r"[\r\n]+\s*", " ", decoded(data)).strip()
            self.setdefault(name.lower(), []).append(value)

    def first(self, name):
        """The first header of this name, "" where there is none."""
        return self.get(name, [""])[0]

    def text(self, name):
        """The first header of this name with its encoded words read; None where it is empty."""
        return words(self.first(name)) or None

    def people(self, *names):
        """list of (address in lower case, name or None) in the headers of these names."""
        return [one for name in names for value in self.get(name, ()) for one in addresses(value)]

    def ids(self, name):
        """The Message-IDs in a header, without their brackets."""
        found = ID.findall(self.first(name))
        return found or [one for one in self.first(name).split() if "@" in one][:1]

    def moment(self, arrived):
        """Timestamp of the Date, else of the topmost Received; `arrived` where both are missing or cannot be."""
        for value in (self.first("date"), self.first("received").rpartition(";")[2]):
            try:
                at = parsedate_to_datetime(value)
                at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
            except (ValueError, TypeError, OverflowError, IndexError):
                continue
            if at.year > 1980 and at < arrived + timedelta(days=1):
                return at
        return arrived


def heads_of(raw):
    """The `Heads` of the bytes of a mail, without reading what follows them."""
    return Heads(BytesHeaderParser().parsebytes(raw[: 20 * LONGEST]))


def words(value):
    """A header's text with its encoded words read (RFC 2047)."""
    found, waiting = [], (None, b"")
    for at, part in enumerate(ENCODED.split(BETWEEN.sub(r"\1", value))):
        role = at % 4
        if role == 0:
            if part or at == 0:
                found.append(decoded(waiting[1], waiting[0]) + part)
                waiting = (None, b"")
        elif role == 1:
            charset = part
        elif role == 2:
            coding = part.lower()
        else:  # characters may be split over two words of one charset
            if charset != waiting[0]:
                found.append(decoded(waiting[1], waiting[0]))
                waiting = (charset, b"")
            waiting = (charset, waiting[1] + _unpacked(part, coding))
    found.append(decoded(waiting[1], waiting[0]))
    return re.sub(r"\s+", " ", "".join(found)).strip()


def addresses(value):
    """list of (address, name or None) in a header's value; what is no address is left out."""
    found = []
    for piece in PIECES.findall(value[:LONGEST]):
        before, bracket, rest = piece.rpartition("<")
        if bracket:
            address, name = rest.partition(">")[0], before
        else:
            aside = re.search(r"\(([^()]*)\)", piece)
            address, name = re.sub(r"\([^()]*\)", " ", piece), aside[1] if aside else ""
            address = address.rpartition(":")[2]  # a group's name comes first
        address = address.strip().lower()
        if is_address(address):
            name = re.sub(r"\\(.)", r"\1", name.strip().strip('"'))
            found.append((address, words(name).strip("'\" ") or None))
    return found


def is_address(text):
    """Whether a mail can be sent to `text`: one @, no marks of syntax, nothing that cannot be seen."""
    seen = not any(unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Cs") for c in text)
    return len(text) <= 254 and seen and bool(ADDRESS.fullmatch(text))


def _unpacked(text, coding):
    data = text.encode("utf-8", "replace")
    try:
        if coding == "q":
            return binascii.a2b_qp(data, header=True)
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def _codec(charset):
    """The name of Python's codec for what a mail calls its charset, or None."""
    if isinstance(charset, tuple):  # RFC 2231
        charset = charset[2]
    name = re.sub(r"-[ie]$", "", str(charset or "").strip("'\" ").lower())
    try:
        found = codecs.lookup({"utf8mb4": "utf-8", "ansi": "cp1252", "unicode-1-1-utf-7": "utf-7"}.get(name, name))
    except (LookupError, ValueError):
        return None
    return None if found.name in NEVER else found.name
