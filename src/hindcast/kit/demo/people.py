"""Thirty made-up learners, and the answers that each of them hands in."""

import random
from dataclasses import dataclass

from hindcast.kit.notebooks.answer_banks import BankAnswer, FreeText
from hindcast.kit.roster.roster import TRACKS, Learner

_WORKBOOK, _BOTH = TRACKS

# How often, in a hundred exercises, a learner of each kind gives each kind of answer in the bank.
WAYS: dict[str, dict[str, int]] = {
    "sure": {"reference": 60, "right": 30, "colleague": 8, "mistake": 2},
    "careful": {"reference": 25, "right": 30, "colleague": 25, "mistake": 18, "blank": 2},
    "hasty": {"reference": 15, "right": 20, "colleague": 20, "mistake": 35, "badly formed": 5, "blank": 5},
    "lost": {"reference": 5, "right": 5, "colleague": 15, "mistake": 40, "badly formed": 10, "blank": 25},
}

# Misconceptions that are common in this room. Where the bank has an answer with one of them, learners who are
# not "sure" give it with probability OFTEN.
IDEAS = ("precision_recall_swapped", "already_recorded")
OFTEN = 0.5


@dataclass(frozen=True)
class MadeUpLearner:
    """A made-up learner. `way`: a key of WAYS; `units`: how many units they hand in, None for all."""

    learner: Learner
    way: str
    units: int | None = None

    def hands_in(self, number: int) -> bool:
        """Return whether the learner hands in unit `number` of the round, counted from 0."""
        return self.units is None or number < self.units


def _made_up(id_: str, name: str, role: str, track: str, way: str, units: int | None = None) -> MadeUpLearner:
    return MadeUpLearner(Learner(id_, name, f"{id_}@example.org", role, track), way, units)


PEOPLE = (
    _made_up("amara", "Amara Okafor", "engineer", _BOTH, "sure"),
    _made_up("jun", "Jun Watanabe", "designer", _WORKBOOK, "sure"),
    _made_up("zoe", "Zoë D’Souza", "product manager", _WORKBOOK, "hasty"),
    _made_up("mateo", "Mateo Núñez Ibarra", "analyst", _BOTH, "careful"),
    _made_up("priya", "Priya Raghunathan", "analyst", _BOTH, "careful"),
    _made_up("sam", "Sam", "other", _WORKBOOK, "lost", 3),
    _made_up("ingrid", "Ingrid Solheim", "engineer", _BOTH, "careful"),
    _made_up("tariq", "Tariq Al-Masri", "designer", _WORKBOOK, "careful"),
    _made_up("leilani", "Leilani Kahale", "product manager", _WORKBOOK, "sure"),
    _made_up("oleks", "Oleksandr Bondar", "engineer", _BOTH, "hasty"),
    _made_up("nomvula", "Nomvula Dlamini", "designer", _WORKBOOK, "careful"),
    _made_up("henri", "Henri Lacroix-Baudouin", "analyst", _BOTH, "sure"),
    _made_up("mei", "Mei Ling Tan", "engineer", _BOTH, "careful"),
    _made_up("rosa", "Rosa Quispe Mamani", "product manager", _WORKBOOK, "careful"),
    _made_up("piotr", "Piotr Wiśniewski", "designer", _WORKBOOK, "hasty"),
    _made_up("aylin", "Aylin Demir", "analyst", _BOTH, "hasty"),
    _made_up("keanu", "Keanu Brown", "other", _WORKBOOK, "careful"),
    _made_up("farah", "Farah Haddad", "engineer", _BOTH, "sure"),
    _made_up("bjorn", "Björn Åkesson", "product manager", _WORKBOOK, "hasty"),
    _made_up("thu", "Nguyễn Thị Thu", "designer", _WORKBOOK, "sure"),
    _made_up("kwame", "Kwame Mensah", "engineer", _WORKBOOK, "careful"),
    _made_up("elena", "Elena Popescu", "analyst", _BOTH, "careful"),
    _made_up("diego", "Diego Fernández", "designer", _WORKBOOK, "lost"),
    _made_up("hana", "Hana Novotná", "product manager", _WORKBOOK, "careful"),
    _made_up("arjun", "Arjun Mehta", "engineer", _BOTH, "hasty"),
    _made_up("siobhan", "Siobhán O’Neill", "designer", _WORKBOOK, "careful"),
    _made_up("yusuf", "Yusuf Abdi", "product manager", _WORKBOOK, "hasty", 2),
    _made_up("chloe", "Chloe Martin", "analyst", _BOTH, "careful"),
    _made_up("marek", "Marek Kovač", "engineer", _WORKBOOK, "careful", 1),
    _made_up("ines", "Inês Carvalho", "other", _WORKBOOK, "lost", 0),
)


def dealt_answers(
    person: MadeUpLearner, bank: list[BankAnswer], texts: list[FreeText], notebook: str
) -> dict[str, str]:
    """Return exercise -> content of this person's answer cell in one notebook, the same in every run."""
    dealt = {}
    for exercise in dict.fromkeys(answer.exercise for answer in bank if answer.notebook == notebook):
        chance = random.Random(f"{person.learner.id} {notebook} {exercise}")
        dealt[exercise] = _chosen_answer(chance, person, [a for a in bank if a.exercise == exercise]).code
    for exercise in dict.fromkeys(text.exercise for text in texts if text.notebook == notebook):
        chance = random.Random(f"{person.learner.id} {notebook} {exercise}")
        colleagues = [text.text for text in texts if text.exercise == exercise and text.text]
        dealt[exercise] = "" if person.way == "lost" else chance.choice(colleagues)
    return dealt


def _chosen_answer(chance: random.Random, person: MadeUpLearner, answers: list[BankAnswer]) -> BankAnswer:
    this_rooms = [answer for answer in answers if set(IDEAS) & set(answer.mistakes)]
    if this_rooms and person.way != "sure" and chance.random() < OFTEN:
        return chance.choice(this_rooms)
    (kind,) = chance.choices(list(WAYS[person.way]), weights=list(WAYS[person.way].values()))
    return chance.choice([answer for answer in answers if answer.kind == kind] or answers[:1])
