"""Package, data cards and notebooks that a learner gets do not tell the key of a graded exercise.

Of each exercise five things count as its key, as far as its own released notebook does not show them:
what is said where points are lost, the letters of an answer, the parts of an answer side by side, a day that
is asked for, and a verdict in one sentence with what it is about.
"""

import ast
import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest
from apart import EXERCISES, ROOT, Place, forms_of, given

from hindcast import check
from hindcast.forms.base import Form
from hindcast.kit.bundle import contents
from hindcast.kit.notebooks.answer_banks import bank_path, graded_cells, load_bank
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.words import date as in_words

TEXTS = (".py", ".toml", ".md", ".json", ".svg", ".html", ".j2", ".js")
SENTENCE = 35  # characters; shorter ones occur by chance
TOGETHER = 3  # lines
VERDICTS = 5  # other words; who chooses among more chooses a column or a unit


# --- texts of a learner ---------------------------------------------------------------------------


@cache
def shipped() -> dict[str, str]:
    """Path -> text of what a bundle holds: package, descriptions of tables, notebooks with metadata."""
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src").rglob("*"))
        if path.suffix in TEXTS and "__pycache__" not in path.parts
    }
    for name, content in contents.bundled_tables(ROOT).items():
        if name.endswith(TEXTS):
            text = content.decode("utf-8")
            texts[name] = "\n\n".join(told_by(json.loads(text))) if name.endswith(".json") else text
    for path in sorted(ROOT.glob("course/*/*.ipynb")):
        cells = [f"{cell.source}\n\n{json.dumps(cell.metadata)}" for cell in read_notebook(path).cells]
        texts[path.relative_to(ROOT).as_posix()] = "\n\n".join(cells)
    return texts


def told_by(description: object) -> list[str]:
    """The sentences in a description of tables; its other values, such as a column's minimum, tell no key."""
    if isinstance(description, list):
        return [text for item in description for text in told_by(item)]
    if not isinstance(description, dict):
        return []
    own = [text for key, text in description.items() if key in ("title", "description")]
    return own + [text for item in description.values() for text in told_by(item)]


def flat(text: str) -> str:
    """A text on one line, without the quotes and comment signs at the ends of its lines."""
    return " ".join(re.sub(r'["\']?\s*\n\s*(#\s*|f?["\'])?', " ", text).split())


@cache
def flat_texts() -> dict[str, str]:
    return {place: flat(text) for place, text in shipped().items()}


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!;:])\s+|\n\s*\n|\s\|\s", text)


def windows(text: str) -> list[str]:
    """Every run of a few lines."""
    lines = text.splitlines()
    return ["\n".join(lines[n : n + TOGETHER]) for n in range(len(lines))]


# --- keys -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of an answer: the ways to write what is right, and the ways to write what is not."""

    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()

    def told_in(self, passage: str) -> bool:
        return any(map(stands_in(passage), self.right)) and not any(map(stands_in(passage), self.wrong))


def stands_in(passage: str):
    """A function that says whether a value stands in the passage as a word of its own."""
    return lambda value: re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-]|\.\d)", passage) is not None


def part_of(form: Form, value: object) -> Part | None:
    """One value of an answer as a part; None for yes, no and nothing."""
    if isinstance(form, check.Maybe):
        return None if value is None else part_of(form.item, value)
    if isinstance(form, check.Day):
        return Part(days(str(value)))
    if isinstance(form, check.Choice):
        ways = {option: written(option, words) for option, words in form.choices.items()}
        others = [way for option, those in ways.items() if option != value for way in those]
        return Part(ways[str(value)], tuple(others[:20]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = {f"{value:g}", f"{value:,}"} | ({f"{value:.2f}"} if value != int(value) else set())
        return Part(tuple(digits))
    return None


def written(option: str, words: str) -> tuple[str, ...]:
    """The ways to write a choice: its words, and never a letter alone."""
    return (words,) if len(option) == 1 else tuple({option, words})


def days(day: str) -> tuple[str, ...]:
    """The ways to write a day."""
    when = date.fromisoformat(day)
    return (day, in_words(when), in_words(when, year=False))


@dataclass(frozen=True)
class Told:
    """A record of the reference: what it is about, its parts, its days, its letters."""

    about: str
    parts: tuple[Part, ...]
    days: tuple[str, ...]
    letters: tuple[str, ...]

    def is_distinct(self) -> bool:
        """Whether its parts side by side can be told from other numbers and words side by side."""
        values = [value for part in self.parts for value in part.right]
        return len(self.parts) > 1 and any(len(value) > 2 and value[0].isdigit() for value in values)


def records(about: str, form: Form, value: object) -> list[Told]:
    """The records in an answer, with the name that each goes by."""
    if isinstance(form, check.Case):
        form = form.records[value[form.by]]
    if isinstance(form, check.Letters):
        return [Told(about, (), (), (form.write(value),))]
    if isinstance(form, check.SomeLetters):
        return [Told(about, (), (), (value,))]
    if not isinstance(form, check.Record):
        return []
    inner = [told for key, item in form.fields.items() for told in records(key, item, value[key])]
    parts = {key: part_of(item, value[key]) for key, item in form.fields.items()}
    asked = [
        value[key]
        for key, item in form.fields.items()
        if isinstance(getattr(item, "item", item), check.Day) and value[key] is not None
    ]
    found = tuple(part for part in parts.values() if part is not None)
    return [*inner, Told(about, found, tuple(asked), ())]


@cache
def key_of(place: Place) -> tuple[Told, ...]:
    """The records of the reference."""
    unit, notebook, exercise = place
    with pytest.MonkeyPatch.context() as patch:
        forms = forms_of(place, patch)
    bank = load_bank(bank_path(ROOT, unit))
    reference = next(
        answer
        for answer in bank
        if (answer.notebook, answer.exercise, answer.kind) == (notebook, exercise, "reference")
    )
    values = given(place, reference, forms)
    return tuple(
        told
        for name, form in forms.items()
        if not isinstance(form, check.Function)
        for told in records(name, form, form.read(values[name], name))
    )


@cache
def said_where_points_are_lost(place: Place) -> tuple[str, ...]:
    """The sentences of the hidden part of a test cell."""
    unit, notebook, exercise = place
    cell = graded_cells(read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb"))[exercise]
    hidden = cell.source.partition("### BEGIN HIDDEN TESTS")[2].partition("### END HIDDEN TESTS")[0]
    texts = [
        node.value
        for node in ast.walk(ast.parse(hidden))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = [sentence.strip() for text in texts for sentence in sentences(" ".join(text.split()))]
    shown = flat(own_notebook(place))
    return tuple(sentence for sentence in found if len(sentence) >= SENTENCE and sentence not in shown)


@cache
def own_notebook(place: Place) -> str:
    """What the notebook of an exercise shows: its released cells, and the screens above the answer."""
    unit, notebook, exercise = place
    shown = [shipped()[f"course/{unit}/{notebook}.ipynb"]]
    for cell in read_notebook(ROOT / "solutions" / unit / f"{notebook}.ipynb").cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == exercise:
            break
        shown += [output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
    return "\n\n".join(shown)


@cache
def open_code(place: Place) -> str:
    """The code of the released notebook, such as a drawer that stands open at a day."""
    cells = read_notebook(ROOT / "course" / place[0] / f"{place[1]}.ipynb").cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


# --- search ---------------------------------------------------------------------------------------


def leaks(place: Place, texts: dict[str, str]) -> list[str]:
    """Parts of the key that are in these texts, and where."""
    found = []
    for where, text in texts.items():
        flat_text = flat_texts()[where] if texts is shipped() else flat(text)
        found += [f"{where} says: {s}" for s in said_where_points_are_lost(place) if s in flat_text]
        for told in key_of(place):
            found += [f"{where}: {what}" for what in told_of(told, where, text, place)]
    return found


def told_of(told: Told, where: str, text: str, place: Place) -> list[str]:
    """What a text tells of one record."""
    found = [
        f"the letters {code} of {told.about}"
        for code in told.letters
        if len(code) > 2 and stands_in(text)(code)
    ]
    if told.is_distinct() and all(any(value in text for value in part.right) for part in told.parts):
        found += [
            f"all of {told.about}: {window!r}"
            for window in windows(text)
            if all(part.told_in(window) for part in told.parts)
        ]
    if where.startswith("datasets/"):
        code = open_code(place)
        found += [
            f"the day {day} of {told.about}"
            for day in told.days
            if day not in code and any(map(stands_in(text), days(day)))
        ]
        verdicts = [part for part in told.parts if 0 < len(part.wrong) <= VERDICTS]
        found += [
            f"the verdict on {told.about}: {sentence!r}"
            for sentence in sentences(text)
            if stands_in(sentence)(told.about) and any(part.told_in(sentence) for part in verdicts)
        ]
    return found


@pytest.mark.parametrize("place", EXERCISES, ids="/".join)
def test_nothing_that_a_learner_gets_tells_the_key(place):
    assert leaks(place, shipped()) == []


PLACES = {place[2]: place for place in EXERCISES}


@pytest.mark.parametrize(
    ("exercise", "where", "text"),
    [
        ("four_replays", "datasets/cards/demand_replays.md", "Two are honest. A and E are dishonest.\n"),
        (
            "four_replays",
            "datasets/cards/demand_replays.md",
            "The Station's count was corrected on 6 January 2025.",
        ),
        (
            "since_when",
            "datasets/cards/backdated_arrivals.md",
            "From Monday 15 September couriers carry two orders.",
        ),
        (
            "since_when",
            "src/hindcast/units/x.py",
            'KEY = {"changed": "2025-05-19", "held": 69,\n"december": 1.2, "v": "learned it"}',
        ),
        ("four_cards", "src/hindcast/units/x.py", '"""An answer such as "BKPY" has four letters."""'),
        ("panel", "course/x.ipynb", '{"answer": "PJX"}'),
        (
            "pilot_counts",
            "src/hindcast/units/x.py",
            'pilot = {"caught": 120, "missed": 190,\n"false_alarm": 80, "left_alone": 3610}',
        ),
        (
            "members_called",
            "course/x.ipynb",
            "B, F and G were called, so nobody knows what they would have done without the call, and F is "
            "no proof either.",
        ),
        (
            "four_cards",
            "src/hindcast/misconceptions/x.toml",
            'look = "The message goes out or it does not; the minutes would be thrown away."',
        ),
    ],
)
def test_a_key_that_is_told_on_purpose_is_found(exercise, where, text):
    assert leaks(PLACES[exercise], {where: text})
