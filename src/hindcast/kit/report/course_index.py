"""A unit's titles and minutes from the course, and the figure or exercise to go back to."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from hindcast.errors import HindcastError
from hindcast.kit.checkout import graded_units, source_notebooks
from hindcast.kit.notebooks.answer_words import Forms, answer_in_words, forms_of_notebook
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.notebooks.recognised import mistakes_in
from hindcast.kit.notebooks.unit_titles import UnitTitles, read_unit_titles
from hindcast.kit.report.measures import ExerciseKey

LESSON = "lesson"
_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*$")
_MINUTES = re.compile(r"\b(\d+) minutes?\b")


@dataclass(frozen=True)
class CourseReference:
    """A place in the course to go back to: words, and the notebook that a learner opens, if it exists."""

    words: str
    notebook: Path | None = None


@dataclass
class CourseIndex:
    """Titles and places of the units of a checkout. An assignment of another course is shown by its name."""

    root: Path
    units: dict[str, UnitTitles] = field(default_factory=dict)
    minutes: dict[ExerciseKey, int] = field(default_factory=dict)
    sections: dict[str, dict[str, str]] = field(default_factory=dict)  # unit -> mistake -> section
    _forms: dict[tuple[str, str], dict[str, Forms]] = field(default_factory=dict)  # unit, notebook -> ...

    def label(self, unit: str) -> str:
        """Return the unit's heading, such as "06 Reading classifications", or the assignment's name."""
        known = self.units.get(unit)
        return f"{unit[:2]} {known.title}" if known else unit

    def title(self, exercise: ExerciseKey) -> str:
        """Return the exercise's heading, or else its grade id in words."""
        unit, notebook, name = exercise
        known = self.units[unit].exercises.get(notebook, {}) if unit in self.units else {}
        return known.get(name) or name.replace("_", " ")

    def reference_for(self, mistake: str, exercise: ExerciseKey) -> CourseReference:
        """Return the first section of a lesson that names the mistake, else the exercise."""
        unit = exercise[0]
        for other in dict.fromkeys([unit, *self.units]):
            section = self.sections.get(other, {}).get(mistake)
            if section:
                return CourseReference(
                    f"{self.label(other)}, lesson, section {section}", self._released(other, LESSON)
                )
        return self.reference_to(exercise)

    def in_words(self, exercise: ExerciseKey, source: str) -> list[str]:
        """Return an answer in the words of the exercise's forms; none if it is not written in codes."""
        unit, notebook, name = exercise
        if unit not in self.units:
            return []
        if (unit, notebook) not in self._forms:
            path = self.root / "solutions" / unit / f"{notebook}.ipynb"
            self._forms[unit, notebook] = forms_of_notebook(path)
        return answer_in_words(source, self._forms[unit, notebook].get(name, {}))

    def reference_to(self, exercise: ExerciseKey) -> CourseReference:
        """Return the exercise in the learners' notebook."""
        unit, notebook, _ = exercise
        words = f"{self.label(unit)}, {notebook}, {self.title(exercise)}"
        return CourseReference(words, self._released(unit, notebook))

    def _released(self, unit: str, notebook: str) -> Path | None:
        path = self.root / "course" / unit / f"{notebook}.ipynb"
        return path if path.is_file() else None


def read_course_index(root: Path, names: list[str]) -> CourseIndex:
    """Return the index of the assignments `names`. Those that are not in this course are left out."""
    course, known = CourseIndex(root), graded_units(root)
    for name in names:
        if name in known:
            try:
                course.units[name] = read_unit_titles(root, name)
                _read_headings(course, name)
            except HindcastError:  # an unfinished notebook must not stop the report
                course.units.pop(name, None)
    return course


def _read_headings(course: CourseIndex, unit: str) -> None:
    """Add the minutes of the exercises, and the lesson's section that first recognises each mistake."""
    sections = course.sections.setdefault(unit, {})
    for path in source_notebooks(course.root, unit):
        heading = ""
        for cell in read_notebook(path).cells:
            record = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "markdown":
                lines = [line for line in cell.source.splitlines() if line.startswith("## ")]
                heading = lines[-1].removeprefix("## ") if lines else heading
            elif record.get("grade"):
                exercise = (unit, path.stem, record["grade_id"].removesuffix("_test"))
                found = _MINUTES.search(heading)
                course.minutes |= {exercise: int(found[1])} if found else {}
            elif path.stem == LESSON:
                for mistake in mistakes_in(cell.source, unit):
                    sections.setdefault(mistake, _IN_BRACKETS.sub("", heading))


def relative_link(path: Path | None, folder: Path) -> str:
    """Return the relative URL of a file for a page in `folder`; "" for None."""
    return quote(Path(os.path.relpath(path, folder)).as_posix()) if path else ""
