"""What somebody wrote themselves in a mail: without the history below it, and without their signature.

The forms are those that mail programs put there, in the languages of their users: a line of attribution before
quoted lines, Outlook's block of headers, "-- " before a signature (RFC 3676, 4.3).
"""

import re

ATTRIBUTIONS = re.compile(
    r"^(?:on\b.*\bwrote|am\b.*\bschrieb\b.*|.*\bschrieb am\b.*|le\b.*\ba écrit|el\b.*\bescribió|il\b.*\bha scritto|"
    r"(?:em|no dia|a)\b.*\bescreveu|op\b.*\bschreef\b.*|(?:den|på)\b.*\bskrev\b.*|.*\b(?:napisała?|pisze|napsala?)\b.*|"
    r".*\bkirjoitti\b.*|.*\byazdı|.*\b(?:написал|написала|пишет|написав|пише)\b.*|"
    r".*(?:写道|寫道|のメール|書きました|작성|썼습니다)|.*<[^<>\s]+@[^<>\s]+>)\s*[:：]$",
    re.IGNORECASE,
)
A_DATE = re.compile(r"\d")
SURELY = re.compile(r"\S@\S|\d[:.h]\d\d")  # an address or a time: nobody writes those into a sentence of that form
SEPARATORS = re.compile(
    r"^[-_*\s]{3,}(?:original message|original appointment|forwarded message|ursprüngliche nachricht|"
    r"originalnachricht|weitergeleitete nachricht|message d'origine|message original|message transféré|"
    r"mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|"
    r"mensagem encaminhada|oorspronkelijk bericht|doorgestuurd bericht|oprindelig meddelelse|"
    r"ursprungligt meddelande|wiadomość oryginalna|исходное сообщение|原始邮件|원본 메시지)[-_*\s]{3,}$",
    re.IGNORECASE,
)
FROM = re.compile(
    r"^\*?(?:from|von|de|da|van|fra|från|od|от|发件人|差出人|보낸 사람)\s?\*?\s?[:：]\*?\s*\S", re.IGNORECASE
)
SENT = re.compile(
    r"^\*?(?:sent|date|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|data|inviato|verzonden|sendt|dato|skickat|"
    r"wysłano|отправлено|дата|发送时间|日時|送信日時|보낸 날짜)\s?\*?\s?[:：]\*?\s*\S",
    re.IGNORECASE,
)
DEVICES = re.compile(
    r"^(?:sent from (?:my|outlook|mail|yahoo)|get outlook for|von meinem .{2,40} gesendet|gesendet (?:von|mit)|"
    r"envoyé (?:de(?:puis)? (?:mon|ma)|à partir)|télécharger outlook|enviado (?:desde|do|a partir)|obtener outlook|"
    r"inviato da|verstuurd vanaf|verzonden (?:vanaf|met)|skickat från|sendt fra|lähetetty|wysłane z|wysłano z|"
    r"отправлено (?:с|из))\b.{0,80}$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[-_]{5,}$")
LONGEST = 400  # characters of a line of attribution


def new_text(text):
    """`text` without quoted history and signature; the whole where nothing else would be left."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept, at = [], 0
    while at < len(lines):
        if _begins_history(lines, at):
            break
        after = _attribution(lines, at)
        if after:
            if not _is_quoted(_next(lines, after)):
                if SURELY.search(" ".join(lines[at:after])):
                    break
            else:
                at = after
                continue
        if not _is_quoted(lines[at]):
            kept.append(lines[at])
        at += 1
    own = _stripped(_unsigned(kept))
    return own or _stripped(lines)


def _attribution(lines, at):
    """The index after a line of attribution that begins at `at`, folded by some programs; None where none does."""
    for after in range(at + 1, min(at + 4, len(lines) + 1)):
        line = " ".join(part.strip() for part in lines[at:after])
        if not line or not lines[after - 1].strip() or len(line) > LONGEST or _is_quoted(line):
            return None
        if line.endswith((":", "：")) and A_DATE.search(line) and ATTRIBUTIONS.match(line):
            return after
    return None


def _begins_history(lines, at):
    line = lines[at].strip()
    if len(line) > LONGEST:
        return False
    if SEPARATORS.match(line):
        return True
    if RULE.match(line) and at + 1 < len(lines):
        at, line = at + 1, lines[at + 1].strip()[:LONGEST]
    below = [one.strip()[:LONGEST] for one in lines[at + 1 : at + 4]]
    return bool(FROM.match(line)) and any(SENT.match(one) for one in below)


def _unsigned(lines):
    for at, line in enumerate(lines):
        if line in ("--", "-- ", "—") and _stripped(lines[:at]):
            return lines[:at]
    while lines and (not lines[-1].strip() or (len(lines[-1]) < 200 and DEVICES.match(lines[-1].strip()))):
        lines = lines[:-1]
    return lines


def _next(lines, at):
    return next((line for line in lines[at:] if line.strip()), "")


def _is_quoted(line):
    return line.lstrip().startswith(">")


def _stripped(lines):
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
