"""Who is who: one person over several channels, by evidence that is said (K3.16).

What a channel itself vouches for joins by itself: the same number on WhatsApp and by SMS, the same e-mail address.
Everything weaker is a suggestion that a person decides. Numbers are E.164 (ITU-T E.164: 15 digits at most).
"""

import hashlib
import re

import pandas as pd

from studiolab.studio_operations.inbox.events import Event

EVER = pd.Timestamp(0, tz="UTC")  # a join by itself has no moment: it holds as soon as both are known


def joined(of_handle):
    """List of Events "merged", one less than there are handles of each person that channels vouch for.

    of_handle : dict of contact id to handle
    """
    same = {}
    for own, handle in sorted(of_handle.items()):
        for what in filter(None, (phone_of(handle), email_of(handle))):
            same.setdefault(what, []).append((own, handle))
    found = []
    for what, holders in same.items():
        first, handle = holders[0]
        for other, twin in holders[1:]:
            channels = " and ".join(sorted({_channel(handle), _channel(twin)}))
            evidence = [f"{channels} both say {what}"]
            found.append(Event(pair(first, other), first, "merged", {"with": other, "evidence": evidence}, EVER))
    return found


def pair(one, other):
    """The name of two contacts' being one person: of a join by itself, and of a suggestion that was turned down."""
    return "same-" + hashlib.sha256("\n".join(sorted((one, other))).encode()).hexdigest()[:16]


def phone_of(handle):
    """E.164 number that a channel vouches for, None where its name of a person is none (FORMATS § 8)."""
    channel, _, name = handle.partition(":")
    if channel == "whatsapp" and re.fullmatch(r"[1-9][0-9]{6,14}", name):
        return "+" + name
    return phone(name) if channel == "sms" else None


def email_of(handle):
    """Address that a channel vouches for, in lower case; None of other channels."""
    channel, _, name = handle.partition(":")
    return email(name) if channel == "email" else None


def email(text):
    """An address in lower case, None for what is none."""
    found = re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+", (text or "").strip())
    return found and found[0].casefold()


def phone(text, calling=None):
    """A number as E.164, or None where it is none.

    calling : calling code, digits, of the studio's country, for a number that was written as one dials there
    """
    digits = re.sub(r"[^0-9+]", "", re.sub(r"\(0\)", "", text or ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+") and calling:
        trunk = "" if calling in KEEPS_ZERO else {"7": "8"}.get(calling, "0")
        digits = "+" + calling + (digits.removeprefix(trunk) if trunk else digits)
    return digits if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits) else None


KEEPS_ZERO = {"39", "378", "225"}  # Italy, San Marino and Ivory Coast dial the zero from abroad too
CALLING = {  # by IANA zone, for numbers that were written as one dials at the studio; ITU E.164 list of codes
    "1": "America/New_York Chicago Denver Los_Angeles Phoenix Detroit Anchorage Toronto Vancouver Montreal Edmonton "
         "Winnipeg Halifax Boise Indiana/Indianapolis Kentucky/Louisville Puerto_Rico St_Johns; Pacific/Honolulu",
    "7": "Europe/Moscow Samara Volgograd; Asia/Yekaterinburg Novosibirsk Almaty",
    "20": "Africa/Cairo", "27": "Africa/Johannesburg", "30": "Europe/Athens", "31": "Europe/Amsterdam",
    "32": "Europe/Brussels", "33": "Europe/Paris", "34": "Europe/Madrid; Atlantic/Canary", "36": "Europe/Budapest",
    "39": "Europe/Rome", "40": "Europe/Bucharest", "41": "Europe/Zurich", "43": "Europe/Vienna",
    "44": "Europe/London Belfast", "45": "Europe/Copenhagen", "46": "Europe/Stockholm", "47": "Europe/Oslo",
    "48": "Europe/Warsaw", "49": "Europe/Berlin Busingen", "51": "America/Lima",
    "52": "America/Mexico_City Tijuana Monterrey Cancun", "54": "America/Argentina/Buenos_Aires",
    "55": "America/Sao_Paulo Bahia Fortaleza Recife Manaus", "56": "America/Santiago", "57": "America/Bogota",
    "60": "Asia/Kuala_Lumpur", "61": "Australia/Sydney Melbourne Brisbane Perth Adelaide Hobart Darwin",
    "62": "Asia/Jakarta", "63": "Asia/Manila", "64": "Pacific/Auckland", "65": "Asia/Singapore", "66": "Asia/Bangkok",
    "81": "Asia/Tokyo", "82": "Asia/Seoul", "84": "Asia/Ho_Chi_Minh", "86": "Asia/Shanghai", "90": "Europe/Istanbul",
    "91": "Asia/Kolkata Calcutta", "92": "Asia/Karachi", "94": "Asia/Colombo", "212": "Africa/Casablanca",
    "216": "Africa/Tunis", "234": "Africa/Lagos", "254": "Africa/Nairobi", "351": "Europe/Lisbon; Atlantic/Madeira",
    "352": "Europe/Luxembourg", "353": "Europe/Dublin", "358": "Europe/Helsinki", "359": "Europe/Sofia",
    "370": "Europe/Vilnius", "371": "Europe/Riga", "372": "Europe/Tallinn", "380": "Europe/Kyiv Kiev",
    "381": "Europe/Belgrade", "385": "Europe/Zagreb", "386": "Europe/Ljubljana", "420": "Europe/Prague",
    "421": "Europe/Bratislava", "852": "Asia/Hong_Kong", "880": "Asia/Dhaka", "886": "Asia/Taipei",
    "966": "Asia/Riyadh", "971": "Asia/Dubai", "972": "Asia/Jerusalem",
}  # fmt: skip


def calling_code(zone):
    """Calling code of the country that an IANA zone lies in, None where the zone is not known."""
    return _CALLING.get(zone)


def _by_zone():
    for code, zones in CALLING.items():
        for area in zones.split("; "):
            first, *others = area.split()
            yield first, code
            yield from ((f"{first.partition('/')[0]}/{other}", code) for other in others)


_CALLING = dict(_by_zone())


def _channel(handle):
    return handle.partition(":")[0]
