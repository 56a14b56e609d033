"""Symptoms set into sentences: what must stay present, and what must not be raised."""

import pytest

from reporter.rules.lexicon import Lexicon
from reporter.rules.words import read

EMERGENCIES = (
    "I can't swallow",
    "food is getting stuck in my throat",
    "I'm short of breath",
    "I can't breathe properly",
    "my speech is slurred",
    "my tongue is swollen",
    "I can't hold my head up",
    "I have chest pain",
    "I want to kill myself",
    "I had a seizure",
    "my throat is closing",
    "I can't see out of my left eye",
)
STAYS = """
Hi, sorry to bother you but {}
{} and my mum is worried
I read the leaflet and it said to report this. {}
Last year's treatment was fine, this time {}
no fever but {}
no fever, no rash, {}
no headache {}
my husband told me to write: {}
last time was fine. {}
{}, is that normal?
{} should I worry?
{}. What should I do?
{}. Should I go to A&E?
I don't know why but {}
not sure if it's related, {}
never had this before, {}
{} since yesterday, never happened before
my friend said it would pass but {}
my sister had botox too and was fine but {}
{}. My eyes are fine though.
{} but no pain
I have not slept because {}
{} when I lie down
if I lie down {}
the nurse said to call if it gets worse, and now {}
I ticked no but {}
{}!!! please help
I had it done in 2024 without trouble, now {}
my baby is fine but {}
My dad had a stroke years ago. {}
{} like my nan had after her stroke
you warned me it might happen and {}
I hope it's nothing but {}
I was worried this would happen: {}
hola, {}
"""
NAMES = (
    "trouble swallowing",
    "double vision",
    "slurred speech",
    "shortness of breath",
    "a droopy eyelid",
    "chest pain",
    "seizures",
    "a swollen tongue",
    "hoarseness",
)
QUIET = """
My sister had {} last year
I had {} in 2012
I had {} years ago after an accident
no {}
I don't have {}
I haven't had any {}
no sign of {}
never had {}
can botox cause {}?
what if I get {}?
should I expect {}?
I read that some people get {}
the leaflet mentions {}
I was told to watch for {}
What should I do if I get {}?
my mum got {} from hers a few years back
will I get {}?
I'll call you if I get {}
is {} common?
is {} a side effect?
without {}
My grandfather had {}
I used to get {} as a child
thankfully no {}
there's no {} or anything
I'm not having {}
free of {}
I was scared of getting {} but all is fine
how likely is {}?
Do people get {} from this?
"""
SPANISH_EMERGENCIES = (
    "no puedo tragar",
    "me cuesta respirar",
    "hablo raro",
    "tengo la lengua hinchada",
    "no puedo levantar la cabeza",
    "me quiero morir",
)
SPANISH_STAYS = """
Hola, perdone la molestia pero {}
Leí el folleto y dice que avise. {}
sin fiebre ni dolor, {}
{}. ¿Qué hago?
{} desde ayer, nunca me había pasado
mi hermana también se puso y está bien pero {}
{} pero sin dolor
no he dormido porque {}
mi marido me dice que escriba: {}
help {}
"""
SPANISH_NAMES = ("problemas para tragar", "visión doble", "dolor en el pecho", "el párpado caído")
SPANISH_QUIET = """
mi hermana tuvo {} el año pasado
tuve {} en 2012
tuve {} hace años
no tengo {}
sin {}
nunca he tenido {}
¿el botox puede causar {}?
¿qué hago si tengo {}?
leí que puede dar {}
¿es frecuente {}?
"""
RAISING = {"present", "someone_else_now"}


@pytest.mark.parametrize(
    ("setting", "emergencies"),
    [(line, EMERGENCIES) for line in STAYS.strip().splitlines()]
    + [(line, SPANISH_EMERGENCIES) for line in SPANISH_STAYS.strip().splitlines()],
)
def test_an_emergency_stays_present(
    lexicon: Lexicon, setting: str, emergencies: tuple[str, ...]
) -> None:
    for emergency in emergencies:
        wanted = {m.symptom for m in read(emergency, lexicon)}
        found = {m.symptom for m in read(setting.format(emergency), lexicon) if m.status in RAISING}
        assert wanted & found, setting.format(emergency)


@pytest.mark.parametrize(
    ("setting", "names"),
    [(line, NAMES) for line in QUIET.strip().splitlines()]
    + [(line, SPANISH_NAMES) for line in SPANISH_QUIET.strip().splitlines()],
)
def test_what_is_not_so_now_is_not_raised(
    lexicon: Lexicon, setting: str, names: tuple[str, ...]
) -> None:
    for name in names:
        found = read(setting.format(name), lexicon)
        assert found, setting.format(name)
        assert not [m for m in found if m.status in RAISING], setting.format(name)


def test_said_in_another_sentence_it_counts_again(lexicon: Lexicon) -> None:
    (mention,) = read("I read that it can cause trouble breathing. I have that now.", lexicon)
    assert mention.status == "present"
