"""Answers that are written in codes, such as letters, put into the words that the exercise's forms define."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.forms.base import Form, label_of
from hindcast.kit.notebooks.answer_banks import graded_cells
from hindcast.kit.notebooks.normalise import read_notebook

LONGEST_ANSWER = 10_000  # characters; a learner may write anything, and no longer cell is read

Forms = dict[str, Form]  # by the name of the answer


def forms_of_notebook(path: Path) -> dict[str, Forms]:
    """Return the forms of each exercise of a notebook of solutions/; none if it cannot be read."""
    try:
        cells = graded_cells(read_notebook(path))
    except HindcastError:
        return {}
    return {exercise: forms_of_check(cell.source) for exercise, cell in cells.items()}


def forms_of_check(source: str) -> Forms:
    """Return the forms with which a test cell of the course reads its answers; none if it cannot be run.

    The statements above its `check.read` are run, so `source` must be the course's own, never a learner's.
    """
    try:
        return _forms_before_reading(ast.parse(source))
    except Exception:  # an unfinished exercise must not stop a report
        return {}


def _forms_before_reading(cell: ast.Module) -> Forms:
    for number, statement in enumerate(cell.body):
        call = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "check.read":
            names: dict[str, object] = {}
            exec(compile(ast.Module(cell.body[:number], []), "<test cell>", "exec"), names)
            given = {
                keyword.arg: eval(compile(ast.Expression(keyword.value), "<test cell>", "eval"), names)
                for keyword in call.keywords
                if keyword.arg
            }
            return {name: form for name, form in given.items() if isinstance(form, Form)}
    return {}


def answer_in_words(source: str, forms: Mapping[str, Form]) -> list[str]:
    """Return lines with an answer cell's literals in words; none for an answer that is not written in codes.

    Values that are no literals or not well formed are left out, because the page also shows the cell itself.
    """
    lines: list[str] = []
    for name, value in _literals(source).items():
        form = forms.get(name)
        if form is not None and _has_codes(form.spec()):
            try:
                words = form.words(form.read(value, name))
            except HindcastError:
                continue
            lines += _lines(label_of(name, {}), words)
    return lines


def _literals(source: str) -> dict[str, object]:
    """Return each name that the cell assigns a literal to, with the last one. The cell is not run."""
    found: dict[str, object] = {}
    try:
        statements = ast.parse(source).body if len(source) <= LONGEST_ANSWER else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            found.pop(name, None)
            try:
                found[name] = ast.literal_eval(statement.value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue
    return found


def _has_codes(spec: object) -> bool:
    """Return whether a form has codes, that is values that differ from the words for a reader."""
    if isinstance(spec, list):
        return any(map(_has_codes, spec))
    if not isinstance(spec, dict):
        return False
    if "value" in spec and "words" in spec:
        return spec["value"] != spec["words"]
    return any(map(_has_codes, spec.values()))


def _lines(label: str, words: object) -> Iterator[str]:
    """Yield a line for each record among the words, so that no line gets too long."""
    if isinstance(words, dict) and any(isinstance(part, dict) for part in words.values()):
        for key, part in words.items():
            yield from _lines(f"{label}, {key}", part)
    else:
        yield f"{label}: {_on_one_line(words)}"


def _on_one_line(words: object) -> str:
    if isinstance(words, dict):
        return "; ".join(f"{key}: {_on_one_line(part)}" for key, part in words.items())
    return ", ".join(map(_on_one_line, words)) if isinstance(words, list) else str(words)
