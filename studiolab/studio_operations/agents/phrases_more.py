"""What else people write to studios: who wants to join or change, health, lost things, and what no intent is of."""

MORE = {
    "join": {
        "en": """I would like to join | I want to become a member | sign me up for the unlimited plan please | how do I
        become a member | we would like to start a membership | I'd like to take the plan with four classes a month | I
        have decided, I'll take the membership | I loved the trial and want to join | can I start my membership in May
        | please set up a contract for me | I take the eight classes plan | how can I join your studio""",
        "de": """Ich möchte Mitglied werden | ich würde gern einen Vertrag abschließen | wie kann ich Mitglied werden |
        ich nehme das Abo mit vier Kursen | die Stunde war toll, ich möchte bei euch anfangen | meldet mich bitte als
        Mitglied an""",
        "es": """Quiero hacerme socio | me gustaría apuntarme al gimnasio | cómo me hago miembro | quiero empezar con la
        cuota mensual | me encantó y quiero apuntarme | dadme de alta por favor""",
        "fr": """Je voudrais m'inscrire au studio | comment devenir membre | je souhaite prendre un abonnement | j'ai
        adoré et je m'inscris | je prends la formule à quatre cours | je veux adhérer""",
    },
    "change plan": {
        "en": """Can I change my plan | move me to the bigger plan please | I want to switch to another membership |
        upgrade me to unlimited | I'd like to downgrade to four classes | can I go from eight classes to four | change
        my subscription to the smaller one | how do I switch plans""",
        "de": """Ich möchte meinen Tarif wechseln | kann ich auf das große Abo umsteigen | bitte stellt mich auf vier
        Kurse im Monat um | geht ein Wechsel in einen anderen Vertrag | Mitgliedschaft ändern""",
        "es": """Quiero cambiar de tarifa | puedo pasarme al plan grande | cambiadme al bono de cuatro clases | me
        gustaría cambiar mi cuota | cómo cambio de plan""",
        "fr": """Je voudrais changer de formule | puis-je passer à l'abonnement illimité | changer mon abonnement pour
        quatre cours | est-il possible de changer de forfait | passez-moi à la formule supérieure""",
    },
    "health": {
        "en": """I am pregnant, can I train | I have a bad knee, can I still join in | after my back surgery is it ok |
        I have asthma, is that a risk | my shoulder hurts, should I come to class | can I dance with a sprained ankle |
        is yoga safe with high blood pressure | I am recovering from an injury""",
        "de": """Ich bin schwanger, kann ich mitmachen | ich habe Knieprobleme, geht das | nach einer Operation wieder
        anfangen | mein Rücken tut weh, darf ich kommen | ich habe Asthma""",
        "es": """Estoy embarazada, puedo entrenar | tengo mal la rodilla, puedo hacer la clase | después de una
        operación se puede | me duele la espalda | tengo asma""",
        "fr": """Je suis enceinte, est-ce possible | j'ai mal au genou, puis-je faire le cours | après une opération |
        j'ai mal au dos | je fais de l'asthme""",
    },
    "lost": {
        "en": """I left my jacket at the studio | did you find my keys | I lost an earring in the changing room | I
        forgot my shoes yesterday, are they there | has anybody found a black bag | where do you keep lost things""",
        "de": """Ich habe meine Jacke vergessen | habt ihr meinen Schlüssel gefunden | ich habe in der Umkleide etwas
        verloren | liegen meine Schuhe noch bei euch | Fundsachen""",
        "es": """Me he dejado la chaqueta | habéis encontrado mis llaves | perdí un pendiente en el vestuario | olvidé
        las zapatillas ayer | objetos perdidos""",
        "fr": """J'ai oublié ma veste | avez-vous trouvé mes clés | j'ai perdu une boucle d'oreille au vestiaire | j'ai
        laissé mes chaussures hier | objets trouvés""",
    },
    "late": {
        "en": """I will be ten minutes late | running late, can I still come in | stuck in traffic, wait for me | until
        when may I enter the class | my train is delayed, I come a bit later | is it ok to arrive late""",
        "de": """Ich komme zehn Minuten zu spät | verspäte mich, darf ich noch rein | stehe im Stau | bis wann kann man
        noch dazukommen | mein Zug hat Verspätung""",
        "es": """Llego diez minutos tarde | voy con retraso, puedo entrar | estoy en un atasco | hasta cuándo se puede
        entrar | mi tren va con retraso""",
        "fr": """J'aurai dix minutes de retard | je suis en retard, puis-je entrer | coincée dans les bouchons | jusqu'à
        quand peut-on entrer | mon train a du retard""",
    },
}
OTHERS = {  # what no intent is: nothing that a studio has prepared answers it
    "en": """Do you have a guest list for the show | may I bring my cat | do you sell coffee | is there internet |
        can I film the choreography | are you hiring | I would like to work for you | we are a marketing agency | who
        wins the match | how many people are there in the room | how long is a lesson | is there air conditioning |
        which teacher is in today | is Maria ill | what is the name of that song | do you ship shirts | can my friend
        watch | I moved to a new flat, please note my address | my email has changed | yes | no | maybe | on Friday at
        seven | it is me | did you get my letter | has my payment arrived | is your teacher trained | does it help to
        lose weight | the light in the hall is broken | is the party still on | what is the difference between the two
        styles | do you have saunas | what did we learn last week | I am a journalist | happy birthday | do I have to
        book or can I walk in | are the floors heated | can I leave my suitcase | ok""",
    "de": """Darf meine Katze mit | verkauft ihr Kaffee | gibt es WLAN | darf ich filmen | sucht ihr Personal | ich
        würde gern bei euch arbeiten | wir sind eine Werbeagentur | wie viele Leute sind im Raum | wie lange dauert
        eine Stunde | ist die Halle geheizt | welche Lehrerin ist heute da | wie heißt das Lied | meine neue Adresse
        ist Hauptstraße 5 | ja | nein | vielleicht | am Freitag um sieben | ist meine Zahlung angekommen | das Licht im
        Saal ist kaputt | findet das Fest statt | habt ihr eine Sauna | kann eine Freundin zuschauen | muss man vorher
        buchen""",
    "es": """Puedo llevar a mi gato | vendéis café | hay internet | puedo grabar la clase | buscáis personal | me
        gustaría trabajar con vosotros | somos una agencia de publicidad | cuántas personas hay en la sala | cuánto
        dura una clase | hay calefacción | qué profesora está hoy | cómo se llama la canción | he cambiado de casa | sí
        | no | el viernes a las siete | ha llegado mi pago | la luz de la sala está rota | sigue en pie la fiesta |
        tenéis sauna | puede mirar un amigo""",
    "fr": """Mon chat peut venir | vendez-vous du café | y a-t-il internet | puis-je filmer | recrutez-vous | je
        voudrais travailler chez vous | nous sommes une agence de publicité | combien de personnes dans la salle |
        combien de temps dure une séance | y a-t-il du chauffage | quelle professeure est là aujourd'hui | comment
        s'appelle la chanson | j'ai déménagé, ma nouvelle adresse | oui | non | vendredi à sept heures | mon paiement
        est-il arrivé | la lumière est cassée | la fête a-t-elle lieu | avez-vous un sauna | une amie peut regarder""",
}
