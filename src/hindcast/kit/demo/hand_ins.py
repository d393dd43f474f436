"""The made-up learners' hand-ins, as real ones arrive: a Moodle zip, a Canvas zip, a zip of a shared drive,
loose files from e-mails. Two are damaged, one is late, one was handed in twice, one names no learner.
"""

import os
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hindcast.kit.demo.people import PEOPLE, MadeUpLearner, dealt_answers
from hindcast.kit.notebooks.answer_banks import bank_path, fill, load_bank, load_texts
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook

NOTEBOOKS = ("workbook", "bench")
EMPTY, CUT_OFF, LATE, TWICE, NAMELESS = "diego", "piotr", "tariq", "rosa", "keanu"
# The unit of the round at which each of these happens, counted from 0. Each unit is sent in another way.
LATE_UNIT, TWICE_UNIT, EMPTY_UNIT, CUT_OFF_UNIT, NAMELESS_UNIT = 1, 2, 2, 3, 3
_IN_TIME, _AGAIN, _TOO_LATE = timedelta(days=-2), timedelta(days=-1, hours=-6), timedelta(hours=9)


@dataclass(frozen=True)
class SentNotebook:
    """One notebook of one person, and when it was saved (local time).

    `number`: the place of the unit in the round, counted from 0.
    """

    person: MadeUpLearner
    unit: str
    number: int
    notebook: str
    content: bytes
    at: datetime


def send_hand_ins(root: Path, units: list[str], due: datetime, folder: Path) -> None:
    """Write everybody's hand-ins for `units` into `folder`. `due`: the date due of the second unit."""
    folder.mkdir(parents=True)
    shared: dict[str, SentNotebook] = {}
    for number, unit in enumerate(units):
        sent = _sent(root, unit, number, due)
        match number % 4:
            case 0:
                _zip(folder / f"{_as_title(unit)}-{118 + number}.zip", {_moodle(one): one for one in sent})
            case 1:
                again = f" ({number // 4})" if number > 4 else ""
                _zip(folder / f"submissions{again}.zip", {_canvas(one): one for one in sent})
            case 2:
                shared |= {_shared(one): one for one in sent}
            case 3:
                for one in sent:
                    _loose(folder / "e-mail" / _attached(one), one)
    if shared:
        _zip(folder / "shared drive.zip", shared)
    for one in shared.values():
        if (one.person.learner.id, one.number, one.notebook) == (TWICE, TWICE_UNIT, "workbook"):
            better = _filled_notebook(root, one.unit, "workbook", PEOPLE[0])  # a better second hand-in
            newer = SentNotebook(one.person, one.unit, one.number, "workbook", better, due + _AGAIN)
            _loose(folder / "e-mail" / one.person.learner.email / "workbook (2).ipynb", newer)


def _sent(root: Path, unit: str, number: int, due: datetime) -> list[SentNotebook]:
    sent = []
    for person in (person for person in PEOPLE if person.hands_in(number)):
        for notebook in NOTEBOOKS if person.learner.takes_bench else NOTEBOOKS[:1]:
            if not (root / "course" / unit / f"{notebook}.ipynb").exists():
                continue
            late = (person.learner.id, number) == (LATE, LATE_UNIT)
            content = _damaged(_filled_notebook(root, unit, notebook, person), person, number)
            at = due + (_TOO_LATE if late else _IN_TIME)
            sent.append(SentNotebook(person, unit, number, notebook, content, at))
    return sent


def _filled_notebook(root: Path, unit: str, notebook: str, person: MadeUpLearner) -> bytes:
    path = bank_path(root, unit)
    answers = dealt_answers(person, load_bank(path), load_texts(path), notebook)
    return notebook_text(fill(read_notebook(root / "course" / unit / f"{notebook}.ipynb"), answers)).encode()


def _damaged(content: bytes, person: MadeUpLearner, number: int) -> bytes:
    if (person.learner.id, number) == (EMPTY, EMPTY_UNIT):
        return b""
    if (person.learner.id, number) == (CUT_OFF, CUT_OFF_UNIT):
        return content[: len(content) // 2]
    return content


# --- names, as each of the four ways gives them -------------------------------------------------------------


def _as_title(unit: str) -> str:
    """Return the unit's name as a title, such as Starting here for 00_starting_here."""
    return unit[3:].replace("_", " ").capitalize()


def _moodle(sent: SentNotebook) -> str:
    return f"{sent.person.learner.name}_{_platform_number(sent)}_assignsubmission_file_/{sent.notebook}.ipynb"


def _canvas(sent: SentNotebook) -> str:
    *first, family = sent.person.learner.name.split()
    name = "".join(char for char in f"{family}{''.join(first)}".lower() if char.isalnum())
    late = "_LATE" if (sent.person.learner.id, sent.number) == (LATE, LATE_UNIT) else ""
    return f"{name}{late}_{_platform_number(sent)}_{_platform_number(sent) * 7}_{sent.notebook}-1.ipynb"


def _shared(sent: SentNotebook) -> str:
    return f"Hindcast/{sent.unit}/{sent.person.learner.id}/{sent.notebook}.ipynb"


def _attached(sent: SentNotebook) -> Path:
    if (sent.person.learner.id, sent.number) == (NAMELESS, NAMELESS_UNIT):
        return Path(f"{sent.notebook}.ipynb")
    if (sent.person.learner.id, sent.number) == (
        CUT_OFF,
        CUT_OFF_UNIT,
    ):  # no cell identifies the notebook, so the folder names do
        return Path(sent.person.learner.email, sent.unit, f"{sent.notebook}.ipynb")
    return Path(sent.person.learner.email, f"{sent.notebook} ({sent.number // 4 + 1}).ipynb")


def _platform_number(sent: SentNotebook) -> int:
    """Return a number such as a learning platform gives a person."""
    return 4100 + PEOPLE.index(sent.person)


# --- files ---------------------------------------------------------------------------------------------


def _zip(path: Path, entries: dict[str, SentNotebook]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, sent in entries.items():
            entry = zipfile.ZipInfo(name, sent.at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, sent.content)


def _loose(path: Path, sent: SentNotebook) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sent.content)
    os.utime(path, (sent.at.timestamp(),) * 2)
