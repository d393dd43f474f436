"""A damaged notebook gets back its nbgrader records and missing cells, and nothing else changes."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hindcast.kit.handin.repair import AskedCell, ReleasedNotebook, repair


def asked(name, **more):
    fields = {
        "cell_type": "code",
        "source": f"# {name}",
        "checksum": f"sum of {name}",
        "grade": False,
        "solution": False,
        "task": False,
        "locked": False,
        "points": None,
    }
    return AskedCell(name=name, **fields | more)


def answer(name):
    return asked(name, solution=True)


def test_cell(name):
    return asked(f"{name}_test", grade=True, locked=True, points=2.0)


test_cell.__test__ = False
EXERCISE = [answer("a"), test_cell("a"), answer("b"), test_cell("b")]
IDS = ReleasedNotebook(
    order=("a", "a_test", "b", "b_test"),
    ids={"a": "a", "a_test": "a_test", "b": "b", "b_test": "b_test"}
    | dict.fromkeys(["prose", "redraw-a", "redraw-b"], ""),
    texts={"a": "a = None", "a_test": "# a_test, seen", "b": "b = None", "b_test": "# b_test, seen"},
    others=frozenset({"Prose", "# redraw-a", "# redraw-b"}),
)
NOTHING = ReleasedNotebook()


def cell(name, source):
    record = next(item for item in EXERCISE if item.name == name).record()
    made = new_code_cell(source=source, metadata={"nbgrader": record})
    made.id = name
    return made


def plain(name, source="print()"):
    made = new_code_cell(source=source)
    made.id = name
    return made


@pytest.fixture
def handed_in():
    cells = [new_markdown_cell(source="Prose", id="prose")]
    for name in "ab":
        cells += [
            cell(name, f"{name} = 1"),
            plain(f"redraw-{name}", f"# redraw-{name}"),
            cell(f"{name}_test", f"# {name}_test"),
        ]
    return new_notebook(cells=cells)


def names(notebook):
    return [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in notebook.cells]


ORDER = ["", "a", "", "a_test", "b", "", "b_test"]


def at(notebook, name):
    return notebook.cells[names(notebook).index(name)]


def test_a_sound_notebook_stays_as_it_is(handed_in):
    before = copy.deepcopy(handed_in)
    assert repair(handed_in, EXERCISE, IDS) == []
    assert handed_in == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema_version", 99),
        ("schema_version", None),
        ("schema_version", "3"),
        ("schema_version", True),
        ("points", 200),
        ("points", "many"),
        ("grade", False),
        ("solution", True),
        ("locked", False),
        ("task", True),
    ],
)
def test_a_changed_record_is_restored_and_told(handed_in, key, value):
    at(handed_in, "a_test").metadata.nbgrader[key] = value
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.cell == "a_test"
    assert key in done.reason
    assert at(handed_in, "a_test").metadata.nbgrader == EXERCISE[1].record()


@pytest.mark.parametrize("key", ["schema_version", "points", "grade", "locked"])
def test_a_record_with_a_part_missing_is_restored(handed_in, key):
    del at(handed_in, "a_test").metadata.nbgrader[key]
    assert len(repair(handed_in, EXERCISE, IDS)) == 1
    assert at(handed_in, "a_test").metadata.nbgrader == EXERCISE[1].record()


def test_a_cell_of_another_kind_becomes_code_again(handed_in):
    place = names(handed_in).index("a")
    markdown = new_markdown_cell(source="a = 7", metadata=handed_in.cells[place].metadata)
    handed_in.cells[place] = nbformat.from_dict(markdown)
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert (done.cell, at(handed_in, "a").cell_type, at(handed_in, "a").source) == ("a", "code", "a = 7")
    assert at(handed_in, "a").outputs == []


def test_of_copies_the_last_one_counts(handed_in):
    twin = copy.deepcopy(at(handed_in, "a"))
    twin.source, twin.id = "a = 2", "twin"
    handed_in.cells.insert(names(handed_in).index("a") + 1, twin)
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.cell == "a"
    assert at(handed_in, "a").source == "a = 2"
    assert names(handed_in).count("a") == 1


@pytest.mark.parametrize("name", ["a_test", "b_test"])
def test_a_deleted_test_comes_back_in_its_place(handed_in, name):
    place = names(handed_in).index(name)
    del handed_in.cells[place]
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.cell == name
    restored = at(handed_in, name)
    assert restored.source == f"# {name}"
    order = [n for n in names(handed_in) if n]
    assert order == ["a", "a_test", "b", "b_test"]


def test_everything_deleted_comes_back_but_the_answers():
    empty = new_notebook()
    done = {what.cell: what for what in repair(empty, EXERCISE, IDS)}
    assert [name for name in names(empty) if name] == ["a_test", "b_test"]
    assert done["a"].attention
    assert not done["a_test"].attention


@pytest.mark.parametrize("name", ["a", "a_test", "b", "b_test"])
@pytest.mark.parametrize("damage", ["gone", "no name", "renamed", "text", "number"])
def test_a_cell_that_lost_its_record_is_known_by_its_id(handed_in, name, damage):
    metadata = at(handed_in, name).metadata
    if damage == "gone":
        del metadata["nbgrader"]
    elif damage == "no name":
        del metadata.nbgrader["grade_id"]
    elif damage == "renamed":
        metadata.nbgrader["grade_id"] = "something-else"
    elif damage == "text":
        metadata["nbgrader"] = "broken"
    else:
        metadata.nbgrader["grade_id"] = 7
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.cell == name
    assert names(handed_in) == ["", "a", "", "a_test", "b", "", "b_test"]
    assert at(handed_in, name).metadata.nbgrader["grade_id"] == name


def test_without_ids_a_test_is_known_by_its_text_and_an_answer_by_its_place(handed_in):
    for damaged in handed_in.cells:
        damaged.id = f"new-{damaged.id}"
    del at(handed_in, "a_test").metadata["nbgrader"]
    redraw = handed_in.cells[2]
    handed_in.cells.remove(redraw)
    del at(handed_in, "a").metadata["nbgrader"]
    done = repair(handed_in, EXERCISE, NOTHING)
    assert {what.cell for what in done} == {"a", "a_test"}
    assert at(handed_in, "a").source == "a = 1"
    assert at(handed_in, "a_test").source == "# a_test"


def test_two_cells_that_could_be_the_answer_are_not_guessed_between(handed_in):
    place = names(handed_in).index("a")
    del handed_in.cells[place].metadata["nbgrader"]
    handed_in.cells[place].id = "x"
    handed_in.cells.insert(place, plain("y", "a = 5"))
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.attention
    assert "a" not in names(handed_in)


def test_a_released_cell_is_never_taken_for_the_answer(handed_in):
    place = names(handed_in).index("a")
    del handed_in.cells[place]
    (done,) = repair(handed_in, EXERCISE, IDS)
    assert done.attention
    assert "a" not in names(handed_in)


def test_a_foreign_record_is_taken_away(handed_in):
    handed_in.cells[0].metadata["nbgrader"] = {"grade_id": "foreign", "grade": True}
    assert repair(handed_in, EXERCISE, IDS) == []
    assert "nbgrader" not in handed_in.cells[0].metadata


def test_a_notebook_without_any_record_or_id_is_known_by_what_was_released(handed_in):
    for stripped in handed_in.cells:
        stripped.metadata = nbformat.from_dict({})
        stripped.id = f"new-{stripped.id}"
        if "_test" in stripped.source:
            stripped.source += ", seen"
    done = repair(handed_in, EXERCISE, IDS)
    assert {what.cell for what in done} == {"a", "a_test", "b", "b_test"}
    assert names(handed_in) == ORDER
    assert at(handed_in, "a").source == "a = 1"


def test_a_test_with_no_neighbour_left_goes_to_the_end():
    only = new_notebook(cells=[new_code_cell(source="a = 1"), new_code_cell(source="b = 2")])
    repair(only, EXERCISE, NOTHING)
    assert names(only) == ["", "", "a_test", "b_test"]


def test_a_missing_answer_that_a_person_grades_is_put_back_and_somebody_asked():
    essay = asked("why", cell_type="markdown", grade=True, solution=True, points=3.0)
    (done,) = repair(new_notebook(), [essay], NOTHING)
    assert done.attention


def test_a_text_that_lost_its_record_and_its_id_is_known_by_its_place(handed_in):
    text = asked("c", cell_type="markdown", grade=True, solution=True, points=3.0, source="Write here.")
    rubric = asked("c_rubric", cell_type="markdown", locked=True, source="What counts.")
    closing = "Hand it in."
    went_out = ReleasedNotebook(ids={**IDS.ids, "end": ""}, texts=IDS.texts, others=IDS.others | {closing})
    handed_in.cells += [
        new_markdown_cell(source=written, id=name)
        for name, written in (("x", "What counts."), ("y", "My own words."), ("z", closing))
    ]
    done = repair(handed_in, [*EXERCISE, rubric, text], went_out)
    assert [(what.cell, what.attention) for what in done] == [("c_rubric", False), ("c", False)]
    assert at(handed_in, "c").source == "My own words."
    assert at(handed_in, "c").metadata.nbgrader.points == 3.0
