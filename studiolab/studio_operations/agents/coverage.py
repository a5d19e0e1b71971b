"""Which words of a question an answer accounts for: a question with other words in it is about something else.

"Can I bring my dog?" and "What do I bring?" are one matter to a classifier; "dog" is what nothing here speaks of.
"""

from collections import Counter
from functools import cache

from studiolab.studio_operations.agents import phrases
from studiolab.studio_operations.agents.text import SMALL, concepts, folded, language, words

STEM = 5  # letters that two forms of a word share
MOST = 0.34  # share of a question's words that an answer may leave open; set on bench/everyday.py, TUNING
OFTEN = 2  # phrases of an intent that a meaning stands in, to be of the intent
PLAIN = frozenset(
    """
    a ab aber able abord about acceso actually after again ahora ai aimerais al algo alguna alguno all alle alles alors
    already als also always am an and ano antes any anybody anyone anything apres aqui are around as asi ask asking at
    au auch aucun auf aun aunque aus aussi autre aux avait avant avec avez avoir bailar be because been before bei beim
    being bin bis bist bitte bonjour bonsoir buena buenas bueno buenos but by c ca cada can car casi ce ceci cela ces
    cet cette chez chose clase clases class classes come comes coming comme comment como con cosa could cours course
    cual cuales cuando d da dais damit dan dance dancing dann dans danse danser dar darf das dass day days de dear
    decide decidir decir decirme dein deine deja del dem den denn depuis der des desde deux dia dias did didn die dies
    diese dieser dire dit do doch does doesn doing dois doit don donc donde done dort dos du durch durfen eigentlich
    ein eine einem einen einer eines einfach einmal el ella elle elles ellos else en encanta encore entre er era erst
    es esa ese eso est esta estais estan estar estas este esto estoy estudio et etais etait etes etre etwas eu euch
    euer eure eurem euren eux even every everybody everyone exactamente exactement exactly faire fais fait faites faut
    favor fine first fois font for from fue funciona funktioniert fur ganz gar geben gehen geht gemacht genant genau
    gern gerne gibt give gleich go goes going got gruss grusse gustaria guys ha habe habeis haben haber habia habt hace
    hacer haces hacia had hago hallo han has hasta hat hatte hatten have having hay he hecho hello her here hey hi hier
    him his hola hope how hoy i ich ici id if ihm ihn ihr ihre il ill ils im in ins interested into ir is isn issue ist
    it its ive j ja jahr jahre jamais je jede jeden jetzt jour journee jours just juste kann kannst kein keine keinen
    kind kindly klar know komme kommen konnen konnt konnte konntet kurs kurse l la lange las last le leider les lesson
    lessons let leur leurs lieb liebe liebes like little ll lo long look looking los lot love lui m ma mache machen
    macht mais make mal man mas may maybe me mehr mein meine meinem meinen meiner meme merci mes mettre mi mich mine
    mir mis mismo mit mitmachen mochte mochten moglich moi moins mon monat month more most muss muy my myself n nach
    nada ne nehmen new next ni nicht nichts no noch non nos nosotros not notre nous now nueva nuevo nun nur o ob oder
    of off ok okay on one only ont or os other otra otro ou oui our ours out over own par para parce pas per pero
    person peu peut peux plait please plus plutot poco podeis podemos poder podria podriais por porque posible possible
    pour pourrais pouvais pouvez pouvoir pres problem problema probleme pronto pueda puede pueden puedes puedo puis qu
    quand que quel quelle quelles quels queria qui quien quiere quiero quisiera quite quoi re really regards right s sa
    saber sagen sais saludos sans savoir say schon schone se sea seance see sehr seid sein selbst semaine semana ser
    serait ses session sessions she should si sich sido sie sin sind so sobre soir soll sollte solo some somebody
    someone something sommes sont soon soy still studio stunde stunden su such suis sur sure sus svp t ta tag take tal
    tambien tan tanzen te team tell tendria teneis tenemos tener tengo tes than thank thanks that the their theirs them
    then there they thing things think thinking this those ti tiene tienen time times to toda todas today todo todos
    toi tomorrow ton tonight too tous tout toute toutes tres trotzdem tu tus two uber um un una und une uno unos uns
    unser unter up us use usted va vais vamos ve venir very veux vez via vielen vielleicht viens voila voir vom von vor
    vos vosotros votre voudrais voudrait voulez vouloir vous voy vrai vuestra vuestro wann want wanted war ware waren
    was way we week weeks wegen weil weiter welche welcher welches well wenn wer werden were what when where whether
    which while who wie wieder will wir wird wish wissen with without wo woche wollen wollte wonder wondering would
    wurde wurden wurdet y ya year years yes yet yo you your yours zu zum zur
    """.split()
)


def open_words(question, texts, intent=""):
    """(list of words of a question that the answer leaves open, how many words it has that tell what it is about).

    texts : what the answer stands on; intent : of phrases.PHRASES, whose words the question may use too
    """
    told = Counter(_stem(word) for text in texts for word in words(text))
    meant = {one for text in texts for one in concepts(text)}
    stems, meanings = _of_intent(intent)
    tongue = language(question)
    plain = PLAIN | {word for word, tongues in SMALL.items() if tongue in tongues}
    asked = [word for word in dict.fromkeys(words(question)) if word not in plain and word.isalpha()]
    left = [word for word in asked
            if _stem(word) not in told and _stem(word) not in stems
            and not (set(concepts(word)) & (meant | meanings))]  # fmt: skip
    return left, len(asked)


def covers(question, texts, intent="", most=MOST):
    """Whether an answer leaves at most a share `most` of a question's telling words open."""
    left, asked = open_words(question, texts, intent)
    return len(left) <= most * asked


@cache
def _of_intent(intent):
    """(stems of the words of an intent's phrases, what several of them mean)."""
    told = [text for texts in phrases.PHRASES.get(intent, {}).values() for text in texts.split("|")]
    meant = Counter(one for text in told for one in set(concepts(text)))
    return (frozenset(_stem(word) for text in told for word in words(text)),
            frozenset(one for one, often in meant.items() if often >= OFTEN))  # fmt: skip


def _stem(word):
    return folded(word)[:STEM]
