"""What the grader keeps of a hand-in beside the graded notebooks: its fingerprint, notes and results."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hindcast.kit.notebooks.results import Shown, shown_as

RECORD_FILE = ".hindcast.json"


@dataclass(frozen=True)
class GraderNote:
    """One plain sentence about a notebook ("" for the hand-in) and a cell of it ("" for all of it).

    attention: a person should look at it. Without it the points are sure, and the learner is only told.
    """

    notebook: str
    cell: str
    reason: str
    attention: bool = False


Results = dict[str, dict[str, Shown]]  # notebook -> exercise -> what its check showed


def write_record(folder: Path, submission: str, notes: list[GraderNote], results: Results) -> None:
    """Keep what the grader knows of a hand-in in its graded folder.

    submission: the hand-in's fingerprint. results: what its checks showed.
    """
    record = {
        "submission": submission,
        "notes": [asdict(note) for note in notes],
        "results": {
            notebook: {exercise: shown.as_data for exercise, shown in found.items()}
            for notebook, found in results.items()
        },
    }
    folder.joinpath(RECORD_FILE).write_text(
        json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def read_record(folder: Path) -> tuple[str, list[GraderNote]]:
    """Fingerprint and notes of a graded folder; "" and none where they are missing or damaged."""
    try:
        record = json.loads(folder.joinpath(RECORD_FILE).read_text(encoding="utf-8"))
        return str(record["submission"]), [GraderNote(**note) for note in record["notes"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return "", []


def read_results(folder: Path) -> Results | None:
    """What the checks of a graded folder showed; None without a readable record: ask the notebooks."""
    try:
        record = json.loads(folder.joinpath(RECORD_FILE).read_text(encoding="utf-8"))
        found = {
            notebook: {exercise: shown_as(exercise, data) for exercise, data in results.items()}
            for notebook, results in record["results"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return {
        notebook: {exercise: shown for exercise, shown in results.items() if shown}
        for notebook, results in found.items()
    }


def as_sentence(words: str) -> str:
    """Words as a sentence: a capital first, a full stop last; "" stays ""."""
    return f"{words[0].upper()}{words[1:].rstrip('.')}." if words else ""


def printable(text: str, most: int = 200) -> str:
    """Text on one line that a terminal can show, at most `most` characters: file names may hold anything."""
    shown = "".join(char if char.isprintable() else "�" for char in " ".join(text.split()))
    shown = shown.encode("utf-8", "replace").decode("utf-8")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
