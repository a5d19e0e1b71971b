"""What people write to studios, by intent and language: what the bundled classifier of intents learns from.

Written for this purpose; a studio's own messages are not among them. Phrases are parted by a bar.
"""

from studiolab.studio_operations.agents.phrases_more import MORE, OTHERS

PHRASES = {
    "price": {
        "en": """How much is a membership? | what do you charge per class | Could you send me your prices please | how
        expensive is it per month | do you have a price list | how much is that | What does a ten class pass cost? |
        how much for one drop in | rates for students? | is there a family discount | whats the monthly fee | cost of
        private lessons?""",
        "de": """Was kostet eine Mitgliedschaft? | wie teuer ist eine Stunde | Könnt ihr mir eure Preise schicken |
        Gibt es eine Preisliste? | Was kostet die Zehnerkarte""",
        "es": """¿Cuánto cuesta la mensualidad? | precio por clase | me podrían mandar los precios | qué tarifas
        tenéis para estudiantes | cuánto vale un bono de diez clases""",
        "fr": """Combien coûte un abonnement ? | quel est le prix d'un cours | pouvez-vous m'envoyer vos tarifs |
        c'est combien par mois | avez-vous un tarif étudiant""",
    },
    "trial": {
        "en": """Can I try a class first? | do you offer a free trial | I'd like a taster session | is the first lesson
        free | I want to test it before joining | trial class this week? | how do I get a trial lesson | can I come
        once to see if I like it | intro offer for new people? | first time visitor, can I just try""",
        "de": """Kann ich eine Probestunde machen? | gibt es ein kostenloses Probetraining | ich würde gern mal
        schnuppern | Ist die erste Stunde gratis? | erstmal ausprobieren möglich?""",
        "es": """¿Puedo probar una clase? | hay clase de prueba gratis | me gustaría probar antes de apuntarme | la
        primera clase es gratuita? | quiero una clase de prueba""",
        "fr": """Puis-je faire un cours d'essai ? | le premier cours est-il gratuit | j'aimerais essayer avant de
        m'inscrire | proposez-vous une séance découverte | un essai cette semaine c'est possible ?""",
    },
    "timetable": {
        "en": """When is yoga on? | what classes do you have on Tuesday evening | could you send the timetable | is
        there anything on saturday morning | what time does salsa start | your schedule for next week? | do you have
        classes in the evening | which days is pilates | is there a lunchtime class | when is the next beginners
        class""",
        "de": """Wann ist Yoga? | welche Kurse gibt es dienstags abends | Könnt ihr mir den Stundenplan schicken |
        um wie viel Uhr fängt Salsa an | Habt ihr auch am Wochenende Kurse?""",
        "es": """¿Cuándo hay clase de yoga? | qué clases tenéis los martes por la tarde | me mandáis el horario | a
        qué hora empieza salsa | hay algo el sábado por la mañana""",
        "fr": """Quand a lieu le yoga ? | quels cours avez-vous le mardi soir | pouvez-vous m'envoyer le planning |
        à quelle heure commence la salsa | y a-t-il des cours le week-end""",
    },
    "book": {
        "en": """I'd like to book a spot for Thursday | can you sign me up for the 6pm class | please reserve two
        places | how do I book | put me on the waiting list | is there still space tomorrow | I want to register for
        the beginners course | sign me up please | add me to tonight's class | can I join the workshop on sunday | yes,
        put me down for the trial please | great, then I come to the trial class | count me in for Monday | yes, I will
        be at the trial lesson""",
        "de": """Ich möchte mich für Donnerstag anmelden | bitte einen Platz reservieren | wie kann ich buchen |
        setzt mich bitte auf die Warteliste | ist morgen noch was frei |
        gut, dann komme ich zum Probetraining | tragt mich für die Probestunde ein""",
        "es": """Quiero reservar una plaza para el jueves | apúntame a la clase de las seis | cómo reservo | ponme
        en la lista de espera | queda sitio mañana | sí, voy a la
        clase de prueba | perfecto, apúntame para el lunes""",
        "fr": """Je voudrais réserver une place jeudi | inscrivez-moi au cours de 18h | comment réserver |
        mettez-moi sur liste d'attente | reste-t-il de la place demain | oui, je viens au cours d'essai |
        parfait, notez-moi pour lundi""",
    },
    "cancel class": {
        "en": """I can't make it tonight | please cancel my booking for tomorrow | sorry I'm sick, cannot come to class
        today | take me off the list for Friday | I need to cancel my spot | won't be able to attend the 7pm class |
        something came up, not coming today | can I move my booking to Thursday | cancel my trial lesson | have to skip
        this evening""",
        "de": """Ich kann heute leider nicht kommen | bitte meine Buchung für morgen stornieren | bin krank und muss
        die Stunde absagen | ich schaffe es heute Abend nicht | tragt mich bitte für Freitag aus""",
        "es": """Hoy no puedo ir a clase | cancela mi reserva de mañana por favor | estoy enferma, no voy a poder ir
        | tengo que anular mi plaza del viernes | me ha surgido algo, no voy hoy""",
        "fr": """Je ne peux pas venir ce soir | merci d'annuler ma réservation de demain | je suis malade, je ne
        viendrai pas | retirez-moi du cours de vendredi | j'ai un empêchement aujourd'hui""",
    },
    "cancel membership": {
        "en": """I want to cancel my membership | how do I end my contract | please terminate my subscription | I'm
        moving away and need to quit | what is the notice period | close my account please | I don't want to continue
        after this month | stop my monthly payments | leaving the studio, how do I unsubscribe from my plan | please
        confirm my membership cancellation""",
        "de": """Ich möchte meine Mitgliedschaft kündigen | hiermit kündige ich meinen Vertrag | wie ist die
        Kündigungsfrist | ich ziehe weg und will aufhören | bitte beendet mein Abo""",
        "es": """Quiero darme de baja | cómo cancelo mi suscripción | me mudo y dejo el gimnasio | cuál es el plazo
        para dar de baja la cuota | no quiero renovar mi contrato""",
        "fr": """Je souhaite résilier mon abonnement | comment mettre fin à mon contrat | je déménage et j'arrête |
        quel est le préavis de résiliation | arrêtez mes prélèvements mensuels""",
    },
    "freeze": {
        "en": """Can I pause my membership? | freeze my plan for two months | I'm on holiday in August, can I suspend |
        I broke my leg and need to put it on hold | is there a way to pause for pregnancy | how long can I freeze |
        stop it temporarily please | I am travelling for six weeks, can my contract pause | hold my membership until
        May | pausing instead of cancelling?""",
        "de": """Kann ich meine Mitgliedschaft pausieren? | Vertrag für zwei Monate ruhen lassen | bin im Urlaub,
        geht eine Pause | wegen Verletzung aussetzen | wie lange kann man pausieren""",
        "es": """¿Puedo pausar mi cuota? | congelar la suscripción dos meses | estoy de viaje, se puede suspender |
        por lesión quiero hacer una pausa | cuánto tiempo se puede congelar""",
        "fr": """Puis-je suspendre mon abonnement ? | mettre en pause deux mois | je pars en vacances, peut-on geler
        | blessée, je voudrais une pause | combien de temps peut-on suspendre""",
    },
    "level": {
        "en": """I've never danced before, which class is for me | is it ok for beginners | am I too old to start |
        what level is the Monday class | I have done ballet for 5 years where do I fit | is the course suitable without
        experience | do I need to be fit | difference between level 1 and 2? | can complete newbies join | too advanced
        for me?""",
        "de": """Ich habe noch nie getanzt, welcher Kurs passt | ist das für Anfänger geeignet | welches Niveau hat
        der Montagskurs | brauche ich Vorkenntnisse | ich bin fortgeschritten, wo steige ich ein""",
        "es": """Nunca he bailado, qué clase me va bien | es apto para principiantes | qué nivel tiene la clase del
        lunes | hace falta experiencia | soy avanzada, dónde encajo""",
        "fr": """Je n'ai jamais dansé, quel cours choisir | est-ce adapté aux débutants | quel est le niveau du
        lundi | faut-il de l'expérience | je suis avancé, quel groupe""",
    },
    "location": {
        "en": """Where are you located? | what's your address | how do I get there by bus | which metro stop is closest
        | where is the entrance | can you send the location | are you downtown | directions please | what street are
        you on | I cannot find the studio""",
        "de": """Wo seid ihr? | wie ist die Adresse | welche Haltestelle ist in der Nähe | wo ist der Eingang | wie
        komme ich zu euch""",
        "es": """¿Dónde estáis? | cuál es la dirección | qué parada de metro queda cerca | por dónde se entra | cómo
        llego al estudio""",
        "fr": """Où êtes-vous situés ? | quelle est l'adresse | quel est l'arrêt le plus proche | où est l'entrée |
        comment venir au studio""",
    },
    "parking": {
        "en": """Is there parking? | where can I park my car | do you have a car park | is parking free | can I leave
        my bike somewhere | parking nearby? | any garage close by | coming by car, where to leave it | bike racks? |
        street parking in the evening""",
        "de": """Gibt es Parkplätze? | wo kann ich parken | habt ihr Fahrradständer | ist das Parken kostenlos |
        Parkhaus in der Nähe?""",
        "es": """¿Hay aparcamiento? | dónde puedo aparcar | el parking es gratis | se puede dejar la bici | vengo en
        coche, dónde lo dejo""",
        "fr": """Y a-t-il un parking ? | où puis-je me garer | le stationnement est gratuit | peut-on laisser un
        vélo | je viens en voiture, où se garer""",
    },
    "opening hours": {
        "en": """What are your opening hours? | when do you open on Sunday | are you open on bank holidays | until
        what time is reception staffed | are you closed over christmas | what time do you close tonight | open
        today? | opening times please | from when can I come in the morning | are you open on easter monday""",
        "de": """Wie sind eure Öffnungszeiten? | habt ihr sonntags auf | seid ihr an Feiertagen geöffnet | bis wann
        ist heute offen | habt ihr über Weihnachten zu""",
        "es": """¿Cuál es vuestro horario de apertura? | abrís los domingos | a qué hora cerráis hoy | estáis
        abiertos en festivos | cerráis en navidad""",
        "fr": """Quels sont vos horaires d'ouverture ? | êtes-vous ouverts le dimanche | à quelle heure fermez-vous
        | ouvert les jours fériés ? | fermez-vous à Noël""",
    },
    "bring": {
        "en": """What should I wear? | do I need special shoes | what to bring to the first class | do you have mats |
        are there showers | is there a changing room | can I rent shoes | do I need my own towel | what clothes are
        best for pilates | lockers available?""",
        "de": """Was soll ich anziehen? | brauche ich besondere Schuhe | was muss ich mitbringen | gibt es Duschen
        und Umkleiden | habt ihr Matten da""",
        "es": """¿Qué ropa llevo? | necesito zapatos especiales | qué tengo que traer | hay duchas y vestuario |
        tenéis esterillas""",
        "fr": """Comment dois-je m'habiller ? | faut-il des chaussures spéciales | que dois-je apporter | y a-t-il
        des douches et vestiaires | fournissez-vous les tapis""",
    },
    "refund": {
        "en": """I want my money back | can I get a refund | I was charged twice | you took the wrong amount from my
        account | the class was cancelled, do I get a refund | please return my payment | why was I billed this
        month | wrong invoice | double charge on my card | reimburse me for the workshop""",
        "de": """Ich möchte mein Geld zurück | bekomme ich eine Erstattung | ihr habt doppelt abgebucht | die
        Rechnung stimmt nicht | wann kommt die Rückzahlung""",
        "es": """Quiero que me devuelvan el dinero | me habéis cobrado dos veces | pido un reembolso | la factura
        está mal | por qué me habéis cobrado este mes""",
        "fr": """Je veux être remboursé | j'ai été débité deux fois | la facture est fausse | comment obtenir un
        remboursement | pourquoi ai-je été prélevé ce mois""",
    },
    "complaint": {
        "en": """I'm very unhappy with the class | the teacher was rude | the changing room was dirty | this is the
        third time class is cancelled without notice | I am disappointed | terrible service | nobody answered my emails
        for a week | the room was far too crowded | I want to complain | the music was so loud my ears hurt | the
        lesson started twenty minutes late again""",
        "de": """Ich bin sehr unzufrieden | der Trainer war unfreundlich | die Umkleide war dreckig | schon wieder
        fiel der Kurs aus, so geht das nicht | ich möchte mich beschweren""",
        "es": """Estoy muy descontenta | el profesor fue maleducado | el vestuario estaba sucio | otra vez habéis
        cancelado sin avisar | quiero poner una queja""",
        "fr": """Je suis très mécontente | le professeur était impoli | le vestiaire était sale | encore un cours
        annulé sans prévenir | je veux faire une réclamation""",
    },
    "payment": {
        "en": """Can I pay by card? | do you take cash | how do I pay | can I pay with PayPal | is bank transfer
        possible | I need to change my card details | new IBAN for the debit | my payment failed, what now | do you
        take gift vouchers | can I pay in instalments""",
        "de": """Kann ich mit Karte zahlen? | nehmt ihr auch Bargeld | meine Bankverbindung hat sich geändert | geht
        Überweisung | wie kann ich bezahlen""",
        "es": """¿Puedo pagar con tarjeta? | aceptáis efectivo | cómo se paga | quiero cambiar mi cuenta bancaria |
        se puede pagar por bizum""",
        "fr": """Puis-je payer par carte ? | acceptez-vous les espèces | comment payer | je dois changer mon RIB |
        peut-on payer par virement""",
    },
    "children": {
        "en": """Do you have classes for kids? | my daughter is 6, can she join | from what age | teen hip hop? | is
        there childcare | classes for toddlers | can my son come with me | kids ballet on saturdays? | my children want
        to dance | minimum age for the course | something for a 4 year old""",
        "de": """Habt ihr Kurse für Kinder? | meine Tochter ist 6, kann sie mitmachen | ab welchem Alter | gibt es
        Kinderbetreuung | Jugendkurse?""",
        "es": """¿Tenéis clases para niños? | mi hija tiene 6 años, puede venir | desde qué edad | hay guardería |
        clases para adolescentes""",
        "fr": """Avez-vous des cours pour enfants ? | ma fille a 6 ans, peut-elle venir | à partir de quel âge | y
        a-t-il une garderie | cours pour ados""",
    },
    "person": {
        "en": """Can I talk to someone? | please call me back | I'd rather speak to a human | what's your phone number
        | is the manager available | give me a call tomorrow | are you a bot | I want to speak to the owner | could
        somebody ring me | who can I contact""",
        "de": """Kann ich mit jemandem sprechen? | bitte ruft mich zurück | ich möchte mit der Leitung reden | wie
        ist eure Telefonnummer | bist du ein Bot""",
        "es": """¿Puedo hablar con alguien? | llamadme por favor | quiero hablar con el encargado | cuál es vuestro
        teléfono | eres un robot""",
        "fr": """Puis-je parler à quelqu'un ? | rappelez-moi s'il vous plaît | je veux parler au responsable | quel
        est votre numéro de téléphone | êtes-vous un robot""",
    },
    "thanks": {
        "en": """Thanks! | thank you so much | great, see you then | perfect thanks | ok sounds good | awesome | cheers
        for the info | that helps a lot | got it, thank you | loved the class today, thanks | wonderful 😊""",
        "de": """Danke! | vielen Dank für die Info | super, bis dann | alles klar | perfekt, danke dir""",
        "es": """¡Gracias! | muchas gracias por la información | genial, nos vemos | perfecto | vale, gracias""",
        "fr": """Merci ! | merci beaucoup pour l'info | super, à bientôt | parfait | d'accord merci""",
    },
    "greeting": {
        "en": """Hi | hello there | good morning | hey | hi, I have a question | hello, anyone there? | good evening
        | hiya | hey team | hello, I would like some information""",
        "de": """Hallo | guten Tag | hi, ich hab eine Frage | guten Morgen | Servus zusammen""",
        "es": """Hola | buenos días | hola, tengo una pregunta | buenas tardes | hola, quisiera información""",
        "fr": """Bonjour | salut | bonsoir | bonjour, j'ai une question | coucou, je voudrais des renseignements""",
    },
    "opt-out": {
        "en": """STOP | unsubscribe | please don't message me anymore | remove me from your list | stop texting me |
        no more emails please | delete my number | opt out | take me off the newsletter | leave me alone""",
        "de": """Stopp | bitte keine Nachrichten mehr | abmelden vom Newsletter | löscht meine Nummer | nehmt mich
        aus dem Verteiler""",
        "es": """BAJA de la lista | no me escribáis más | dejad de mandarme mensajes | borrad mi número | no quiero
        recibir publicidad""",
        "fr": """Arrêtez de m'écrire | désabonnez-moi | plus de messages svp | supprimez mon numéro | je ne veux
        plus recevoir de publicité""",
    },
}
PHRASES |= MORE


def examples():
    """Lists of texts, of the intent of each, and of its language."""
    rows = [
        (" ".join(text.split()), intent, language)
        for intent, said in PHRASES.items()
        for language, texts in said.items()
        for text in texts.split("|")
    ]
    texts, intents, languages = map(list, zip(*rows, strict=True))
    return texts, intents, languages


def others():
    """List of the texts of OTHERS."""
    return [" ".join(text.split()) for texts in OTHERS.values() for text in texts.split("|")]
