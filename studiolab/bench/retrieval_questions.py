"""A studio's knowledge, and questions about it: what retrieval and the intents of a studio are measured on.

Both are written for this purpose. A line is: what answers | intent | question; what answers is a heading of HOUSE or a
source of the live data, "-" where nothing does. TUNING was looked at while concepts and threshold were chosen;
REPORTING and OTHERS were written before anything was measured on them, and are only reported.
"""

from typing import NamedTuple

HOUSE = """
# Trial
Everybody may try one class for EUR 10; it is taken off the first month of a membership. Please come ten minutes early.
# Cancelling a class
A booking can be cancelled until four hours before the class begins, in the app or by message. Later it counts as used.
# Ending a membership
Memberships run from month to month and end with four weeks' notice in writing.
# Pausing
A membership can be paused once a year for one to three months, e.g. for travel, an injury or a pregnancy.
# Parking and bicycles
There is a car park behind the building, free of charge after 17:00. Bicycles can be locked in the yard.
# Getting here
Tram 4 and bus 12 stop at Marktplatz, two minutes on foot. The entrance is in the courtyard, next to the bakery.
# What to wear
Comfortable sports clothes. For salsa and bachata, shoes with smooth soles; for yoga and pilates no shoes.
# Mats and equipment
Mats, blocks and balls are there for everybody and are cleaned after each class. You may bring your own mat.
# Showers and lockers
There are showers and changing rooms for women and men. Lockers take a two euro coin.
# Levels
Beginners need no experience. Improvers should have danced for about half a year; advanced classes are by arrangement
with the teacher.
# Partner dances
You need no partner: in salsa and bachata we change partners during the class.
# Children and teenagers
Kids' dance is for ages 5 to 9 and teen hip hop for ages 10 to 15. Children do not train in adults' classes.
# Ways to pay
By card, in cash at reception, or by SEPA direct debit. We send invoices on request.
# Students and seniors
Students, apprentices and people over 65 get 15 % off any membership with a valid card.
# Gift vouchers
Vouchers for any amount can be bought at reception or by message, and are valid for three years.
# Private lessons
Private lessons are EUR 70 for an hour, EUR 90 for two people, at times by arrangement.
# Being late
The door closes ten minutes after the class begins, so that nobody is disturbed.
# Holidays
The studio is closed from 24 December to 1 January and on public holidays.
# Language of the classes
Classes are taught in English and German.
# Lost property
What is found is kept at reception for four weeks.
# Health
After an injury, when ill or pregnant please ask your doctor first and tell the teacher before the class.
# Online classes
Yoga on Wednesdays is streamed; members get the link an hour before.
# Room hire
The large hall can be rented for parties and rehearsals at weekends for EUR 45 an hour.
# Wheelchair access
The ground floor hall and a toilet can be reached by wheelchair; the loft has stairs only.
# Waiting list
When a class is full you can join its waiting list; you get a message as soon as a place is free.
"""

TUNING = """
Trial|trial|can I test a class before I sign up?
Trial|trial|Kann ich mal zur Probe kommen?
Cancelling a class|cancel class|until when can I take back a booking
Ending a membership|cancel membership|how do I get out of my contract
Ending a membership|cancel membership|wie kündige ich
Pausing|freeze|going abroad for 2 months, can the membership rest
Pausing|freeze|¿se puede congelar la cuota?
Parking and bicycles|parking|somewhere to leave my car?
Parking and bicycles|parking|où peut-on garer la voiture
Getting here|location|which tram do I take
What to wear|bring|wich shoes for salsa
Mats and equipment|bring|do I need to bring a yoga mat
Showers and lockers|bring|hay taquillas?
Levels|level|total newbie here, is that ok
Partner dances|level|I come alone, no dance partner
Children and teenagers|children|son is 12, anything for him
Ways to pay|payment|kann man mit karte zahlen
Students and seniors|price|student discount?
Gift vouchers|payment|gift card for my mum
Private lessons|price|one to one lessons with a teacher
Being late|-|I may arrive 15 min late, can I still come in
Holidays|opening hours|closed at xmas?
Language of the classes|-|do you teach in english
Lost property|-|I forgot my scarf
Health|-|I am pregnant, can I dance
Online classes|-|is there a livestream
Room hire|-|we want to rent the hall for a birthday
Wheelchair access|-|is it barrier free
Waiting list|book|class is full, what can I do
plans|price|monthly price for 8 classes
timetable|timetable|what is on tuesday
opening hours|opening hours|wie lange habt ihr samstags offen
location|location|adresse?
-|-|do you sell protein shakes
-|-|can I bring my dog
-|-|Habt ihr eine Sauna?
-|-|do you ship t-shirts to Canada
-|-|who won the match yesterday
-|-|¿tenéis wifi?
-|-|is your insurance covering stolen phones
"""

REPORTING = """
Trial|trial|is there some kind of taster for new folks
Trial|trial|Wie läuft das mit einer Schnupperstunde ab?
Trial|trial|Me gustaría ir un día a probar, ¿cómo funciona?
Trial|trial|trail class possible befor joinning?
Cancelling a class|cancel class|if I drop out of tonights lesson do I lose the credit
Cancelling a class|cancel class|Bis wann kann ich eine gebuchte Stunde absagen?
Cancelling a class|cancel class|Jusqu'à quand puis-je annuler une réservation ?
Ending a membership|cancel membership|notice period to stop my membership
Ending a membership|cancel membership|¿Con cuánta antelación tengo que darme de baja?
Ending a membership|cancel membership|i wanna quit for good, what do i have to do
Pausing|freeze|I tore a ligament, can you put my subscription on hold
Pausing|freeze|Kann ich den Vertrag im Sommer ruhen lassen?
Pausing|freeze|suspendre l'abonnement pendant une grossesse
Parking and bicycles|parking|Is it difficult to find a parking spot in the evening
Parking and bicycles|parking|Wo stelle ich mein Fahrrad ab?
Parking and bicycles|parking|hay sitio para aparcar cerca
Getting here|location|how do i reach you with public transport
Getting here|location|Welche Straßenbahn fährt zu euch?
Getting here|location|I'm standing outside, can't see the entrence
What to wear|bring|dress code for bachata?
What to wear|bring|Was zieht man zum Yoga an?
What to wear|bring|quelles chaussures pour la salsa
Mats and equipment|bring|are yoga matts provided
Mats and equipment|bring|¿Hay esterillas o llevo la mía?
Showers and lockers|bring|can I shower after class, going to work from there
Showers and lockers|bring|Kann man sich bei euch umziehen und duschen?
Showers and lockers|bring|where do I put my valuables while I train
Levels|level|two left feet and zero experience, would I be lost
Levels|level|Ab wann darf ich in den Kurs für Fortgeschrittene?
Levels|level|¿Qué clase es buena para alguien que empieza de cero?
Partner dances|level|do I have to bring someone to dance with
Partner dances|level|Brauche ich für Bachata einen Tanzpartner?
Children and teenagers|children|my niece turns seven, can she dance with you
Children and teenagers|children|Gibt es Hip Hop für Jugendliche?
Children and teenagers|children|à partir de quel âge acceptez-vous les enfants
Ways to pay|payment|is direct debit ok or card only
Ways to pay|payment|¿Se puede pagar en efectivo?
Ways to pay|payment|i need an invoise for my employer
Students and seniors|price|I'm at university, is it cheaper for me
Students and seniors|price|Gibt es Rabatt für Rentner?
Gift vouchers|payment|want to give my girlfriend a present from you
Gift vouchers|payment|Wie lange ist ein Gutschein gültig?
Private lessons|price|Was kostet eine Einzelstunde zu zweit?
Private lessons|price|could we get individual tuition before our wedding
Being late|-|stuck in traffic, will they let me in after the start
Being late|-|Ich komme eine Viertelstunde zu spät, geht das?
Holidays|opening hours|Are you open on new year's eve
Holidays|opening hours|¿Abrís en días festivos?
Language of the classes|-|my German is poor, will I understand the teacher
Language of the classes|-|les cours sont en anglais ?
Lost property|-|left my water bottle in the studio yesterday
Lost property|-|Habt ihr meine Jacke gefunden?
Health|-|after knee surgery, can I join
Health|-|Ich bin schwanger, darf ich mitmachen?
Online classes|-|can I join the yoga from home
Room hire|-|looking for a space for our band rehearsal
Room hire|-|Kann man bei euch den Saal mieten?
Wheelchair access|-|my friend uses a wheel chair, can she get in
Waiting list|book|it says full, can you queue me for it
Waiting list|book|Wie komme ich auf die Warteliste?
plans|price|how much wold unlimitted cost me each month
plans|price|¿Cuánto cuesta la cuota mensual?
plans|price|Was kostet ein Monat mit acht Kursen?
timetable|timetable|anything for me on thursday evening
timetable|timetable|Wann ist am Montag Salsa?
timetable|timetable|y a-t-il du yoga le mercredi
opening hours|opening hours|until when are you open on fridays
opening hours|opening hours|Um wie viel Uhr macht ihr sonntags auf?
location|location|where exactly is your studio
location|location|¿En qué dirección estáis?
-|-|do you have a swimming pool
-|-|can you recommend a good restaurant nearby
-|-|Verkauft ihr Tanzschuhe?
-|-|are you hiring dance teachers at the moment
-|-|¿Hacéis masajes?
-|-|what is the capital of Mongolia
-|-|my laptop does not start, can you help
-|-|is there a vegan menu
-|-|Bietet ihr Ernährungsberatung an?
-|-|do you accept bitcoin donations for whales
-|-|avez-vous un sauna
-|-|can you translate my thesis
"""
OTHERS = """
thanks|thanks so much, really kind of you
thanks|Super lieb, danke!
thanks|ok merci à demain
greeting|good afternoon!
greeting|Hallo zusammen
greeting|hola!
opt-out|quit sending me these ads
opt-out|Bitte streicht mich von eurer Liste, keine Mails mehr
opt-out|no me mandéis más mensajes
complaint|the lesson was a joke and the coach was on his phone all the time
complaint|Die Duschen waren eklig, ich bin echt sauer
complaint|estoy harta, siempre hay problemas con vuestras clases
refund|you charged my card two times, please fix it
refund|Ich will die Kursgebühr zurück, der Kurs fiel aus
refund|remboursez-moi le stage annulé
person|can somebody phone me this afternoon
person|Ich würde gern mit einem Menschen reden
person|pouvez-vous me rappeler
book|reserve me a spot in pilates on friday
book|Ich würde mich gern für Samstag eintragen
cancel class|feeling ill, can't do yoga later
cancel class|No llego a la clase de hoy, quitadme de la lista
"""


class Question(NamedTuple):
    """answer : a heading or a source, "" where nothing answers; intent : "" where none is meant."""

    answer: str
    intent: str
    text: str


def questions(lines):
    """List of Question of lines as above."""
    rows = [line.split("|") for line in lines.strip().splitlines()]
    return [Question(*("" if cell == "-" else cell for cell in row[:2]), row[2]) for row in rows]


def messages():
    """(text, intent) of the reporting questions with an intent, and of the messages that are no question."""
    asked = [(one.text, one.intent) for one in questions(REPORTING) if one.intent]
    return asked + [tuple(line.split("|")[::-1]) for line in OTHERS.strip().splitlines()]
