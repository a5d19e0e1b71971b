"""Everyday messages to a studio, for how often an answer without a language model is wrong.

Written for this purpose, for the studio of `retrieval_questions.HOUSE`. A line is: what may answer | what it is about |
message. What may answer are headings of HOUSE, sources of the live data, or the intent of a fixed sentence, parted by
commas; "-" where a colleague has to; after ":" stands what the answer has to name. What it is about are intents, "-"
for any other matter. The two lists are one, dealt out in turn before anything was measured, but for what the sample
inbox writes, which is all in TUNING. The rules were written with TUNING before the eyes, by the hand that wrote FRESH
too; what was answered to FRESH was only counted.
"""

from typing import NamedTuple

TUNING = """
-|-|Can I bring my dog?
Lost property|lost|I left my bottle, did you find it?
timetable:Bachata|timetable|What time is Bachata?
timetable:tango|timetable|tango on Monday?
timetable:Salsa|timetable|Is there salsa on Monday?
Health|health|I am pregnant, can I come?
-|change plan|Could you move me to the unlimited plan?
-|change plan|can you downgrade me from next month on
join,plans|join|I would like to join, with 8 classes a month
join|join|I loved it. Let's do it, sign me up for Unlimited.
book|book,trial|Great, please put me down for the trial class.
book|book,trial|Yes, I will come to the trial!
Levels,timetable|level|I have never done this before, is that a problem?
Levels|level|Is your salsa class ok for somebody with no sense of rhythm?
plans,products|price|How much is it a month?
products|price|what does the ten class pass cost
plans,products|price|hey, thinking of coming back after the summer, how much is it now?
Students and seniors|price|do students pay less?
Trial|trial|Can I try a class before I decide?
Trial|trial|how does the trial work and what does it cost
Parking and bicycles|parking|Where do I park?
location,Getting here|location|where exactly are you?
Getting here,location|location|is it far from the tram stop
opening hours|opening hours|When do you open on Saturday?
Holidays|opening hours|are you closed over christmas
-|cancel class|Sorry, I can't come tonight
-|cancel class|please take me off the list for Thursday
Cancelling a class|cancel class|how late can I cancel a class
Ending a membership|cancel membership|I want to quit my membership
-|cancel membership|Did you get my cancellation letter?
refund|refund|I was charged 89 although I paused in June
Pausing|freeze|Can I pause my plan while I am away?
What to wear|bring|what should I wear for yoga
Mats and equipment,What to wear|bring|Do I have to bring anything?
-|-|do you sell water
-|-|Can I take photos in class?
-|-|Is Ana coming back after her holidays?
-|-|is the party on Saturday still on?
-|-|do you have wifi
-|-|are you looking for a receptionist
-|-|We offer SEO services at a low price, interested?
-|-|did my payment go through?
Ways to pay|payment|can I pay cash
-|payment|my bank account changed, where do I send the new IBAN
Showers and lockers|bring,-|are there showers
Children and teenagers|children|Do you have something for a 6 year old?
Partner dances|level|do I need a partner
Gift vouchers|payment,-|do you sell vouchers
Private lessons|price,-|how much are private lessons
Being late|late|I'm running 5 minutes late!
Room hire|-|can we rent your room for a hen party
Online classes|-|Do you stream classes?
Wheelchair access|-|is there a lift
Waiting list|book|Is tonight's class full?
book|book|Can you book me in for Pilates on Tuesday
Language of the classes|-|do the teachers speak English?
thanks|thanks|Thank you, that was a great class!
thanks|thanks|cheers!
thanks|thanks|will do, thank you
greeting|greeting|Hi there
complaint|complaint|the teacher was 20 minutes late again, this is unacceptable
complaint|complaint|third time nobody answers, I am really annoyed
person|person|can somebody call me please
opt-out|opt-out|please stop writing to me
-|-|👍
-|-|yes
-|-|it's me again, Tom, about the thing we talked about
-|-|can you change my phone number in your system
-|-|how many people are in a class
-|-|will I lose weight with pilates
-|-|is the teacher certified
-|-|Do I have to book in advance or can I just walk in?
plans,products|price|Was kostet das im Monat?
Trial|trial|Kann ich erst einmal eine Stunde probieren?
book|book,trial|Super, dann komme ich zur Probestunde.
join,plans|join|War toll, ich möchte Mitglied werden: Unlimited.
Levels|level|Ich habe das noch nie gemacht, ist das ein Problem?
Levels|level|Ich bin Anfängerin, geht das?
timetable:Salsa|timetable|Wann ist Salsa?
-|-|Darf ich meinen Hund mitbringen?
Lost property|lost|Habe gestern meine Ohrringe liegen lassen, habt ihr sie gefunden?
-|cancel class|Ich schaffe es heute leider nicht
-|change plan|Ich möchte auf den Unlimited Tarif wechseln
Parking and bicycles|parking|Gibt es bei euch Parkplätze?
-|-|Wie viele Leute sind in einem Kurs?
thanks|thanks|Vielen Dank, das war eine tolle Stunde!
complaint|complaint|Schon wieder ist der Kurs ohne Nachricht ausgefallen, das ist ärgerlich
plans,products|price|¿Cuánto cuesta al mes?
Trial|trial|¿Puedo probar una clase primero?
book|book,trial|Perfecto, apúntame a la clase de prueba.
join,plans|join|Me encantó, quiero apuntarme: Unlimited.
Levels|level|Nunca lo he hecho, ¿es un problema?
timetable:tango|timetable|¿Dais clases de tango?
-|-|¿Hay aire acondicionado en la sala?
Health|health|Estoy embarazada, ¿puedo ir?
-|change plan|Quiero cambiar al plan Unlimited
thanks|thanks|Gracias, ¡ha sido una clase genial!
-|-|¿Cuánta gente hay en cada clase?
plans,products|price|C'est combien par mois ?
plans,products|price|Bonsoir, vous avez quels tarifs ?
Trial|trial|Je peux essayer un cours d'abord ?
book|book,trial|Parfait, inscrivez-moi pour le cours d'essai.
join,plans|join|J'ai adoré, je m'inscris : Unlimited.
Levels|level|Je n'ai jamais fait ça, c'est un problème ?
Levels|level|Je débute, c'est gênant ?
timetable:Bachata|timetable|C'est quand la bachata ?
-|-|Il y a la clim chez vous ?
Health|health|Je suis enceinte, je peux venir ?
location,Getting here|location|Vous êtes où exactement ?
thanks|thanks|ok merci beaucoup
plans,products|price|Quanto costa al mese?
Trial|trial|Posso provare una lezione?
-|cancel class|Stasera non riesco a venire, mi dispiace
plans,products|price|Quanto custa por mês?
plans,products|price|Wat kost een abonnement per maand?
-|cancel class|Ik kan vanavond niet komen
-|-|Ile kosztuje karnet?
-|cancel class|I can't make it to salsa tonight
-|cancel membership|I do not want to go to pilates any longer
plans,products|price|what does a bachata class cost, how much?
-|children|My son is five, can he do yoga?
-|health|would pilates be good for my back
location,Getting here|location|how do I get to bachata
-|-|why was there no pilates on Tuesday
-|-|How many people do salsa?
-|cancel class|Ich kann am Donnerstag nicht zu Bachata kommen
-|-|Warum war am Montag kein Salsa?
location,Getting here|location|Wie komme ich zu Pilates?
-|cancel class|El lunes no puedo ir a salsa
timetable:Pilates|timetable|¿Cuándo son las clases de pilates?
-|cancel class|Je ne peux pas aller au pilates mardi
Holidays|opening hours|are you open on 26.12.?
Holidays,-|timetable|Gibt es am 24.12. Pilates?
Holidays|opening hours|Do you open on New Year's Eve?
"""

FRESH = """
-|-|is it ok if my baby sleeps in the stroller next to me during class
Lost property|lost|Hi, did anyone hand in a grey hoodie last night?
timetable:Pilates|timetable|when does pilates start
timetable:zumba|timetable|Do you guys teach zumba?
timetable:Yoga|timetable|yoga on friday?
Health|health|I had a hip operation in May, is it safe for me to dance?
-|change plan|I'd like to switch from eight classes to the unlimited one
-|change plan|is it possible to upgrade my membership halfway through the month?
join,plans|join|ok I'm in, how do I become a member
join,plans|join|We decided to become members, my husband and I
book|book,trial|Perfect, then I'll take the trial on Wednesday
book|book|awesome, count me in for tonight
Levels|level|never danced in my life, would that be an issue?
Levels|level|I did bachata for a year in my home town, which group should I go to?
plans,products|price|Could you tell me your rates?
plans|price|whats the price for eight classes a month
plans,products|price|prices?
Students and seniors|price|my mother is 70, is there something cheaper for her
Trial|trial|is there an intro class for newcomers
Trial|trial|I'd love to give it a go first, is that possible?
Parking and bicycles|parking|do you have bike racks
location,Getting here|location|what's the address please
Getting here,location|location|I'm at the bakery, where is your door?
opening hours|opening hours|are you open now
Holidays|opening hours|is the studio open on Easter Monday?
-|cancel class|Something came up, I won't make it to yoga today
-|cancel class|my kid is sick so I have to skip class
Cancelling a class|cancel class|Do I lose the credit if I cancel two hours before?
Ending a membership|cancel membership|how many weeks notice do I have to give
-|refund|you took the money twice this month
refund|refund|can I get my money back for the workshop that was cancelled
Pausing|freeze|I broke my wrist, can you put my membership on hold?
What to wear|bring|do I need special shoes for salsa?
Mats and equipment|bring|are there mats or should I bring mine
-|-|Can my boyfriend watch the class?
-|-|who is teaching tonight?
-|-|what song did you play at the end of class yesterday
-|-|Are dogs allowed in the courtyard
-|-|Is there a fridge for my insulin?
-|-|Hello, I am a yoga teacher and would like to teach at your studio
-|-|Hi, I'm writing for the local paper and would love to interview the owner
Ways to pay|payment|I need a receipt for my insurance
Ways to pay|payment|do you take Visa
-|payment|my card has expired, how can I update it
Showers and lockers|bring,-|Can I lock away my laptop somewhere?
Children and teenagers|children|can I bring my daughter to my own class? she is 8
Partner dances|level|I'd come on my own, is that weird?
Gift vouchers|payment,-|I want to give my sister five classes for her birthday
Private lessons|price,-|My fiancé and I need help with our wedding dance
Being late|late|can I still get in if I come ten past?
Room hire|-|do you rent out the studio on Sundays
Online classes|-|can I follow the yoga lesson on zoom
Wheelchair access|-|I use crutches, are there many stairs?
Waiting list|book|where am I on the waiting list?
book|book|please reserve two spots for thursday for Mia and me
Language of the classes|-|my Spanish wife does not speak German, can she follow?
thanks|thanks|ok perfect, thanks a lot
thanks|thanks|Thx, see you tomorrow
thanks|thanks|no worries, thank you anyway
greeting|greeting|good evening, anybody there?
complaint|complaint|It was so crowded that I could not move. Not happy.
-|-|The heating in the loft was broken yesterday, just so you know
person|person|I would rather talk to a human being
opt-out|opt-out|no more newsletters please
-|-|???
-|-|On Tuesday at six
-|-|I moved, my new street is Lindenweg 4
-|-|Is it loud? I have sensitive ears
-|-|how long does one class last?
-|-|What is the difference between pilates and yoga?
-|-|How old are the other people in the course?
-|-|was kostet das Wasser bei euch
plans,products|price|Könnt ihr mir sagen, was ihr für die Mitgliedschaft nehmt?
Trial|trial|gibt es so was wie eine Schnupperstunde
book|book,trial|Ja gern, tragt mich bitte für die Probestunde am Mittwoch ein
join,plans|join|ich würde gern bei euch anfangen, wie werde ich Mitglied
timetable|timetable|Welche Kurse gibt es abends?
-|-|Habt ihr Klimaanlage?
Health|health|Ich hatte einen Bandscheibenvorfall, kann ich trotzdem Yoga machen?
-|cancel class|Mein Sohn ist krank, ich kann morgen nicht kommen
Ending a membership|cancel membership|hiermit kündige ich zum nächstmöglichen Termin
location,Getting here|location|Wo seid ihr genau?
-|-|Sucht ihr noch Trainer?
thanks|thanks|Alles klar, danke dir
person|person|Könnt ihr mich bitte anrufen?
plans,products|price|Hola, ¿me podéis decir las tarifas?
Trial|trial|me gustaría hacer una clase de prueba, ¿se puede?
book|book,trial|Sí, guárdame un sitio para la prueba del miércoles
join,plans|join|quiero hacerme socia, ¿qué tengo que hacer?
timetable:Yoga|timetable|¿A qué hora es yoga?
-|-|¿Puedo llevar a mi perro?
Lost property|lost|Me dejé el paraguas ayer, ¿lo habéis visto?
-|cancel class|Hoy no llego a clase, lo siento
location,Getting here|location|¿Dónde estáis exactamente?
thanks|thanks|vale, muchas gracias
book|book,trial|Oui, je viens à l'essai mercredi !
join,plans|join|je voudrais devenir membre
-|-|Je peux venir avec mon chien ?
Lost property|lost|J'ai oublié mon écharpe hier, vous l'avez trouvée ?
-|cancel class|Désolée, je ne peux pas venir ce soir
thanks|thanks|Merci, c'était un super cours !
-|-|Il y a combien de personnes par cours ?
-|-|Posso portare il mio cane?
thanks|thanks|Grazie mille!
-|lost|Ho dimenticato la felpa ieri
Trial|trial|Posso fazer uma aula experimental?
-|-|Mag ik mijn hond meenemen?
-|-|Aylık ücret ne kadar?
"""


class Everyday(NamedTuple):
    """answers : dict of what may answer to what it has to name, "" for nothing more; intents : set of names"""

    answers: dict
    intents: frozenset
    text: str


def everyday(is_fresh):
    """List of Everyday: those that are only reported on where `is_fresh`, else those that rules were written with."""
    return [_told(line) for line in (FRESH if is_fresh else TUNING).strip().splitlines()]


def _told(line):
    answers, intents, text = line.split("|", 2)
    named = [one.partition(":") for one in answers.split(",") if one != "-"]
    return Everyday({name: word for name, _, word in named},
                    frozenset(one for one in intents.split(",") if one != "-"), text)  # fmt: skip
