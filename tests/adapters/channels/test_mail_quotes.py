import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.adapters.channels.mail_quotes import new_text

OWN = "Yes, I will come.\nIs parking free?"
QUOTED = "> Will you come?\n> Studio\n"
AFTER_QUOTES = [
    "On Mon, 2 Nov 2026 at 10:00, Studio <hello@studio.example> wrote:",
    "On Mon, 2 Nov 2026 at 10:00, Studio With A Long Name\n<hello@studio.example> wrote:",
    "Am 02.11.2026 um 10:00 schrieb Studio:",
    "Studio <hello@studio.example> schrieb am Mo., 2. Nov. 2026, 10:00:",
    "Le lun. 2 nov. 2026 à 10:00, Studio <hello@studio.example> a écrit :",
    "El lun, 2 nov 2026 a las 10:00, Studio (<hello@studio.example>) escribió:",
    "Il giorno lun 2 nov 2026 alle ore 10:00 Studio <hello@studio.example> ha scritto:",
    "Em seg., 2 de nov. de 2026 às 10:00, Studio <hello@studio.example> escreveu:",
    "Op ma 2 nov 2026 om 10:00 schreef Studio <hello@studio.example>:",
    "Den mån 2 nov. 2026 kl 10:00 skrev Studio <hello@studio.example>:",
    "pon., 2 lis 2026 o 10:00 Studio <hello@studio.example> napisał(a):",
    "ma 2. marrask. 2026 klo 10.00 Studio (hello@studio.example) kirjoitti:",
    "2 Kas 2026 Pzt 10:00 tarihinde Studio <hello@studio.example> şunu yazdı:",
    "пн, 2 нояб. 2026 г. в 10:00, Studio <hello@studio.example>:",
    "2 ноября 2026 г., в 10:00, Studio написал(а):",
    "2026年11月2日(月) 10:00 Studio <hello@studio.example>:",
    "Studio <hello@studio.example> 于2026年11月2日周一 10:00写道：",
]
BEFORE_ANYTHING = [
    "-----Original Message-----\nFrom: Studio",
    "-----Ursprüngliche Nachricht-----\nVon: Studio",
    "________________________________\nFrom: Studio <hello@studio.example>\nSent: Monday, 2 November 2026\nTo: Ana",
    "Von: Studio <hello@studio.example>\nGesendet: Montag, 2. November 2026 10:00\nAn: Ana\nBetreff: Probe",
    "De : Studio\nEnvoyé : lundi 2 novembre 2026 10:00\nÀ : Ana\nObjet : essai",
    "De: Studio\nEnviado el: lunes, 2 de noviembre de 2026 10:00\nPara: Ana\nAsunto: prueba",
    "Da: Studio\nInviato: lunedì 2 novembre 2026 10:00\nA: Ana\nOggetto: prova",
    "*From:* Studio\n*Date:* Monday\n*To:* Ana",
    "--\nAna Silva\n+49 30 123",
    "-- \nAna Silva",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Get Outlook for iOS",
]


@pytest.mark.parametrize("line", AFTER_QUOTES)
def test_history_below_an_answer_is_left_out_whether_it_is_marked_or_not(line):
    assert new_text(f"{OWN}\n\n{line}\n{QUOTED}") == OWN
    assert new_text(f"{OWN}\r\n\r\n{line}\r\n\r\nWill you come?\r\nStudio") == OWN


@pytest.mark.parametrize("line", AFTER_QUOTES)
def test_an_answer_below_or_between_quotes_is_kept(line):
    assert new_text(f"{line}\n{QUOTED}\nYes, I will come.\n\n> Bring a mat.\nIs parking free?") == (
        "Yes, I will come.\n\nIs parking free?")  # fmt: skip


@pytest.mark.parametrize("block", BEFORE_ANYTHING)
def test_headers_of_other_programs_and_signatures_end_the_text(block):
    assert new_text(f"{OWN}\n\n{block}\n") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "On 3 May I wrote:\nplease cancel, and nobody did.",
        "Am 3. Mai schrieb ich euch:\nbitte kündigen.",
        "From: the bottom of my heart, thanks.\nTo all of you.",
        "> 5 people is fine",
        "--\nAna",
        "My dates:\n- 3 May 10:00\n- 4 May 11:00",
    ],
)
def test_what_only_looks_like_history_or_is_all_there_is_stays(text):
    assert new_text(text) == text


@given(st.text())
def test_nothing_is_added_and_reading_twice_changes_no_plain_text(text):
    found = new_text(text)
    assert len(found) <= len(text)
    assert not found or found.strip()


@given(st.lists(st.from_regex(r"[a-z ,.!?]{1,60}", fullmatch=True), min_size=1).filter(lambda ls: " ".join(ls).strip()))
def test_lines_of_words_stay_as_they_are(lines):
    kept = [line for line in lines if line.strip()]
    assert new_text("\n".join(kept)) == "\n".join(line.rstrip() for line in kept).strip()
