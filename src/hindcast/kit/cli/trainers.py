"""The verbs of a trainer, in the order of a round."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hindcast.kit.checkout import find_root
from hindcast.kit.cli.verbs import AsJson, Cohort, Learners, app, busy
from hindcast.kit.plumbing.startup import imports_without_gc

cohort_app = typer.Typer(help="Groups of people who are taught together.", no_args_is_help=True)
app.add_typer(cohort_app, name="cohort")


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
    as_json: AsJson = False,
) -> None:
    """Make a cohort from a roster, or bring one up to date.

    Again, with a newer roster: names, addresses, roles and tracks are taken over, new learners and units are
    added. Nobody's work is touched, and whoever is not in the roster stays. Work handed in late is marked; it
    costs no points.

    Example: hindcast cohort new spring-2026 --roster roster.csv --due 06_reading_classifications=2026-12-01
    """
    from hindcast.kit.cohort import enrolment

    with busy("Telling the gradebook"):
        done = enrolment.enrol(find_root(), name, roster, due or [])
    if as_json:
        typer.echo(json.dumps(asdict(done), default=enrolment.json_default, ensure_ascii=False))
    else:
        for line in enrolment.enrolment_sentences(done):
            typer.echo(line)


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
    from hindcast.kit.cohort import forget
    from hindcast.kit.cohort.folder import the_cohort

    folder = the_cohort(find_root(), cohort)
    person = forget.find_person(folder, learner)
    if not yes:
        typer.confirm(forget.deletion_question(folder, person), abort=True)
    with busy("Deleting"):
        done = forget.forget_learner(folder, learner)
    for deleted in done:
        for line in forget.deletion_sentences(folder, deleted):
            typer.echo(line)


@app.command()
def bundle(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT...", help="All units when none is named; 00 always.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="The zip to write, or a folder for it; else dist/."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pack one zip for learners: course, tables, package, environment and a page to start from.

    No solution, no answer and nothing of a cohort is in it. The same course gives the same bytes.

    Example: hindcast bundle 06_reading_classifications --to hindcast-06.zip
    """
    from hindcast.kit.bundle.command import run_bundle

    run_bundle(find_root(), units or [], to, as_json)


@app.command()
def collect(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Notebooks, zips, mails (.eml) and folders of them."),
    ],
    cohort: Cohort = None,
    learner: Annotated[str | None, typer.Option(metavar="ID", help="All of it is this learner's.")] = None,
    unit: Annotated[
        str | None,
        typer.Option(metavar="UNIT", help="All of it is of this unit."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take what came back from learners: keep all of it, and put what counts into submitted/.

    A notebook is known by its cells, its learner by the names around it: of a folder, a zip, what Moodle or
    Canvas wrote. Nothing is guessed, nothing overwritten; what cannot be placed is listed, with what to do.
    The newest before the date due counts. The exit code is 0 also where something was not placed.

    Example: hindcast collect inbox submissions.zip --cohort spring-2026
    """
    from hindcast.kit.collect.command import run_collect

    raise typer.Exit(run_collect(find_root(), paths, cohort, learner, unit, as_json))


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
    as_json: AsJson = False,
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
    from hindcast.kit.grade.options import GradeOptions

    options = GradeOptions(tuple(learner or ()), workers, timeout, regrade, allow_unsandboxed)
    raise typer.Exit(command.grade_cohort(find_root(), unit, cohort, options, as_json))


@app.command()
def feedback(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="A unit that was graded.")],
    cohort: Cohort = None,
    learner: Learners = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Learners at a time; one for each core.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one page for each learner: points, what was recognised, where to look next.

    Example: hindcast feedback 06_reading_classifications --cohort spring-2026
    """
    with imports_without_gc():
        from hindcast.kit.feedback import command

    raise typer.Exit(command.feedback(find_root(), unit, cohort, learner, workers, as_json))


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
def export(
    units: Annotated[
        list[str] | None, typer.Argument(metavar="UNIT...", help="All units when none is named.")
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
    as_json: AsJson = False,
) -> None:
    """Write a cohort's points as a table, and certificates.

    Names are as in the roster. What nobody has scored yet is empty, not zero. Nothing is sent anywhere.

    Example: hindcast export --format csv --cohort spring-2026 --certificates-from 60
    """
    from hindcast.kit.cohort.folder import the_cohort
    from hindcast.kit.export import command

    root = find_root()
    chosen = command.Chosen(tuple(units or ()), kind, to, certificates_from, path)
    command.export(root, the_cohort(root, cohort), chosen, as_json)


@app.command()
def demo() -> None:
    """Play a trainer's round with made-up learners.

    Example: hindcast demo
    """
    from hindcast.kit.demo.round import play_demo

    play_demo(find_root(), app)
