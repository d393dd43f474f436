"""The command `hindcast`: one thin function for each verb. Heavy imports wait until a verb needs them."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hindcast.errors import HindcastError
from hindcast.kit.lighter import importing, lighter_notebooks
from hindcast.kit.units import find_course, find_root

app = typer.Typer(
    help="Hindcast: a Jupyter course about predictions, and the kit of those who teach it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cohort_app = typer.Typer(help="Groups of people who are taught together.", no_args_is_help=True)
data_app = typer.Typer(help="The course's tables, and the field data.", no_args_is_help=True)
app.add_typer(cohort_app, name="cohort")
app.add_typer(data_app, name="data")

Cohort = Annotated[str | None, typer.Option(metavar="NAME", help="May be left out where there is only one.")]
Learners = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only this learner; may be given again.")
]


@app.command()
def learn(
    port: Annotated[int, typer.Option(help="The port to try first.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = not os.environ.get("NO_BROWSER"),
) -> None:
    """Open the course in JupyterLab, at its first lesson.

    Example: hindcast learn --port 8890 --no-browser
    """
    from hindcast.kit import learn as learning

    raise typer.Exit(learning.learn(find_course(), port, browser))


@app.command()
def build(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT", help="All units when none is named.")
    ] = None,
    as_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the unit as py:percent texts to FOLDER.")
    ] = None,
    from_text: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Build the unit, new or not, from such texts.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --as-text: write over texts that are there.")
    ] = False,
    release_only: Annotated[
        bool, typer.Option("--release-only", help="Release without running anything.")
    ] = False,
) -> None:
    """Run units and make the learners' copy of them.

    Example: hindcast build 06_reading_classifications
    """
    from hindcast.kit import build as building
    from hindcast.kit import text

    root, names = find_root(), units or []
    _check_directions(names, as_text, from_text, release_only)
    if as_text:
        changed = text.write_texts(root, names[0], as_text, force)
    elif from_text:
        changed = building.build_from_texts(root, names[0], from_text, say=typer.echo)
    else:
        changed = building.build(root, names, release_only, say=typer.echo)
    _say_written(changed)


def _check_directions(
    names: list[str], as_text: Path | None, from_text: Path | None, release_only: bool
) -> None:
    if not (as_text or from_text):
        return
    if (as_text and from_text) or release_only:
        raise HindcastError("--as-text, --from-text and --release-only exclude each other: give one of them.")
    if len(names) != 1:
        raise HindcastError(
            f"Text is made from one unit at a time, came {len(names)}. "
            "Example: hindcast build 00_starting_here --as-text scratch"
        )


def _say_written(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"wrote {path}")
    if not paths:
        typer.echo("Nothing to change.")


@cohort_app.command("new")
def cohort_new(
    name: Annotated[str, typer.Argument(help="A short name; it becomes a folder of grading/cohorts/.")],
    roster: Annotated[
        Path,
        typer.Option(
            help="A CSV or .xlsx with the columns id, name, email, role and track.", show_default=False
        ),
    ],
    due: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT=DATE",
            help="When a unit is due: 2026-12-01 (until that day ends), 2026-12-01T18:00 or none. May be "
            "given again.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a cohort from a roster, or bring one up to date.

    Again, with a newer roster: names, addresses, roles and tracks are taken over, new learners and units are
    added. Nobody's work is touched, and whoever is not in the roster stays. Work handed in late is marked; it
    costs no points.

    Example: hindcast cohort new spring-2026 --roster roster.csv --due 06_reading_classifications=2026-12-01
    """
    from hindcast.kit import enrolment

    with _busy("Telling the gradebook"):
        done = enrolment.enrol(find_root(), name, roster, due or [])
    if as_json:
        typer.echo(json.dumps(asdict(done), default=enrolment.plain, ensure_ascii=False))
    else:
        for line in enrolment.sentences(done):
            typer.echo(line)


@contextlib.contextmanager
def _busy(words: str) -> Iterator[None]:
    """A sign of life on standard error, where a person looks at it."""
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield


@cohort_app.command("forget")
def cohort_forget(
    learner: Annotated[str, typer.Argument(metavar="ID", help="The learner's id, as the roster has it.")],
    cohort: Cohort = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a learner with every trace but the counts.

    Roster, gradebook, hand-ins, feedback; report/ and export/ go too, because they name people, and are made
    again by their commands. What stays says how many answered what, and no name.

    Example: hindcast cohort forget ana --cohort spring-2026
    """
    from hindcast.kit import forget
    from hindcast.kit.cohort import the_cohort

    folder = the_cohort(find_root(), cohort)
    person = forget.find_person(folder, learner)
    if not yes:
        typer.confirm(forget.question(folder, person), abort=True)
    with _busy("Deleting"):
        done = forget.forget(folder, learner)
    for deleted in done:
        for line in forget.sentences(folder, deleted):
            typer.echo(line)


@app.command()
def collect(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Notebooks, zips, mails (.eml) and folders of them.")
    ],
    cohort: Cohort = None,
    learner: Annotated[str | None, typer.Option(metavar="ID", help="All of it is this learner's.")] = None,
    unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="All of it is of this unit."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Take what came back from learners: keep all of it, and put what counts into submitted/.

    A notebook is known by its cells, its learner by the names around it: of a folder, a zip, what Moodle or
    Canvas wrote. Nothing is guessed, nothing overwritten; what cannot be placed is listed, with what to do.
    The newest before the date due counts. The exit code is 0 also where something was not placed.

    Example: hindcast collect inbox submissions.zip --cohort spring-2026
    """
    from hindcast.kit.collect import command

    raise typer.Exit(command.collect(find_root(), paths, cohort, learner, unit, as_json))


@app.command()
def grade(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="A unit, or any assignment of the gradebook.")],
    cohort: Cohort = None,
    learner: Learners = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Hand-ins at a time; one for each core.")] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="S", min=0.1, help="Seconds that a cell may run; else nbgrader's.")
    ] = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade also what is unchanged.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    allow_unsandboxed: Annotated[
        bool,
        typer.Option("--allow-unsandboxed", help="Run learners' code with your own rights where it must be."),
    ] = False,
) -> None:
    """Grade what a cohort handed in.

    Learners' code runs isolated from everything but the course's data. What is graded and unchanged is left
    alone. A line is printed for each hand-in that needs a person.

    Example: hindcast grade 06_reading_classifications --cohort spring-2026
    """
    from hindcast.kit.grade import command

    chosen = command.Chosen(tuple(learner or ()), workers, timeout, regrade, allow_unsandboxed)
    raise typer.Exit(command.grade(find_root(), unit, cohort, chosen, as_json))


@app.command()
def feedback(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="A unit that was graded.")],
    cohort: Cohort = None,
    learner: Learners = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Learners at a time; one for each core.")
    ] = None,
) -> None:
    """Write one page for each learner: points, what was recognised, where to look next.

    Example: hindcast feedback 06_reading_classifications --cohort spring-2026
    """
    with importing():
        from hindcast.kit.cohort import the_cohort
        from hindcast.kit.feedback import write_feedback

    folder = the_cohort(find_root(), cohort)
    pages = write_feedback(folder, unit, learner, workers, say=typer.echo)
    if pages.written:
        typer.echo(f"They are {folder / 'feedback'}/LEARNER/{unit}/index.html")
    for fault in pages.faults:
        typer.echo(fault, err=True)
    if pages.faults:
        raise typer.Exit(2)


@app.command()
def doctor(
    cohort: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this cohort; all of them when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say what works on this machine, and how to mend what does not. Nothing is changed.

    Exit code 0: all that a learner needs works and, where there is a cohort, all that a trainer needs; 1:
    something is to be mended.

    Example: hindcast doctor --cohort spring-2026
    """
    import json

    from hindcast.kit.doctor import examine
    from hindcast.kit.doctor.page import page

    report = examine(cohort)
    if as_json:
        typer.echo(json.dumps(report.as_data(), ensure_ascii=False))
    else:
        for line in page(report):
            typer.echo(line)
    raise typer.Exit(0 if report.works else 1)


@app.command()
def export(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT", help="All units when none is named.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--format", metavar="csv|moodle|canvas", help="What will read it.")
    ] = "csv",
    cohort: Cohort = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; else export/ in the cohort.")
    ] = None,
    certificates_from: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT", min=0, max=100, help="Write a certificate for who has so many of the points."
        ),
    ] = None,
    path: Annotated[
        str, typer.Option(metavar="core|whole", help="The units that a certificate is for.")
    ] = "core",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Write a cohort's points as a table, and certificates.

    Names are as in the roster. What nobody has scored yet is empty, not zero. Nothing is sent anywhere.

    Example: hindcast export --format csv --cohort spring-2026 --certificates-from 60
    """
    from hindcast.kit.cohort import the_cohort
    from hindcast.kit.export import command

    root = find_root()
    chosen = command.Chosen(tuple(units or ()), kind, to, certificates_from, path)
    command.export(root, the_cohort(root, cohort), chosen, as_json)


@app.command()
def score(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="A unit that you have worked on.")],
    browser: Annotated[bool, typer.Option(help="Open the page.")] = not os.environ.get("NO_BROWSER"),
    timeout: Annotated[
        float | None, typer.Option(metavar="S", min=0.1, help="Seconds that a cell may run.")
    ] = None,
    allow_unsandboxed: Annotated[
        bool,
        typer.Option("--allow-unsandboxed", help="Run your code with your own rights where it must be."),
    ] = False,
) -> None:
    """Score your own notebooks, as a trainer would, and open the feedback.

    For who learns alone. It takes what you saved in course/UNIT/ and changes nothing in it.

    Example: hindcast score 06_reading_classifications
    """
    from hindcast.kit import score as scoring

    raise typer.Exit(scoring.score(unit, scoring.Chosen(browser, timeout, allow_unsandboxed)))


@app.command()
def report(
    unit: Annotated[
        str | None, typer.Argument(metavar="UNIT", help="One unit; all of them when none is named.")
    ] = None,
    cohort: Cohort = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Without names and small groups, to show in the room.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Also print the numbers, one JSON object on standard output.")
    ] = False,
) -> None:
    """Write one page that says what a cohort understood, and what to do in the next class.

    Who has handed in, the misconceptions of the room with their words, points, exercises, who needs help, and
    a plan with minutes. Nothing is graded or changed.

    Example: hindcast report 06_reading_classifications --cohort spring-2026
    """
    from hindcast.kit.report import command

    command.report(find_root(), unit, cohort, anonymous, as_json)


@app.command()
def bundle(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT", help="All units when none is named; 00 always.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="The zip to write, or a folder for it; else dist/."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Pack one zip for learners: course, tables, package, environment and a page to start from.

    No solution, no answer and nothing of a cohort is in it. The same course gives the same bytes.

    Example: hindcast bundle 06_reading_classifications --to hindcast-06.zip
    """
    from hindcast.kit.bundle import command

    command.bundle(find_root(), units or [], to, as_json)


@app.command()
def demo() -> None:
    """Play a trainer's round with made-up learners.

    Example: hindcast demo
    """
    from hindcast.kit import demo as playing

    playing.demo(find_root())


@data_app.command("build")
def data_build() -> None:
    """Make the shipped tables again from their recipes.

    Example: hindcast data build
    """
    from hindcast.kit import data

    _say_written(data.build(find_root(), say=typer.echo))


@data_app.command("verify")
def data_verify(
    contract: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A mapping file: check your own table, which it names, instead."),
    ] = None,
) -> None:
    """Check the shipped tables, or a table of your own.

    Example: hindcast data verify --contract mine.toml
    """
    from hindcast.kit import contract as contracts
    from hindcast.kit import data

    if contract:
        verified = contracts.verify(contract)
        faults, said = verified.faults, verified.said
    else:
        faults, said = data.verify(find_root()), ["Every table is as described."]
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)
    typer.echo("\n".join(said))


@data_app.command("fetch")
def data_fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="A field table or its card; all of them when none is named."),
    ] = None,
) -> None:
    """Download the field data: real, public tables.

    Those that are there are left alone. One that was changed since is fetched again.

    Example: hindcast data fetch hotel_bookings
    """
    from hindcast.kit import fetch

    faults = fetch.fetch(names or [])
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)


def main() -> None:
    """Run the command; a fault the reader can mend is its sentence on stderr and exit code 2."""
    lighter_notebooks()
    try:
        app()
    except HindcastError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
