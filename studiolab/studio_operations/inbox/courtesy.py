"""Thanks that ask for nothing: who only says thank you waits for no answer."""

import re
import unicodedata

MOST_LETTERS = 120
THANKS = "thanks thank thx thankyou tx ty cheers danke dank dankeschon gracias merci grazie obrigado obrigada bedankt "
THANKS += "dankjewel tesekkurler dziekuje ありがとう धन्यवाद شكرا"
BESIDE = """
a abend aber abrazo accord adios adore again ahora all alle alles alright always amazing an and anyway appreciated
apres as ate au auf aujourd aula aussi avec avons awesome ayer back bald beaucoup beautiful beijos bella bellissima
beso besos best besten bien bientot bis bises boa bom bon bonjour bonne bonsoir brilliant buen buena buenas bueno bye
c ce cela ces cest cet cette chicas chicos ciao clase class classes coeur con cool cours course d dag dann das day de
dear dein dem demain den der dia dias dich die dir domani du e echt eine einen encanta encantado encanto encore
entonces equipe equipo erg es est esta estado estupendo etait euch eure evening ever everybody everyone everything
excellent fait fantastic fenomenal fijne fin for freue fue fun fur ganz gemacht genial girls glad good gran grand
grande great grossartig gruss grusse gusto gut gute guten guys ha habe had hallo happy hasta hat have heel hello het
heute hey hi hier hola hoy hui i ich igual ihr infiniment info informacion information infos is it j je jour journee
just kind kindness kurs l la las le les lesson lezione lieb liebe lieben lo logo los lot lots love loved lovely
luego ma mal manana many me mega mi mich mil mille mir molte moment mon mooie morgen morning much muchas muchisimas
mucho muito muy my nachricht nada nice night noche nochmal nos nous obrigados oh ok okay on os ottimo our
par parfait perfect perfecto perfetto plaisir por pour prego presto prima prof promo pronto que quick rapida rapide
really saludos salut schnelle schon schone schonen schoner seance see sehr semaine semana session sido so soir soiree
soon sounds spass studio stunde su such suite super tag tante tanto tarde tardes tausend teacher team that the then
there this time to today todo todos toll tolle tollen toller tomorrow tonight tot tous tout toute toutes training tres
trop tudo tutti tutto un una und une us vale vemos very viel vielen voor vos vosotros votre vous vraiment war was we
week weekend well wieder will wir with woche wochenende wonderful workout wunderbar yesterday you your ziens zuruck
zusammen
""".split()
NO_MATTER = re.compile(r"\bno (?:problem|worries)\b")  # of folded text; "no" alone says that something was missing


def is_thanks(body):
    """Whether a message thanks and says nothing else than how good it was: no question, no wish, no number."""
    if not isinstance(body, str) or len(body) > MOST_LETTERS or "?" in body:
        return False
    plain = _folded(body)
    if not any(mark in plain for mark in _MARKS):
        return False
    said = set(re.findall(r"[^\W_]+", NO_MATTER.sub(" ", plain)))
    return bool(said & _THANKS) and said <= _BESIDE


def _folded(text):
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if unicodedata.category(c)[0] != "M" and unicodedata.category(c) != "Cf")


_THANKS = frozenset(_folded(THANKS).split())
_BESIDE = _THANKS | frozenset(BESIDE)
_MARKS = tuple(sorted({word[:4] for word in _THANKS}))  # most messages hold none of them
