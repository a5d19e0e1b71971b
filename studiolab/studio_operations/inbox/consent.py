"""Consent: who may be sent marketing over which channel, from their own words, from staff, and from the member file.

Only a message that is nothing but the word says it: "STOP" ends marketing, "a non-stop class" does not. Who asked not
to be written to is still answered when they write themselves; that is service and no marketing. Sources: CTIA Messaging
Principles 2023, 5.1.3 (the words of SMS); WhatsApp Business policy (opt-in); GDPR art. 7 (3) and 21 (2).
"""

import re
import unicodedata
from typing import NamedTuple

from studiolab.studio_operations.inbox.events import Event

OUT = {
    "en": "stop|unsubscribe|opt out|optout|opt-out|revoke|stop messages|no more messages|remove me|unsubscribe me",
    "de": "stopp|abmelden|abbestellen|austragen|keine nachrichten mehr|keine werbung|keine werbung mehr",
    "es": "baja|darme de baja|dar de baja|parar|no mas mensajes|cancelar suscripcion|alto",
    "fr": "arret|arreter|desabonner|me desabonner|desinscription|se desinscrire|plus de messages",
    "it": "disiscrivi|disiscrivimi|cancellami|annulla iscrizione|basta messaggi|ferma",
    "pt": "sair|parar|descadastrar|cancelar inscricao|remover|pare",
    "nl": "stoppen|afmelden|uitschrijven|geen berichten meer",
    "hi": "band karo|band kare|band karen|roko|rokein|बंद|बंद करो|बंद करें|रोको|रोकें|स्टॉप",
    "tr": "dur|durdur|iptal|red|ret|abonelikten cik|mesaj istemiyorum|mesaj gonderme",
    "pl": "rezygnuje|wypisz|wypisz mnie|zrezygnuj|koniec wiadomosci|stop wiadomosci",
    "ar": "توقف|إيقاف|ايقاف|الغاء الاشتراك|إلغاء الاشتراك|قف",
    "ja": "停止|配信停止|ストップ|登録解除|解除",
}
OUT_OF_ALL = "stop all|stopall|alles stoppen|alle stoppen|stop alles|para todo|parar todo|arreter tout|stop tout"
OUT_BY_SMS = "end|quit|cancel"  # carriers take these as STOP; elsewhere "cancel" is about a class
IN = "start|unstop|subscribe|resubscribe|opt in|optin|opt-in"
BACK = {  # "anmelden" is also how one asks for a place in a class: these words take a no back, and are no first yes
    "en": "continue messages|resume",
    "de": "anmelden|wieder anmelden|start nachrichten|abonnieren",
    "es": "alta|darme de alta|suscribir|suscribirme|iniciar|empezar",
    "fr": "demarrer|s'abonner|m'abonner|abonner|reprendre",
    "it": "iscrivimi|iscrivi|inizia|avvia",
    "pt": "iniciar|comecar|inscrever|voltar a receber",
    "nl": "starten|aanmelden|inschrijven",
    "hi": "shuru|shuru karo|chalu karo|शुरू|शुरू करो|शुरू करें|स्टार्ट",
    "tr": "basla|baslat|onay|abone ol",
    "pl": "zapisz|zapisz mnie|wznow",
    "ar": "ابدأ|ابدا|اشتراك|اشترك",
    "ja": "開始|配信開始|再開|スタート|登録",
}
POLITE = re.compile(r"^(please|pls|bitte|por favor|s'il vous plait|svp|per favore|alstublieft|prosze|lutfen|kripya)\s+|"
                    r"\s+(please|pls|bitte|por favor|s'il vous plait|svp|per favore|prosze|lutfen|thanks|thank you|"
                    r"danke|gracias|merci|grazie|obrigado|obrigada|bedankt)$")  # fmt: skip
PHRASES = re.compile(
    r"\bunsubscribe\b|\bstop (sending|texting|messaging|e-?mailing|contacting|writing|these|this|your)\b|"
    r"\b(do not|don't|dont) (text|message|e-?mail|write|contact|send)\b|"
    r"\bkeine (nachrichten|werbung|mails|e-?mails) mehr\b|"
    r"\bnicht mehr (schreiben|anschreiben|kontaktieren)\b|\bno me (escriban|escriba|manden|envien|contacten)\b|"
    r"\b(ne )?(m'ecrivez|me contactez|m'envoyez) plus\b|\bnon (scrivetemi|mandatemi|contattatemi)\b|"
    r"\bnao (me )?(mande|mandem|envie|enviem) mais\b|\bgeen berichten meer\b|\bmessage mat (bhejo|karo)\b"
)  # fmt: skip
UNSEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff]")
MOST_LETTERS, MOST_SPACES = 60, 8
TEXTED = ("whatsapp", "sms")  # what a member's text_consent is about


class Consent(NamedTuple):
    """Whether marketing may be sent over a channel: True, False, or None where nobody said; and why, in a sentence."""

    allowed: bool | None
    at: object
    why: str


def asked(body, channel=""):
    """What a message asks for: (allowed, scope), or None if it is no such word.

    scope : "" of its own channel, "all", or "back" where it only takes a no back
    """
    if not body or len(body) > MOST_LETTERS or body.count(" ") > MOST_SPACES:
        return None
    word = _word(body)
    if word in _OUT_OF_ALL:
        return False, "all"
    if word in _OUT or (channel == "sms" and word in _OUT_BY_SMS):
        return False, ""
    if word in _IN:
        return True, ""
    return (True, "back") if word in _BACK else None


def may_ask_to_stop(body):
    """The words in a sentence that may ask to be left alone, for a person to read; "" where there are none."""
    found = PHRASES.search(_folded(body)) if body and asked(body) is None else None
    return found[0] if found else ""


def stated(contact_id, message_id, handle, body, at, subject=None):
    """The Event "consent" that an inbound message is, or None.

    A mail may hold a signature below the word, or as mail programs write it, the word as its subject and nothing else;
    so it may say no, and not yes.
    """
    channel = handle.partition(":")[0]
    said = asked(body, channel)
    if said is None and channel == "email":
        body = re.split(r"\n\s*\n|\n--", body.strip())[0] or subject or ""
        said = asked(body, channel)
        said = None if said is None or said[0] else said
    if said is None:
        return None
    value = {"channel": "all" if said[1] == "all" else channel, "allowed": said[0], "why": f"wrote {body.strip()!r}"}
    if said[1] == "back":
        value["only_back"] = True
    return Event(f"said-{message_id}", contact_id, "consent", value, at)


def effective(said, channel, email_consent=None, text_consent=None):
    """The `Consent` that counts for a channel: the last word of the person or of staff, else the member file's.

    said : `Contact.consent`; email_consent, text_consent : of table members, None where there is no member
    """
    last = max((said[name] for name in (channel, "all") if name in said), key=lambda one: one[1], default=None)
    if last is not None:
        return Consent(*last)
    filed = email_consent if channel == "email" else text_consent if channel in TEXTED else None
    if filed is None:
        return Consent(None, None, "nobody said whether they want to be written to")
    return Consent(bool(filed), None, f"the member file says {'yes' if filed else 'no'}")


def together(said):
    """What one person said as several contacts, as `Contact.consent`: of each channel the last word; of two at once
    the no. said : list of such dicts"""
    found = {}
    for name in sorted({name for one in said for name in one}):
        found[name] = max((one[name] for one in said if name in one), key=lambda word: (word[1], not word[0]))
    return found


def marketing(said):
    """dict of the member file's columns email_consent and text_consent to bool, of those that somebody's own word
    takes the place of. Who ended one kind of texts gets none of the other, unless all were opened again since.

    said : `Contact.consent`
    """
    email = effective(said, "email").allowed
    texts = [effective(said, channel).allowed for channel in TEXTED if channel in said]
    text = all(texts) if texts else effective(said, "sms").allowed
    return {name: word for name, word in (("email_consent", email), ("text_consent", text)) if word is not None}


def may_market(consent):
    """(bool, sentence): whether marketing may be sent under a `Consent`; an answer to what they ask always may."""
    since = "" if consent.at is None else f" on {consent.at:%Y-%m-%d}"
    if consent.allowed:
        return True, f"Marketing may be sent: {consent.why}{since}."
    return False, f"No marketing: {consent.why}{since}. What they ask may be answered."


def _word(body):
    plain = _folded(body)
    plain = re.sub(r"^[^\w]+|[^\w]+$", "", re.sub(r"[\s_]+", " ", plain))
    return POLITE.sub("", POLITE.sub("", plain)).strip(" ,.!")


def _folded(text):
    """In small letters, without accents on letters that are written without them in haste, nor marks nobody sees."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ı", "i").replace("İ", "i")).casefold()
    return unicodedata.normalize("NFC", UNSEEN.sub("", plain).replace("ł", "l"))


def _all(words):
    return {_word(word) for line in words for word in line.split("|")}


_OUT, _IN, _BACK = _all(OUT.values()), _all([IN]), _all(BACK.values())
_OUT_OF_ALL, _OUT_BY_SMS = _all([OUT_OF_ALL]), _all([OUT_BY_SMS])
