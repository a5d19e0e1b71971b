"""Words of four languages: folded, said in common concepts, and whose language they are."""

import re
import unicodedata
from functools import lru_cache

LANGUAGES = ("en", "de", "es", "fr")
ENGLISH = "en"

# Beginnings of words that mean the same to a studio; a word that ends in "." is meant whole.
CONCEPTS = {
    "price": "price pric cost fee. fees charge rate. rates tariff preis kost teuer gebuehr gebuhr preci cuesta cuestan "
    "cuanto tarif prix coute couter combien cher. barato expensive cheap pay. bezahl pagar payer",
    "trial": "trial test. testen taster probe prueba essai schnupper try. trying probier probar essayer intro. first. "
    "erste primera premier",
    "timetable": "timetable schedule stundenplan kursplan horario horaire plan. planning",
    "when": "when. what time. wann. cuando quand uhr. hora. heure",
    "membership": "member mitglied abo. abos abonn socio. miembro membre subscription vertrag contract contrat mensual "
    "monthly month. monat mes. mois mensuel",
    "cancel": "cancel kuendig kundig storn absag resili annul baja. terminat quit. stopp ending",
    "freeze": "freez pause paus suspend hold. ruhen congel unterbrech interrupt holiday urlaub vacacion vacance abroad "
    "travel reise viaje voyage",
    "refund": "refund money back erstatt ruckerstatt rueckerstatt reembols devol rembours",
    "level": "level niveau nivel beginner anfanger anfaenger principiant debut advanced fortgeschritt avanz avanc "
    "einsteiger novice intermedi",
    "place": "where address locat wo. adresse anschrift donde direccion ubica ou. situe find. finden find. liegt",
    "parking": "car. cars auto. coche voiture park parkplatz parken aparc estacion garage garer bike. bicycle fahrrad "
    "bici velo",
    "transit": "bus. tram. train. metro ubahn subway station bahn haltestell parada arret",
    "open": "open opening hours offnung oeffnung geoffnet offen auf. abierto abre. abren ouvert ouvre horas close. "
    "closed closes schliess cierr ferme",
    "bring": "wear bring clothes shoes outfit anzieh kleid schuh mitbring ropa zapat llevar vestir traer porter tenue "
    "chaussur apporter dress",
    "shower": "shower changing locker dusch umkleid ducha vestuari taquill douche vestiair casier schliessfach",
    "child": "child kid. kids children kind. kinder nino nina hijo hija enfant fils. fille age. alt. tochter sohn "
    "daughter son. edad teen jugend",
    "private": "private privat particulier particular individual einzel one-to-one",
    "partner": "partner pareja alone allein solo. sola. seul couple paar",
    "voucher": "voucher gift gutschein geschenk regalo vale. bono cadeau bon.",
    "payment": "card. cash bar. karte paypal efectivo tarjeta espece carte ueberweis uberweis transfer "
    "lastschrift debit "
    "sepa",
    "book": "book reserv buch anmeld inscri sign. signing register spot. place. platz plaza",
    "late": "late. spat verspat tarde. retard",
    "student": "student studier estudiant etudiant discount rabatt ermass descuento reduc",
    "drop-in": "drop drop-in dropin single einzelkarte suelta unite unique",
    "teacher": "teacher instructor coach trainer lehrer lehrerin profesor profesora maestro prof. professeur "
    "unterrichtet teaches ensena enseigne",
    "sick": "sick ill. injur krank verletz enferm lesion malade bless doctor arzt pregnan schwanger embaraz enceinte",
    "online": "online stream zoom. virtual video livestream",
    "language": "english englisch ingles anglais deutsch german espanol spanish francais french sprache idioma langue "
    "language",
    "water": "water wasser agua eau. drink trink towel handtuch toalla serviette",
    "access": "wheelchair rollstuhl ruedas roulant barrier accessib lift. aufzug ascensor ascenseur stairs",
    "lost": "lost forgot forgotten vergessen verloren perdi olvid perdu oubli fundsach",
    "monday": "monday montag lunes lundi",
    "tuesday": "tuesday dienstag martes mardi",
    "wednesday": "wednesday mittwoch miercoles mercredi",
    "thursday": "thursday donnerstag jueves jeudi",
    "friday": "friday freitag viernes vendredi",
    "saturday": "saturday samstag sonnabend sabado samedi",
    "sunday": "sunday sonntag domingo dimanche",
    "weekend": "weekend wochenende finde. semana",
    "call": "call phone ring. telefon anruf ruf. ruft ruckruf rueckruf llam appel rappel numero nummer number handy",
    "talk": "talk speak spoke human someone somebody person. jemand sprech reden mensch hablar alguien persona parler "
    "quelqu manager owner chef encargad responsable leitung bot. robot contact kontakt",
    "unhappy": "unhapp disappoint terribl awful rude unfriend dirty filthy complain unaccept ridicul bad. worst loud. "
    "crowded unzufried enttausch beschwer dreck schmutz unfreund frech laut. uberfullt schlecht descontent "
    "decepc queja sucio sucia maleduc horrible molest mecontent decu. decue impoli reclamation bruyant "
    "honteux",
    "thanks": "thank thx cheers danke dank. gracias merci",
    "hello": "hi. hello hey. hiya hallo servus moin hola bonjour salut bonsoir coucou guten buenos buenas",
    "festive": "christm xmas weihnacht silvester neujahr ostern feiertag easter navidad nochevieja festivo pascua noel "
    "paques ferie december dezember diciembre decembre",
    "messages": "messag text. texts texting sms. email emails mails newsletter unsubscrib spam nachricht "
    "werbung verteil "
    "abmeld. mensaj escrib publicid correo ecrir desabonn publicite list. liste lista optout",
    "charged": "charged billed bill. invoice twice double doppelt abgebucht abbuch rechnung cobr. cobrado "
    "cobrar factur "
    "debite preleve prelev",
    "soon": "today tonight tomorrow heute morgen hoy aujourd demain ce.",
    "cannot": "cant cannot unable won wont skip schaff leider pued puedo peux empech verhindert",
    "moving": "moving move. relocat leaving leave quit ziehe umzug aufhor mudo mudar mudamos dejo demenag arrete",
    "never": "never nie. nunca jamais experienc erfahrung vorkennt newbie noob old. scratch",
    "great": "great super perfect genial parfait wonderful awesome ok. okay alles klar vale. cool accord loved toll "
    "nice excellent",
    "information": "information info. infos question frage fragen pregunta renseign",
    "account": "account konto kontoverbind iban rib. bank bankverbind cuenta compte bizum",
    "evening": "evening abend noche tarde. soir night",
    "morning": "morning morgens vormittag manana matin",
}  # fmt: skip
_STEMS = sorted(
    ((stem, concept) for concept, stems in CONCEPTS.items() for stem in stems.split()), key=lambda pair: -len(pair[0])
)
_COMMON = {
    "en": "the a an and is are you i to of in for do does what how can my me it we at on have your with would like "
    "when where there please hi hello thanks thank much be if or any not am want could this that was were she they",
    "de": "der die das und ist sind ich du sie zu von in fur fuer was wie kann mein mir es wir am im auf habe haben "
    "ihr euch mit wurde wuerde gerne wann wo gibt bitte hallo danke viel kostet ein eine einen nicht oder bei noch "
    "auch man bin gern guten tag morgen moechte mochte kein keine den dem des sich",
    "es": "el la los las y es son yo tu usted a de en para por que como puedo mi me lo nosotros tengo con quiero "
    "gustaria cuando donde hay hola gracias cuanto cuesta un una no o si esta estoy favor buenos dias buenas al del "
    "se su mas quisiera tienen",
    "fr": "le la les et est sont je tu vous a de en pour que quoi comment puis peux mon ma me il nous ai avec voudrais "
    "aimerais quand ou bonjour merci combien coute un une ne pas si au aux du des se ce cette svp plait salut c j l d "
    "y sur suis avez quel quelle quels",
}
_COMMON = {language: frozenset(words.split()) for language, words in _COMMON.items()}
SMALL = {"son": ("es", "fr")}  # "they are" and "her", but a child in English
NOT = frozenset(  # what negates
    "not no never cannot cant dont nicht nichts kein keine keinen nie ne pas jamais nunca sin isn wasn don t".split()
)
_MARKS = {"de": "äöß", "es": "ñ¿¡áíóú", "fr": "àâçèêëîïôùûœ"}


def folded(text):
    """`text` in lower case without accents, and without marks that cannot be seen."""
    plain = unicodedata.normalize("NFKD", str(text)).casefold()
    return plain if plain.isascii() else "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))


def words(text):
    """List of the words of a text, folded."""
    return re.findall(r"[^\W_]+", folded(text))


def concepts(text):
    """List of what the words of a text mean to a studio, of CONCEPTS; once for each word that says it."""
    said = words(text)
    small = [word for word in SMALL if word in said and language(text) in SMALL[word]]
    return [concept for word in said if word not in small and (concept := _concept(word))]


@lru_cache(50_000)
def _concept(word):
    for stem, concept in _STEMS:
        if word == stem[:-1] if stem.endswith(".") else word.startswith(stem):
            return concept
    return None


def language(text, default=ENGLISH):
    """The one of LANGUAGES that a text is in, by its small words and its accents; `default` where nothing tells."""
    said = words(text)
    points = {one: sum(word in _COMMON[one] for word in said) for one in LANGUAGES}
    for one, marks in _MARKS.items():
        points[one] += 0.6 * sum(char in marks for char in str(text).lower())
    best = max(LANGUAGES, key=lambda one: (points[one], one == default))
    return best if points[best] > 0 else default
