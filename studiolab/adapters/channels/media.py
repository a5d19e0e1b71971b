"""Pictures, recordings and files that messages refer to: fetched from the channel's own servers, told by their bytes.

What a file says of itself is its sender's word. So it is shown only where its first bytes are those of a picture, a
recording or a video that no browser runs anything of (no SVG, no HTML); anything else is a file to be kept.
"""

import time
from typing import NamedTuple
from urllib.parse import urljoin

from studiolab.adapters.channels import Gone, clean
from studiolab.adapters.channels.posting import TooLong, ask
from studiolab.adapters.errors import StudiolabError

MOST_BYTES = 25 * 2**20
SECONDS = 60.0  # for all of a file
HOPS = 4  # from one server to the next
LONGEST_NAME = 120  # characters
FILE = "application/octet-stream"
BEGINNINGS = [
    (0, b"\xff\xd8\xff", "image/jpeg", ".jpg"), (0, b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (0, b"GIF87a", "image/gif", ".gif"), (0, b"GIF89a", "image/gif", ".gif"), (8, b"WEBP", "image/webp", ".webp"),
    (8, b"WAVE", "audio/wav", ".wav"), (0, b"OggS", "audio/ogg", ".ogg"), (0, b"ID3", "audio/mpeg", ".mp3"),
    (0, b"\xff\xfb", "audio/mpeg", ".mp3"), (0, b"#!AMR", "audio/amr", ".amr"), (4, b"ftypM4A", "audio/mp4", ".m4a"),
    *((4, b"ftyp" + brand, "video/mp4", ".mp4") for brand in (b"isom", b"iso2", b"mp4", b"avc1", b"3gp", b"qt  ")),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", ".webm"),
]  # fmt: skip


class File(NamedTuple):
    """data : bytes; mime_type : by its first bytes, FILE unless it may be shown; name : without any path"""

    data: bytes
    mime_type: str
    name: str

    @property
    def is_shown(self):
        """Whether a page may show or play it."""
        return self.mime_type != FILE


def file(data, name=None):
    """`File` of bytes; name : as its sender calls it, None where nobody does."""
    known = [one for one in BEGINNINGS if data.startswith(one[1], one[0])]
    kind, ending = known[0][2:] if known else (FILE, "")
    name = (clean(name) or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, suffix = name.rpartition(".")
    name = f"{stem[: LONGEST_NAME - len(suffix)]}{dot}{suffix}" if len(suffix) < 12 else name[:LONGEST_NAME]
    return File(bytes(data), kind, name or f"file{ending}")


def download(whose, url, hosts, own, gone=(404, 410), **secrets):
    """bytes that lie at `url`. Raises Gone, StudiolabError.

    whose : the channel; hosts : ends of names of its servers, asked over https alone; own : address of its API, which
    is asked as it stands; secrets : headers or auth, shown to `url` and to nobody it sends us on to
    gone : statuses that say that there is nothing any more
    """
    until = time.monotonic() + SECONDS
    for _ in range(HOPS):
        if not is_at(url, hosts, own):
            raise StudiolabError(f"{whose} names a file at a server that is not its own; it was not asked.")
        try:
            answer = ask(whose, "GET", url, seconds=max(until - time.monotonic(), 1), most=MOST_BYTES, **secrets)
        except TooLong:
            size = f"more than {MOST_BYTES // 2**20} MB"
            raise StudiolabError(f"The file has {size}; look at it in {whose} itself.") from None
        if answer.status not in (301, 302, 303, 307, 308):
            break
        url, secrets = urljoin(url, answer.headers.get("location", "")), {}
    if answer.status in gone:
        raise Gone(f"{whose} does not have it any more.")
    if answer.status != 200:
        raise StudiolabError(f"{whose} does not give the file (HTTP {answer.status}); try again, or connect it again.")
    return answer.body


def is_at(url, hosts, own):
    """Whether `url` is of the server of `own`, or over https of one of `hosts`, as ends of names."""
    import httpx  # late, as in `posting`; what is looked at here is what is asked, by the same reading

    try:
        asked, own = httpx.URL(url), httpx.URL(own)
    except httpx.InvalidURL:
        return False
    if asked.userinfo or not asked.host:
        return False
    if (asked.scheme, asked.host, asked.port) == (own.scheme, own.host, own.port):
        return True
    is_known = any(asked.host == one or asked.host.endswith(f".{one}") for one in hosts)
    return is_known and asked.scheme == "https" and asked.port is None
