"""A cohort with the real units, made in milliseconds, and hand-ins as they arrive."""

import datetime
import json
import os
import zipfile
from pathlib import Path

from nbgrader.api import Gradebook

from hindcast.kit.collect.collecting import Collection
from hindcast.kit.gradebook.transfer import make_private_gradebook
from hindcast.kit.roster.roster import Learner, write_roster

REPOSITORY = Path(__file__).resolve().parents[3]
U00, U02, U06, U09 = (
    "00_starting_here",
    "02_telling_prediction_from_classification",
    "06_reading_classifications",
    "09_backdating_a_model",
)
LEARNERS = [
    Learner("amara", "Amara Okafor", "amara@example.org", "engineer", "workbook and bench"),
    Learner("jun", "Jun Watanabe", "jun@example.org", "designer", "workbook"),
    Learner("zoe", "Zoë D’Souza", "zoe@example.org", "product manager", "workbook"),
    Learner("sam", "Sam", "", "other", "workbook"),
]
DUE = datetime.datetime(2026, 3, 1, 18, 0)  # naive UTC, as nbgrader keeps it
BEFORE, EARLIER, AFTER = "2026-02-28T12:00:00", "2026-02-20T12:00:00", "2026-03-05T12:00:00"


def notebook(unit=U06, name="workbook", says="") -> bytes:
    """A released notebook with something written into its first cell."""
    content = json.loads((REPOSITORY / "course" / unit / f"{name}.ipynb").read_text(encoding="utf-8"))
    content["cells"][0]["source"] = f"{says}\n"
    return json.dumps(content).encode()


def utc(when: str) -> float:
    """Seconds since 1970 of a time in UTC."""
    return datetime.datetime.fromisoformat(when).replace(tzinfo=datetime.UTC).timestamp()


def make_zip(path: Path, entries: dict, when=BEFORE) -> Path:
    """A zip of name -> bytes. Its times are local, as in every zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    local = datetime.datetime.fromtimestamp(utc(when)).timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries.items():
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, local)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, raw)
    return path


def entry(name, mode=0):
    """An entry of a zip with these rights. Its name is kept as given, without zipfile's corrections."""
    info = zipfile.ZipInfo(name, (2026, 2, 1, 0, 0, 0))
    info.external_attr = mode << 16
    return info


class Cohort:
    """A cohort in `folder`, and an inbox beside it."""

    def __init__(self, folder: Path):
        self.folder, self.inbox = folder / "spring", folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.folder.mkdir()
        url = f"sqlite:///{self.folder / 'gradebook.db'}"
        (self.folder / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n", encoding="utf-8"
        )
        make_private_gradebook(url)
        with Gradebook(url, "") as gradebook:
            gradebook.add_assignment(U06, duedate=DUE)
            gradebook.add_assignment(U00)
        self.enrol(LEARNERS)

    def enrol(self, learners):
        write_roster(learners, self.folder / "roster.csv")

    def put(self, name: str, raw: bytes, when=BEFORE) -> Path:
        """A file in the inbox."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        os.utime(path, (utc(when), utc(when)))
        return path

    def zip(self, name: str, entries: dict, when=BEFORE) -> Path:
        return make_zip(self.inbox / name, entries, when)

    def collect(self, *paths, learner=None, unit=None):
        """The summary of a run over the paths, or the inbox."""
        return Collection(REPOSITORY, self.folder, learner, unit).run(paths or [self.inbox])

    def submitted(self) -> dict[str, bytes]:
        """learner/unit/file -> bytes."""
        there = self.folder / "submitted"
        return {str(p.relative_to(there)): p.read_bytes() for p in sorted(there.rglob("*")) if p.is_file()}

    def received(self) -> list[str]:
        """learner/unit/notebook/file of every hand-in that is kept."""
        there = self.folder / "received"
        return sorted(str(p.relative_to(there)) for p in there.rglob("*.ipynb"))

    def placed(self) -> list[str]:
        """learner/unit/notebook of the hand-ins that count."""
        return sorted(name.removesuffix(".ipynb") for name in self.submitted() if name.endswith(".ipynb"))

    def everything(self) -> dict[str, bytes]:
        """Every file of the two folders but the log, whose lines have the time of collecting."""
        files = [
            p for top in ("received", "submitted") for p in (self.folder / top).rglob("*") if p.is_file()
        ]
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in files if p.name != "log.jsonl"}
