"""An export: reads the gradebook once, writes the files, and reports what they hold and what is missing."""

from dataclasses import dataclass, field
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.export.certificates import (
    FOLDER,
    PATHS,
    EarnedCertificates,
    earned_certificates,
    outdated_certificates,
)
from hindcast.kit.export.formats import FORMATS
from hindcast.kit.export.standing import Standing, standing_of
from hindcast.kit.gradebook.snapshot import read_gradebook
from hindcast.kit.plumbing.files import put_files
from hindcast.words import listed

_NAMED_AT_MOST = 12


@dataclass(frozen=True)
class ExportOptions:
    """A trainer's options. `to`: the folder to write to, export/ in the cohort by default.

    `percent`: the share of the path's points that a certificate needs, None for no certificates.
    """

    units: tuple[str, ...] = ()
    kind: str = "csv"
    to: Path | None = None
    percent: float | None = None
    path: str = "core"


@dataclass
class Exported:
    """What an export did. `waiting`: learner -> what a person must score before all points are known."""

    files: list[Path]
    learners: int
    waiting: dict[str, str]
    certificates: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, object]:
        """Return the export's result as plain data, for JSON."""
        return {
            "files": [str(path) for path in self.files],
            "learners": self.learners,
            "waiting": self.waiting,
            "certificates": [str(path) for path in self.certificates],
            "removed": [str(path) for path in self.removed],
            "said": self.said,
        }


def write_export(root: Path, cohort: Path, options: ExportOptions) -> Exported:
    """Write the cohort's points, and certificates if `percent` is set: all files or, on an error, none.

    Raises HindcastError for a unit or path that the cohort does not have, and for a folder that cannot be
    written.
    """
    for what, came, known in (("format", options.kind, FORMATS), ("path", options.path, PATHS)):
        if came not in known:
            raise HindcastError(f"There is no {what} {came!r}.", f"Expected one of: {', '.join(known)}.")
    folder = options.to or cohort / "export"
    tables = read_gradebook(cohort)
    everything = standing_of(cohort, tables)
    standing = standing_of(cohort, tables, options.units) if options.units else everything
    made = FORMATS[options.kind](standing)
    earned = _certificates(everything, root, options)
    pages = {f"{FOLDER}/{learner}.html": page for learner, page in earned.pages.items()} if earned else {}
    old = outdated_certificates(folder / FOLDER, set(earned.pages)) if earned else []
    places = put_files(folder, made.files | pages)
    for page in old:
        page.unlink()
    waiting = _waiting_by_learner(standing)
    done = Exported(
        places[: len(made.files)], len(standing.learners), waiting, places[len(made.files) :], old
    )
    done.said = [*_sentences_on_points(standing, waiting), *made.said]
    if earned:
        done.said += _sentences_on_certificates(everything, earned, options, old)
    return done


def _certificates(standing: Standing, root: Path, options: ExportOptions) -> EarnedCertificates | None:
    if options.percent is None:
        return None
    return earned_certificates(standing, root, options.percent, options.path)


def _waiting_by_learner(standing: Standing) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for row in standing.totals[standing.totals["to_do"] != ""].itertuples():
        found.setdefault(row.learner, []).append(f"{row.unit} {row.to_do}")
    return {learner: "; ".join(said) for learner, said in found.items()}


def _sentences_on_points(standing: Standing, waiting: dict[str, str]) -> list[str]:
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
            f"{_some_of(outside)}. Change the track in the roster to count it."
        )
    return said


def _sentences_on_certificates(
    standing: Standing, earned: EarnedCertificates, options: ExportOptions, old: list[Path]
) -> list[str]:
    many, everyone = len(earned.pages), len(standing.learners)
    said = [
        f"{many} of {everyone} learners {'has' if many == 1 else 'have'} a certificate: every unit of the "
        f"{options.path} path handed in, and at least {options.percent:g} % of its points."
    ]
    if earned.waiting:
        said.append(f"Without one until a person has scored what waits. {_by_reason(earned.waiting)}.")
    if earned.unnamed:
        said.append(f"Without one, because the id cannot name a file: {_some_of(earned.unnamed)}.")
    if old:
        listed = _some_of([page.stem for page in old])
        said.append(f"Removed, because it was not earned by the points of today: {listed}.")
    return said


def _by_reason(waiting: dict[str, str]) -> str:
    """Return a text with each reason once and its learners."""
    learners: dict[str, list[str]] = {}
    for learner, reason in waiting.items():
        learners.setdefault(reason, []).append(learner)
    return ". ".join(f"{reason}: {_some_of(those)}" for reason, those in learners.items())


def _some_of(words: list[str]) -> str:
    return listed(words, most=_NAMED_AT_MOST, last=", ")
