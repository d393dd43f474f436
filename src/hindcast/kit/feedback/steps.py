"""Steps from a graded notebook to the exercises of a page: nbgrader's preprocessors, and ours."""

import html
import re
from collections.abc import Iterator

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import ClearHiddenTests, GetGrades
from nbgrader.utils import is_grade, is_solution, is_task

from hindcast.check import RESULT_MIME
from hindcast.kit.feedback.safe import says_more_than_it_may
from hindcast.kit.feedback.verdicts import verdict_in
from hindcast.kit.notebooks.answer_banks import is_rubric
from hindcast.kit.notebooks.answer_words import Forms, answer_in_words

LONGEST_TEXT = 20_000  # characters of one output; no learner reads more
LONGEST_MARKUP = 200_000
LARGEST_PICTURE = 4_000_000  # characters of base64: 3 MB
MOST_OUTPUTS = 60  # of one cell
SHORTENED = "\n... ({left} more characters are left out here)"
TOO_LARGE = "(A picture of more than 3 MB is left out here.)"
TOO_MANY = "({left} more outputs of this cell are left out here.)"
QUOTES_THE_TEST = "(This output is left out: it repeats hidden parts of a check.)"
NO_WORDS = "A figure without a description."
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
TEXTS = ("text/plain", "text/markdown", "text/latex")
SHOWN = ["text/html", "text/markdown", *PICTURES, "text/latex", "text/plain"]  # the first that an output has
_TELLING = 8  # characters that a hidden test's line needs: shorter ones occur by chance
_STRING = re.compile(r""""[^"]*"|'[^']*'""")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_OBJECT = re.compile(r"<[\w.]+.*>|", re.DOTALL)


class ReadGrades(GetGrades):
    """nbgrader's GetGrades, in which a cell that the gradebook does not know has no points and is no error.

    nbgrader keeps one sum of points; this keeps the check's and the person's points separately.
    """

    def _get_comment(self, cell: NotebookNode, resources: dict) -> None:
        entry = self._entry(self.gradebook.find_comment, cell)
        cell.metadata.nbgrader["comment"] = (entry and entry.manual_comment) or ""

    def _get_score(self, cell: NotebookNode, resources: dict) -> None:
        grade = self._entry(self.gradebook.find_grade, cell)
        if grade is not None:
            kept = ("score", "max_score", "auto_score", "manual_score", "extra_credit", "needs_manual_grade")
            cell.metadata.nbgrader["graded"] = {name: getattr(grade, name) for name in kept}

    def _entry(self, find, cell: NotebookNode):
        name = cell.metadata.nbgrader.get("grade_id", "")
        try:
            return find(name, self.notebook_id, self.assignment_id, self.student_id)
        except MissingEntry:
            return None


class HideTests(ClearHiddenTests):
    """nbgrader's ClearHiddenTests on test cells, and on outputs, since these may quote a test, too."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Clear the hidden tests, then each output that repeats one of their lines."""
        before = [line for cell in nb.cells if is_grade(cell) for line in cell.source.split("\n")]
        nb, resources = super().preprocess(nb, resources)
        visible = {_squeezed(line) for cell in nb.cells for line in cell.source.split("\n")}
        hidden = {_squeezed(line) for line in before if _is_telling(line)} - visible
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                if is_grade(cell) and "traceback" in output:
                    output.traceback = []
                text = _squeezed(_all_text(output))
                if any(line in text for line in hidden):
                    _show_instead(output, QUOTES_THE_TEST)
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int):
        """Clear test cells only. Learners may write the marks of a hidden test into their own cells."""
        if not is_grade(cell):
            return cell, resources
        try:
            return super().preprocess_cell(cell, resources, cell_index)
        except RuntimeError:  # a mark of the beginning or the end is missing
            cell.source = ""
            return cell, resources


class Shorten(Preprocessor):
    """Cut what is too long, with a note, so that a page can be mailed whatever a learner printed or wrote."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int):
        """Cut what is too long, and choose text where cleaned markup would lose its meaning."""
        if cell.cell_type == "markdown":
            cell.source = _cut_text(str(cell.source))
        outputs = cell.get("outputs", [])
        if len(outputs) > MOST_OUTPUTS and not is_grade(cell):
            left = len(outputs) - MOST_OUTPUTS
            _show_instead(outputs[MOST_OUTPUTS], TOO_MANY.format(left=f"{left:,}"))
            del outputs[MOST_OUTPUTS + 1 :]
        for output in outputs:
            self._shorten(output)
        if outputs:
            cell.outputs = [output for output in outputs if _can_be_shown(output)]
        return cell, resources

    def _shorten(self, output: NotebookNode) -> None:
        if "text" in output:
            output.text = _cut_text(str(output.text))
        if "traceback" in output:
            output.traceback = _cut_text("\n".join(map(str, output.traceback))).split("\n")
        data = output.get("data", {})
        for kind in PICTURES:
            if len(str(data.get(kind, ""))) > LARGEST_PICTURE:
                _show_instead(output, TOO_LARGE)
                return
        markup, text = str(data.get("text/html", "")), str(data.get("text/plain", ""))
        if len(markup) > LONGEST_MARKUP or (says_more_than_it_may(markup) and not _OBJECT.fullmatch(text)):
            del data["text/html"]
        for kind in set(SHOWN) & set(data):
            data[kind] = _cut_text(str(data[kind])) if kind in TEXTS else str(data[kind])


class DescribePictures(Preprocessor):
    """Give each picture a sentence as alternative text: its own, or the one in the next output."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int):
        """Put the sentence where nbconvert's templates look for it."""
        outputs = cell.get("outputs", [])
        for output, following in zip(outputs, [*outputs[1:], {}], strict=False):
            for kind in set(PICTURES) & set(output.get("data", {})):
                own = output.get("metadata", {}).get(kind)
                own = own if isinstance(own, dict) else {}
                said = [own.get("alt"), output.data.get("text/plain"), _sentence_shown_by(following)]
                alt = next((one for one in map(_words_alone, said) if one), NO_WORDS)
                output.metadata = {kind: {"alt": alt}}
        return cell, resources


class Arrange(Preprocessor):
    """Gather the cells by exercise, as `resources["exercises"]`: task, answer, and the check's verdict."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Gather the cells. An exercise ends with its graded cell; cells below the last belong to none."""
        exercises: list[dict] = []
        cells: list[NotebookNode] = []
        for cell in nb.cells:
            cells.append(cell)
            if is_grade(cell) or is_task(cell):
                exercises.append(self._exercise(cells, len(exercises) + 1, resources))
                cells = []
        return nb, resources | {"exercises": exercises}

    def _exercise(self, cells: list[NotebookNode], number: int, resources: dict) -> dict:
        graded = cells[-1]
        record = graded.metadata.nbgrader
        name = str(record.get("grade_id", "")).removesuffix("_test")
        by_a_person = is_solution(graded) or is_task(graded)
        task, answer = _task_and_answer(cells if by_a_person else cells[:-1])
        if number == 1:
            task = _from_last_heading(task)
        rubric = [cell for cell in task if is_rubric(cell)]
        task = [cell for cell in task if cell not in rubric]
        known = {str(cell.metadata.get("nbgrader", {}).get("grade_id", "")) for cell in cells}
        return {
            "anchor": f"{resources['nbgrader']['notebook']}-{number}",
            "title": resources["titles"].get(name) or name.replace("_", " ") or f"Exercise {number}",
            "parts": [("task", task), ("answer", answer), ("rubric", rubric)],
            "in_words": _codes_in_words(answer, resources["forms"].get(name, {})),
            "verdict": None if by_a_person else verdict_in(graded.get("outputs", [])),
            "grade": record.get("graded"),
            "comments": [c for cell in cells if (c := cell.metadata.get("nbgrader", {}).get("comment"))],
            "names": known | {str(cell.get("id", "")) for cell in cells},
        }


def _is_telling(line: str) -> bool:
    """Whether a line of a hidden test is code. Its sentences are no secret: the test shows them."""
    code = "".join(_STRING.sub("", line).split())
    return len(code) >= _TELLING and any(sign in code for sign in "=([{:")


def _task_and_answer(cells: list[NotebookNode]) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """The cells before the answer, and those of the answer with what it shows."""
    first = next((n for n, cell in enumerate(cells) if is_solution(cell) or is_task(cell)), len(cells))
    return cells[:first], cells[first:]


def _codes_in_words(answer: list[NotebookNode], forms: Forms) -> list[str]:
    """Lines that say in words what the answer cell says in codes."""
    sources = [str(cell.source) for cell in answer if is_solution(cell) and cell.cell_type == "code"]
    return [line for source in sources for line in answer_in_words(source, forms)]


def _from_last_heading(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The first task without the notebook's own beginning; code cells stay, they may be the learner's."""
    prose = [n for n, cell in enumerate(cells) if cell.cell_type == "markdown"]
    last = max((n for n in prose if cells[n].source.startswith("## ")), default=0)
    return [cell for n, cell in enumerate(cells) if n >= last or cell.cell_type == "code"]


def _can_be_shown(output: NotebookNode) -> bool:
    """Whether a page without scripts can show it; test cells' results are read, not shown."""
    return "data" not in output or bool(output.data.keys() & {*SHOWN, RESULT_MIME})


def _show_instead(output: NotebookNode, sentence: str) -> None:
    output.clear()
    output.update(output_type="stream", name="stdout", text=sentence)


def _cut_text(text: str) -> str:
    left = len(text) - LONGEST_TEXT
    return text if left <= 0 else text[:LONGEST_TEXT] + SHORTENED.format(left=f"{left:,}")


def _all_text(output: NotebookNode) -> str:
    return "\n".join(_texts_of(output))


def _texts_of(output: NotebookNode) -> Iterator[str]:
    yield str(output.get("text", ""))
    yield str(output.get("evalue", ""))
    yield "\n".join(map(str, output.get("traceback", [])))
    for kind, value in output.get("data", {}).items():
        if kind == "text/html":
            yield html.unescape(re.sub("<[^>]*>", "", str(value)))
        elif not kind.startswith("image/p") and not kind.startswith("image/j"):
            yield str(value)


def _squeezed(text: str) -> str:
    r"""Without colours, spaces, quotes and backslashes: as `print(repr(cell))` would show it, too."""
    return re.sub(r"""\\n|[\s\\'"]""", "", _ANSI.sub("", text))


def _sentence_shown_by(output: dict) -> str:
    """The sentence that an output shows or prints; "" where it shows something else."""
    data = output.get("data", {})
    if set(PICTURES) & set(data) or "text/html" in data:
        return ""
    return str(data.get("text/markdown") or data.get("text/plain") or output.get("text") or "")


def _words_alone(text: object) -> str:
    """`text` on one line where it is words, not the name of an object."""
    words = " ".join(str(text).split()) if isinstance(text, str) else ""
    return "" if _OBJECT.fullmatch(words) else words[:1000]
