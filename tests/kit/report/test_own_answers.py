import nbformat
import pytest
from made_up import SECOND, notebook

from hindcast.kit.report.own_answers import (
    LARGEST_FILE,
    GradedNotebooks,
    own_answers,
    says_one_of,
    shortened,
    without_comments,
)


@pytest.fixture
def notebooks(tmp_path):
    """A function that saves an answer as a graded notebook, and the reader of these notebooks."""

    def keep(learner, source):
        folder = tmp_path / learner / SECOND
        folder.mkdir(parents=True)
        nbformat.write(notebook(SECOND, "workbook", {"shares": source}), folder / "workbook.ipynb")
        return learner, SECOND, "workbook", "shares"

    keep.all = GradedNotebooks(tmp_path)
    return keep


def test_an_answer_is_as_it_was_written_without_its_comments():
    source = '# Ana, 4 May\nshares = {\n    "a": "#1",  # sure?\n\n    "b": 2,\n}\n'
    assert without_comments(source) == 'shares = {\n    "a": "#1",\n    "b": 2,\n}'


@pytest.mark.parametrize(
    "source", ["# note\nshares = (1,\n", "# note\nshares = 'open\n", "# note\n  shares\n odd"]
)
def test_what_is_no_python_loses_the_lines_that_are_comments(source):
    assert without_comments(source) == source.removeprefix("# note\n").rstrip("\n")


def test_a_long_answer_is_cut_and_says_so():
    text = shortened("\n".join(["x" * 500] * 30))
    assert len(text.splitlines()) == 11 and all(line.endswith("…") for line in text.splitlines())
    assert shortened("a\nb") == "a\nb"


def test_the_commonest_answers_come_first_and_no_more_than_three(notebooks):
    made = [notebooks(f"p{n}", f"shares = {value}") for n, value in enumerate([4, 1, 2, 2, 3, 2, 1])]
    assert [(said.text, said.people) for said in own_answers(made, notebooks.all)] == [
        ("shares = 2", 3),
        ("shares = 1", 2),
        ("shares = 3", 1),
    ]


def test_an_answer_of_too_few_or_with_a_name_in_it_is_left_out(notebooks):
    texts = ["shares = 'ask Ana'"] * 4 + ["shares = 2"] * 3 + ["shares = 1"] * 2
    made = [notebooks(f"p{n}", text) for n, text in enumerate(texts)]
    assert [said.text for said in own_answers(made, notebooks.all, 3, ["ANA", ""])] == ["shares = 2"]


def test_a_name_is_a_word_of_its_own():
    assert says_one_of("x = 'Zoë'", ["ZOË"]) and says_one_of("a@b.org", ["a@b.org"])
    assert not says_one_of("shares = 3", ["are", "s", ""])


def test_people_who_are_not_read_are_not_quoted(notebooks):
    made = [notebooks(f"p{n:02d}", f"shares = {n // 40}") for n in range(45)]
    assert [(said.text, said.people) for said in own_answers(made, notebooks.all)] == [("shares = 0", 40)]


def test_a_notebook_that_cannot_be_read_has_no_words(notebooks, tmp_path):
    keys = [notebooks(name, "shares = 1") for name in ("gone", "broken", "huge", "odd", "fine")]
    places = {name: tmp_path / name / SECOND / "workbook.ipynb" for name in ("gone", "broken", "huge", "odd")}
    places["gone"].unlink()
    places["broken"].write_text("{")
    places["huge"].write_text(places["huge"].read_text() + " " * LARGEST_FILE)
    places["odd"].write_text('{"nbformat": 4, "cells": [{"metadata": 3}, 5]}')
    assert [said.people for said in own_answers(keys, notebooks.all)] == [1]
