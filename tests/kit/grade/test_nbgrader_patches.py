"""nbgrader's steps share one private gradebook. For all other code it is an ordinary file."""

import contextlib
import datetime
import io

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import v4
from nbgrader.api import Gradebook, Student
from nbgrader.converters import autograde
from sqlalchemy.exc import IntegrityError

from hindcast.kit.grade.nbgrader_patches import InPlaceExporter, patched_nbgrader
from hindcast.kit.gradebook import transfer

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


@pytest.fixture
def url(tmp_path):
    """A private gradebook with one hand-in of one notebook."""
    url = f"sqlite:///{(tmp_path / 'gradebook.db').as_posix()}"
    transfer.make_private_gradebook(url)
    with Gradebook(url, "") as book:
        book.add_assignment("unit")
        book.add_notebook("workbook", "unit")
        book.add_grade_cell("sum_test", "workbook", "unit", max_score=2, cell_type="code")
        book.add_student("ana")
        book.add_submission("unit", "ana")
    return url


def grade_in(book):
    return book.find_grade("sum_test", "workbook", "unit", "ana")


def test_what_a_step_wrote_is_there_for_everybody_once_it_is_done(url):
    with patched_nbgrader(url, {}):
        with autograde.Gradebook(url, "") as shared:
            grade_in(shared).auto_score = 1.0
            shared.db.commit()
        with Gradebook(url, "") as own:  # of a step that a trainer has added
            assert grade_in(own).auto_score == 1.0
            grade_in(own).auto_score = 2.0
            own.db.commit()
        with autograde.Gradebook(url, "") as shared:
            assert grade_in(shared).auto_score == 2.0


def test_what_is_not_committed_one_by_one_is_written_when_the_step_closes(url):
    with patched_nbgrader(url, {}):
        with autograde.Gradebook(url, "") as shared:
            held = grade_in(shared)
            held.auto_score = 1.0
            shared.db.commit()
            assert held in shared.db.dirty
        with Gradebook(url, "") as own:
            assert grade_in(own).auto_score == 1.0


def test_a_new_row_has_its_number_at_once_as_others_refer_to_it(url):
    with patched_nbgrader(url, {}), autograde.Gradebook(url, "") as shared:
        student = shared.add_student("bo")
        entered = shared.add_submission("unit", "bo", timestamp=datetime.datetime(2026, 1, 2))
        assert entered.id and all(notebook.id for notebook in entered.notebooks)
        assert shared.find_submission("unit", "bo").student is student


def test_a_step_that_breaks_off_leaves_the_gradebook_to_the_next(url):
    with patched_nbgrader(url, {}):
        with contextlib.suppress(ValueError), autograde.Gradebook(url, "") as shared:
            grade_in(shared).auto_score = 1.0
            raise ValueError("a fault")
        with Gradebook(url, "") as own:
            grade_in(own).auto_score = 0.5
            own.db.commit()


def test_a_step_whose_rows_cannot_be_written_leaves_the_gradebook_to_the_next(url):
    with patched_nbgrader(url, {}):
        with pytest.raises(IntegrityError), autograde.Gradebook(url, "") as shared:
            shared.db.add(Student(id="ana"))
        with autograde.Gradebook(url, "") as shared:
            grade_in(shared).auto_score = 0.5
        with Gradebook(url, "") as own:
            assert grade_in(own).auto_score == 0.5


def test_another_notebook_of_a_hand_in_has_grades_of_its_own(url):
    with Gradebook(url, "") as book:
        book.add_notebook("bench", "unit")
        book.add_grade_cell("sum_test", "bench", "unit", max_score=2, cell_type="code")
        for student in ("bo", "cem"):
            book.add_student(student)
            book.add_submission("unit", student)
    with patched_nbgrader(url, {}):
        for student in ("bo", "cem"):
            with autograde.Gradebook(url, "") as shared:
                for number, notebook in enumerate(("workbook", "bench")):
                    shared.find_grade("sum_test", notebook, "unit", student).auto_score = number
        with Gradebook(url, "") as own:
            for student in ("bo", "cem"):
                found = own.find_submission("unit", student).notebooks
                assert {it.name: it.grades[0].auto_score for it in found} == {"workbook": 0, "bench": 1}


@pytest.fixture
def notebook():
    cells = [v4.new_markdown_cell("# Größe\n\nText"), v4.new_code_cell("1\n2", execution_count=1)]
    shown = {"text/plain": "a\nb", "image/png": "aGFsbG8=", "application/json": {"b": 1, "a": [2]}}
    cells[1].outputs = [v4.new_output("display_data", shown), v4.new_output("stream", text="x\ny")]
    return v4.new_notebook(cells=cells, metadata={"signature": "gone", "kept": True})


class Spoils(Preprocessor):
    """A trainer's own step that leaves something that is no notebook."""

    def preprocess(self, nb, resources):
        nb.cells[0].cell_type = "poem"
        return nb, resources


def exported(exporter, notebook):
    return exporter.from_file(io.StringIO(nbformat.writes(notebook)), resources={})[0]


def test_a_notebook_is_written_as_nbconvert_writes_it(notebook):
    quick = InPlaceExporter()
    exported(quick, notebook)
    quick.draft = False
    assert exported(quick, notebook) == exported(NotebookExporter(), notebook)


def test_what_is_no_notebook_after_the_last_step_is_refused(notebook):
    quick = InPlaceExporter()
    exported(quick, notebook)
    quick.draft, quick._preprocessors = False, [Spoils(enabled=True)]
    with pytest.raises(nbformat.ValidationError, match="poem"):
        exported(quick, notebook)
