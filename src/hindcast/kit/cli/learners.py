"""The verbs of a learner."""

import os
from typing import Annotated

import typer

from hindcast.kit.checkout import find_course
from hindcast.kit.cli.verbs import AsJson, app


@app.command()
def learn(
    port: Annotated[int, typer.Option(help="The port to try first.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = not os.environ.get("NO_BROWSER"),
) -> None:
    """Open the course in JupyterLab, at its first lesson.

    Example: hindcast learn --port 8890 --no-browser
    """
    from hindcast.kit.learn import open_lab

    raise typer.Exit(open_lab(find_course(), port, browser))


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
def doctor(
    cohort: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this cohort; all of them when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what works on this machine, and how to mend what does not. Nothing is changed.

    Exit code 0: all that a learner needs works and, where there is a cohort, all that a trainer needs; 1:
    something is to be mended.

    Example: hindcast doctor --cohort spring-2026
    """
    import json

    from hindcast.kit.doctor.checkup import examine_machine
    from hindcast.kit.doctor.page import page_lines

    checkup = examine_machine(cohort)
    if as_json:
        typer.echo(json.dumps(checkup.as_data(), ensure_ascii=False))
    else:
        for line in page_lines(checkup):
            typer.echo(line)
    raise typer.Exit(0 if checkup.works else 1)
