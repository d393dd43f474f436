"""What the made-up learners send, as it really arrives: a Moodle zip, a Canvas zip, a zip of a shared drive,
loose files of e-mails; two damaged, one late, one handed in twice, one that says nowhere whose it is.
"""

import os
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hindcast.kit.demo.people import PEOPLE, Person, answers_of
from hindcast.kit.notebooks.answer_banks import bank_path, fill, load_bank, load_texts
from hindcast.kit.notebooks.normalise import notebook_text, read_notebook

NOTEBOOKS = ("workbook", "bench")
EMPTY, CUT_OFF, LATE, TWICE, NAMELESS = "diego", "piotr", "tariq", "rosa", "keanu"
_IN_TIME, _AGAIN, _TOO_LATE = timedelta(days=-2), timedelta(days=-1, hours=-6), timedelta(hours=9)


@dataclass(frozen=True)
class Sent:
    """One notebook of one person, and when it was saved (this machine's clock)."""

    person: Person
    unit: str
    notebook: str
    content: bytes
    at: datetime


def send(root: Path, units: list[str], due: datetime, folder: Path) -> None:
    """Write what everybody sends for the four `units` into `folder`. `due`: of the second of them."""
    first, second, third, fourth = (_sent(root, unit, number, due) for number, unit in enumerate(units))
    folder.mkdir(parents=True)
    _zip(folder / "Starting here-118.zip", {_moodle(sent): sent for sent in first})
    _zip(folder / "submissions.zip", {_canvas(sent): sent for sent in second})
    _zip(folder / "shared drive.zip", {_shared(sent): sent for sent in third})
    for sent in fourth:
        _loose(folder / "e-mail" / _attached(sent), sent)
    (again,) = [sent for sent in third if (sent.person.learner.id, sent.notebook) == (TWICE, "workbook")]
    better = _notebook(root, units[2], "workbook", PEOPLE[0])  # asked a colleague meanwhile
    newer = Sent(again.person, units[2], "workbook", better, due + _AGAIN)
    _loose(folder / "e-mail" / again.person.learner.email / "workbook (2).ipynb", newer)


def _sent(root: Path, unit: str, number: int, due: datetime) -> list[Sent]:
    sent = []
    for person in (person for person in PEOPLE if person.units > number):
        for notebook in NOTEBOOKS if person.learner.takes_bench else NOTEBOOKS[:1]:
            if not (root / "course" / unit / f"{notebook}.ipynb").exists():
                continue
            late = person.learner.id == LATE and number == 1
            content = _damaged(_notebook(root, unit, notebook, person), person, number)
            sent.append(Sent(person, unit, notebook, content, due + (_TOO_LATE if late else _IN_TIME)))
    return sent


def _notebook(root: Path, unit: str, notebook: str, person: Person) -> bytes:
    path = bank_path(root, unit)
    answers = answers_of(person, load_bank(path), load_texts(path), notebook)
    return notebook_text(fill(read_notebook(root / "course" / unit / f"{notebook}.ipynb"), answers)).encode()


def _damaged(content: bytes, person: Person, number: int) -> bytes:
    if person.learner.id == EMPTY and number == 2:
        return b""
    if person.learner.id == CUT_OFF and number == 3:
        return content[: len(content) // 2]
    return content


# --- names, as each of the ways gives them -------------------------------------------------------------


def _moodle(sent: Sent) -> str:
    return f"{sent.person.learner.name}_{_number(sent)}_assignsubmission_file_/{sent.notebook}.ipynb"


def _canvas(sent: Sent) -> str:
    *first, family = sent.person.learner.name.split()
    name = "".join(char for char in f"{family}{''.join(first)}".lower() if char.isalnum())
    late = "_LATE" if sent.person.learner.id == LATE else ""
    return f"{name}{late}_{_number(sent)}_{_number(sent) * 7}_{sent.notebook}-1.ipynb"


def _shared(sent: Sent) -> str:
    return f"Hindcast/{sent.unit}/{sent.person.learner.id}/{sent.notebook}.ipynb"


def _attached(sent: Sent) -> Path:
    if sent.person.learner.id == NAMELESS:
        return Path("workbook.ipynb")
    if sent.person.learner.id == CUT_OFF:  # its cells say nothing, so the folders do
        return Path(sent.person.learner.email, sent.unit, f"{sent.notebook}.ipynb")
    return Path(sent.person.learner.email, f"{sent.notebook} (1).ipynb")


def _number(sent: Sent) -> int:
    """The number that a learning platform would give a person."""
    return 4100 + PEOPLE.index(sent.person)


# --- files ---------------------------------------------------------------------------------------------


def _zip(path: Path, entries: dict[str, Sent]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, sent in entries.items():
            entry = zipfile.ZipInfo(name, sent.at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, sent.content)


def _loose(path: Path, sent: Sent) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sent.content)
    os.utime(path, (sent.at.timestamp(),) * 2)
