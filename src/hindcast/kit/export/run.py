"""An export: reads the gradebook once, writes the files, and says what is in them and what is not."""

from dataclasses import dataclass, field
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.export.certificates import FOLDER, PATHS, Outcome, certificates, outdated
from hindcast.kit.export.formats import FORMATS
from hindcast.kit.export.standing import Standing, standing_of
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.plumbing.files import put_files

_NAMED = 12


@dataclass(frozen=True)
class Chosen:
    """What a trainer may choose. `to`: a folder, the cohort's own by default; `percent`: the least of all
    points of the path for a certificate, None for no certificates.
    """

    units: tuple[str, ...] = ()
    kind: str = "csv"
    to: Path | None = None
    percent: float | None = None
    path: str = "core"


@dataclass
class Exported:
    """What an export did. `waiting`: learner -> what a person has to score before all points stand."""

    files: list[Path]
    learners: int
    waiting: dict[str, str]
    certificates: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return {
            "files": [str(path) for path in self.files],
            "learners": self.learners,
            "waiting": self.waiting,
            "certificates": [str(path) for path in self.certificates],
            "removed": [str(path) for path in self.removed],
            "said": self.said,
        }


def export(root: Path, cohort: Path, chosen: Chosen) -> Exported:
    """Write the cohort's points, and certificates where a threshold is set; everything or nothing.

    Raises HindcastError for a unit or path that the cohort does not have, and for a folder that cannot be
    written.
    """
    for what, came, known in (("format", chosen.kind, FORMATS), ("path", chosen.path, PATHS)):
        if came not in known:
            raise HindcastError(f"There is no {what} {came!r}. Expected one of: {', '.join(known)}.")
    folder = chosen.to or cohort / "export"
    tables = read_gradebook(cohort)
    everything = standing_of(cohort, tables)
    standing = standing_of(cohort, tables, chosen.units) if chosen.units else everything
    made = FORMATS[chosen.kind](standing)
    earned = _earned(everything, root, chosen)
    pages = {f"{FOLDER}/{learner}.html": page for learner, page in earned.pages.items()} if earned else {}
    old = outdated(folder / FOLDER, set(earned.pages)) if earned else []
    places = put_files(folder, made.files | pages)
    for page in old:
        page.unlink()
    waiting = _waiting(standing)
    done = Exported(
        places[: len(made.files)], len(standing.learners), waiting, places[len(made.files) :], old
    )
    done.said = [*_on_points(standing, waiting), *made.said]
    if earned:
        done.said += _on_certificates(everything, earned, chosen, old)
    return done


def _earned(standing: Standing, root: Path, chosen: Chosen) -> Outcome | None:
    if chosen.percent is None:
        return None
    return certificates(standing, root, chosen.percent, chosen.path)


def _waiting(standing: Standing) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for row in standing.totals[standing.totals["to_do"] != ""].itertuples():
        found.setdefault(row.learner, []).append(f"{row.unit} {row.to_do}")
    return {learner: "; ".join(said) for learner, said in found.items()}


def _on_points(standing: Standing, waiting: dict[str, str]) -> list[str]:
    said = []
    if waiting:
        one = len(waiting) == 1
        said.append(
            f"{len(waiting)} learner{' has' if one else 's have'} answers that nobody has scored yet. They "
            f"are empty, not zero. {_by_reason(waiting)}."
        )
    outside = [f"{row.learner} ({row.unit})" for row in standing.outside.itertuples()]
    if outside:
        said.append(
            'Handed in a bench with the track "workbook", so it is not counted: '
            f"{_listed(outside)}. Change the track in the roster to count it."
        )
    return said


def _on_certificates(standing: Standing, earned: Outcome, chosen: Chosen, old: list[Path]) -> list[str]:
    many, everyone = len(earned.pages), len(standing.learners)
    said = [
        f"{many} of {everyone} learners {'has' if many == 1 else 'have'} a certificate: every unit of the "
        f"{chosen.path} path handed in, and at least {chosen.percent:g} % of its points."
    ]
    if earned.waiting:
        said.append(f"Without one until a person has scored what waits. {_by_reason(earned.waiting)}.")
    if earned.unnamed:
        said.append(f"Without one, because the id cannot name a file: {_listed(earned.unnamed)}.")
    if old:
        listed = _listed([page.stem for page in old])
        said.append(f"Removed, because it was not earned by the points of today: {listed}.")
    return said


def _by_reason(waiting: dict[str, str]) -> str:
    """Each reason once, with the learners it is true of."""
    learners: dict[str, list[str]] = {}
    for learner, reason in waiting.items():
        learners.setdefault(reason, []).append(learner)
    return ". ".join(f"{reason}: {_listed(those)}" for reason, those in learners.items())


def _listed(words: list[str]) -> str:
    more = len(words) - _NAMED
    return ", ".join(words[:_NAMED]) + (f" and {more} more" if more > 0 else "")
