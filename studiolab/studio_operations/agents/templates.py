"""Answers in the workbench's own words, in four languages: what a draft is where no language model stands behind it."""

HELLO = {"en": "Hi{}!", "de": "Hallo{}!", "es": "¡Hola{}!", "fr": "Bonjour{} !"}
CLOSING = {
    "en": "If anything is open, just write to us.", "de": "Wenn etwas offen ist, schreib uns einfach.",
    "es": "Si te queda alguna duda, escríbenos.", "fr": "Si vous avez d'autres questions, écrivez-nous.",
}  # fmt: skip
LEAD = {  # before what is known, by intent; "" before anything else that is known
    "price": {"en": "Thanks for asking. These are our prices:", "de": "Danke für deine Frage. Das sind unsere Preise:",
              "es": "Gracias por preguntar. Estos son nuestros precios:", "fr": "Merci de votre question. Voici nos "
              "tarifs :"},
    "timetable": {"en": "This is our timetable:", "de": "Das ist unser Stundenplan:", "es": "Este es nuestro horario:",
                  "fr": "Voici notre planning :"},
    "opening hours": {"en": "These are our opening hours:", "de": "Das sind unsere Öffnungszeiten:",
                      "es": "Este es nuestro horario de apertura:", "fr": "Voici nos horaires d'ouverture :"},
    "class hours": {"en": "There are classes at these times; when the door is open besides, a colleague knows:",
                    "de": "Zu diesen Zeiten sind Kurse; wann sonst offen ist, weiß jemand von uns:",
                    "es": "A estas horas hay clases; si abrimos a otras horas, lo sabe el equipo:",
                    "fr": "Voici les heures des cours ; pour les autres heures, demandez-nous :"},
    "location": {"en": "You find us here:", "de": "Du findest uns hier:", "es": "Nos encuentras aquí:",
                 "fr": "Vous nous trouvez ici :"},
    "": {"en": "Thanks for your message. This is what we can tell you:", "de": "Danke für deine Nachricht. Das können "
         "wir dir dazu sagen:", "es": "Gracias por tu mensaje. Esto es lo que te podemos decir:", "fr": "Merci de "
         "votre message. Voici ce que nous pouvons vous dire :"},
}  # fmt: skip
NOT_TAUGHT = {  # what was asked for, what is taught
    "en": "{} is not in our timetable at present. We teach: {}.",
    "de": "{} steht zurzeit nicht in unserem Stundenplan. Bei uns gibt es: {}.",
    "es": "{} no está ahora en nuestro horario. Tenemos: {}.",
    "fr": "{} n'est pas à notre planning en ce moment. Nous proposons : {}.",
}
OTHER_DAYS = {
    "en": "Not on that day; it is at these times:", "de": "An dem Tag nicht; zu diesen Zeiten gibt es das:",
    "es": "Ese día no; es a estas horas:", "fr": "Pas ce jour-là ; voici quand :",
}  # fmt: skip
UNKNOWN = {
    "en": "Thanks for your message. I would like to check this with a colleague and will get back to you.",
    "de": "Danke für deine Nachricht. Das kläre ich gern mit einer Kollegin und melde mich dann bei dir.",
    "es": "Gracias por tu mensaje. Lo consulto con una compañera y te escribo en cuanto lo sepa.",
    "fr": "Merci de votre message. Je me renseigne auprès d'une collègue et je reviens vers vous.",
}
WITHOUT_FACTS = {  # intents that a person has to see to, or that nothing has to be known for
    "thanks": {"en": "You're welcome! See you at the studio.", "de": "Sehr gern! Bis bald im Studio.",
               "es": "¡De nada! Nos vemos en el estudio.", "fr": "Avec plaisir ! À bientôt au studio."},
    "greeting": {"en": "Nice to hear from you. How can we help?", "de": "Schön, dass du schreibst. Wie können wir "
                 "helfen?", "es": "Qué bien que nos escribas. ¿En qué te podemos ayudar?", "fr": "Merci de nous "
                 "écrire. Comment pouvons-nous vous aider ?"},
    "opt-out": {"en": "We have read that you would like no more messages from us, and a colleague sees to it.",
                "de": "Wir haben gelesen, dass du keine Nachrichten mehr von uns möchtest; jemand von uns kümmert sich "
                "darum.", "es": "Hemos leído que no quieres más mensajes nuestros; alguien del equipo se encarga.",
                "fr": "Nous avons lu que vous ne souhaitez plus de messages ; un membre de l'équipe s'en occupe."},
    "complaint": {"en": "Thank you for telling us, and we are sorry that it was like this. A colleague will read it "
                  "and get back to you in person.", "de": "Danke, dass du es uns sagst, und es tut uns leid, dass es "
                  "so war. Jemand von uns liest es und meldet sich persönlich.", "es": "Gracias por decírnoslo y "
                  "sentimos que haya sido así. Una persona del equipo lo leerá y te contestará.", "fr": "Merci de "
                  "nous l'avoir dit, et nous sommes désolés. Un membre de l'équipe le lira et vous répondra."},
    "refund": {"en": "Thank you for your message. A colleague looks at the payment and gets back to you.",
               "de": "Danke für deine Nachricht. Jemand von uns sieht sich die Zahlung an und meldet sich.",
               "es": "Gracias por tu mensaje. Una persona del equipo revisa el pago y te contesta.",
               "fr": "Merci de votre message. Un membre de l'équipe regarde le paiement et revient vers vous."},
    "person": {"en": "Of course, a colleague will get in touch with you.", "de": "Natürlich, jemand von uns meldet "
               "sich bei dir.", "es": "Claro, una persona del equipo se pondrá en contacto contigo.", "fr": "Bien sûr, "
               "un membre de l'équipe vous contactera."},
}  # fmt: skip
SEEN_TO = {  # what nobody but a colleague can do
    "book": {"en": "How nice that you want to come! A colleague looks whether there is a place, and confirms it.",
             "de": "Schön, dass du kommen möchtest! Jemand von uns schaut nach einem Platz und bestätigt es dir.",
             "es": "¡Qué bien que quieras venir! Una persona del equipo mira si hay plaza y te lo confirma.",
             "fr": "Quelle bonne idée de venir ! Un membre de l'équipe regarde s'il y a une place et vous confirme."},
    "join": {"en": "How nice that you want to join! A colleague sees to it and gets back to you.",
             "de": "Schön, dass du bei uns anfangen möchtest! Jemand von uns kümmert sich darum und meldet sich.",
             "es": "¡Qué bien que quieras apuntarte! Una persona del equipo se encarga y te escribe.",
             "fr": "Quelle bonne nouvelle ! Un membre de l'équipe s'occupe de votre inscription et revient vers vous."},
}  # fmt: skip
LOOSE = {"complaint": 0.67}  # who complains speaks of anything; the share of words that may be of no other complaint
ASK = {  # what to ask a colleague, for the person at the desk
    "complaint": "What happened, and what do we offer to make up for it?",
    "refund": "Is the payment right, and is anything paid back?",
    "person": "Who calls them, and when?",
    "opt-out": "Note in the contact that they want no more messages.",
    "cancel class": "Take them out of the class, or move the booking.",
    "cancel membership": "Which notice applies to their contract, and when does it end?",
    "freeze": "Can this contract be paused, from when and for how long?",
    "book": "Is there a place, and who enters the booking?",
    "join": "They want to join: who makes the contract with them, from when?",
    "change plan": "Which plan do they have, and from when can the other one count?",
    "lost": "Is it among what was found?",
    "late": "Is the teacher to know that they come later?",
}


def answer(language, name, parts):
    """A whole message: hello, the parts, and a closing word.

    name : of the person, "" unknown; parts : list of texts in that language
    """
    hello = HELLO[language].format(f" {name}" if name else "")
    return "\n\n".join([hello, *parts])
