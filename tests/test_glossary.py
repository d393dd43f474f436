"""The glossary: every entry is whole, and every link to it and in it leads to an entry."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "solutions" / "00_starting_here" / "glossary.ipynb"
OTHERS = sorted(path for path in (ROOT / "solutions").glob("*/*.ipynb") if path != GLOSSARY)
FOUR = "| designer | engineer | product manager | data scientist |"
# terms that the syllabus distinguishes, and those that units ask about
WANTED = """Number prediction, Classification, Ranking, Grouping, Generation, Plain rule, Already recorded,
Ordered class, Prediction, Forecast, Estimate, Score, Chance, Outcome, Input, Unit, Who acts,
Baseline, Caught, Missed, False alarm, Left alone, Accuracy, Alert precision, Display
precision, Recall, Base rate, Grade, Points, Range, Confidence interval, Error, Backdated
output, Backtest, Hindcast, Track record, Fitted values, Backcast, Origin, Horizon"""


def cells():
    return nbformat.read(GLOSSARY, as_version=4).cells


def entries():
    """Term -> the text of its entry."""
    found = [cell.source for cell in cells() if cell.source.startswith("### ")]
    return {source.partition("\n")[0].removeprefix("### "): source for source in found}


def anchors():
    """What a link to an entry says after the #: its cell, which JupyterLab finds before it has drawn it."""
    return {f"cell-id={cell.id}" for cell in cells() if cell.source.startswith("### ")}


def test_the_glossary_is_prose_alone():
    assert {cell.cell_type for cell in cells()} == {"markdown"}


def test_every_word_that_the_course_keeps_apart_has_an_entry():
    assert set(" ".join(WANTED.split()).split(", ")) <= set(entries())


def test_the_anchor_of_an_entry_is_its_term():
    terms = {re.sub(r"[^a-z]+", "-", term.lower()) for term in entries()}
    assert anchors() == {f"cell-id=term-{term}" for term in terms}


@pytest.mark.parametrize("term", entries())
def test_an_entry_says_what_each_of_the_four_hears_the_courses_word_an_example_and_what_to_keep_apart(term):
    lines = entries()[term].splitlines()
    row = lines[lines.index(FOUR) + 2]
    hears = [part.strip() for part in row.strip("|").split("|")]
    assert len(hears) == 4 and all(hears), row
    for part in ("In this course", "At Larder", "Keep apart from"):
        said = [line for line in lines if line.startswith(f"**{part}:** ")]
        assert len(said) == 1 and len(said[0].split()) >= 4, part


def test_links_within_the_glossary_lead_to_an_entry():
    found = [target for cell in cells() for target in re.findall(r"\]\(#([^)]+)\)", cell.source)]
    assert len(found) > 50
    assert set(found) <= anchors() | {"cell-id=find-your-word"}


def test_links_to_the_glossary_lead_to_an_entry_and_three_lessons_have_some():
    linking = set()
    for path in OTHERS:
        for cell in nbformat.read(path, as_version=4).cells:
            for target in re.findall(r"glossary\.ipynb#([^)\s]+)\)", cell.source):
                assert target in anchors(), (path.parent.name, target)
                linking.add(f"{path.parent.name[:2]}/{path.stem}")
    assert linking >= {"00/lesson", "02/lesson", "06/lesson"}
