"""Thirty made-up people, what each of them tends to hand in, and with what each of them sends it."""

import random
from dataclasses import dataclass

from hindcast.kit.notebooks.answer_banks import Answer, FreeText
from hindcast.kit.roster.roster import TRACKS, Learner

_WORKBOOK, _BOTH = TRACKS

# How often someone gives which kind of answer of the bank, in a hundred exercises.
WAYS: dict[str, dict[str, int]] = {
    "sure": {"reference": 60, "right": 30, "colleague": 8, "mistake": 2},
    "careful": {"reference": 25, "right": 30, "colleague": 25, "mistake": 18, "blank": 2},
    "hasty": {"reference": 15, "right": 20, "colleague": 20, "mistake": 35, "badly formed": 5, "blank": 5},
    "lost": {"reference": 5, "right": 5, "colleague": 15, "mistake": 40, "badly formed": 10, "blank": 25},
}

# What this room has not got: where an answer shows it, every second of those who are not sure gives that one.
IDEAS = ("precision_recall_swapped", "already_recorded")
OFTEN = 0.5


@dataclass(frozen=True)
class Person:
    """A made-up learner. `way`: a key of WAYS; `units`: how many of the round's units they hand in."""

    learner: Learner
    way: str
    units: int = 4


def _person(id_: str, name: str, role: str, track: str, way: str, units: int = 4) -> Person:
    return Person(Learner(id_, name, f"{id_}@example.org", role, track), way, units)


PEOPLE = (
    _person("amara", "Amara Okafor", "engineer", _BOTH, "sure"),
    _person("jun", "Jun Watanabe", "designer", _WORKBOOK, "sure"),
    _person("zoe", "Zoë D’Souza", "product manager", _WORKBOOK, "hasty"),
    _person("mateo", "Mateo Núñez Ibarra", "analyst", _BOTH, "careful"),
    _person("priya", "Priya Raghunathan", "analyst", _BOTH, "careful"),
    _person("sam", "Sam", "other", _WORKBOOK, "lost", 3),
    _person("ingrid", "Ingrid Solheim", "engineer", _BOTH, "careful"),
    _person("tariq", "Tariq Al-Masri", "designer", _WORKBOOK, "careful"),
    _person("leilani", "Leilani Kahale", "product manager", _WORKBOOK, "sure"),
    _person("oleks", "Oleksandr Bondar", "engineer", _BOTH, "hasty"),
    _person("nomvula", "Nomvula Dlamini", "designer", _WORKBOOK, "careful"),
    _person("henri", "Henri Lacroix-Baudouin", "analyst", _BOTH, "sure"),
    _person("mei", "Mei Ling Tan", "engineer", _BOTH, "careful"),
    _person("rosa", "Rosa Quispe Mamani", "product manager", _WORKBOOK, "careful"),
    _person("piotr", "Piotr Wiśniewski", "designer", _WORKBOOK, "hasty"),
    _person("aylin", "Aylin Demir", "analyst", _BOTH, "hasty"),
    _person("keanu", "Keanu Brown", "other", _WORKBOOK, "careful"),
    _person("farah", "Farah Haddad", "engineer", _BOTH, "sure"),
    _person("bjorn", "Björn Åkesson", "product manager", _WORKBOOK, "hasty"),
    _person("thu", "Nguyễn Thị Thu", "designer", _WORKBOOK, "sure"),
    _person("kwame", "Kwame Mensah", "engineer", _WORKBOOK, "careful"),
    _person("elena", "Elena Popescu", "analyst", _BOTH, "careful"),
    _person("diego", "Diego Fernández", "designer", _WORKBOOK, "lost"),
    _person("hana", "Hana Novotná", "product manager", _WORKBOOK, "careful"),
    _person("arjun", "Arjun Mehta", "engineer", _BOTH, "hasty"),
    _person("siobhan", "Siobhán O’Neill", "designer", _WORKBOOK, "careful"),
    _person("yusuf", "Yusuf Abdi", "product manager", _WORKBOOK, "hasty", 2),
    _person("chloe", "Chloe Martin", "analyst", _BOTH, "careful"),
    _person("marek", "Marek Kovač", "engineer", _WORKBOOK, "careful", 1),
    _person("ines", "Inês Carvalho", "other", _WORKBOOK, "lost", 0),
)


def answers_of(person: Person, bank: list[Answer], texts: list[FreeText], notebook: str) -> dict[str, str]:
    """Exercise -> what this person puts into the answer cell of one notebook; the same at every run."""
    dealt = {}
    for exercise in dict.fromkeys(answer.exercise for answer in bank if answer.notebook == notebook):
        chance = random.Random(f"{person.learner.id} {notebook} {exercise}")
        dealt[exercise] = _chosen(chance, person, [a for a in bank if a.exercise == exercise]).code
    for exercise in dict.fromkeys(text.exercise for text in texts if text.notebook == notebook):
        chance = random.Random(f"{person.learner.id} {notebook} {exercise}")
        colleagues = [text.text for text in texts if text.exercise == exercise and text.text]
        dealt[exercise] = "" if person.way == "lost" else chance.choice(colleagues)
    return dealt


def _chosen(chance: random.Random, person: Person, answers: list[Answer]) -> Answer:
    this_rooms = [answer for answer in answers if set(IDEAS) & set(answer.mistakes)]
    if this_rooms and person.way != "sure" and chance.random() < OFTEN:
        return chance.choice(this_rooms)
    (kind,) = chance.choices(list(WAYS[person.way]), weights=list(WAYS[person.way].values()))
    return chance.choice([answer for answer in answers if answer.kind == kind] or answers[:1])
