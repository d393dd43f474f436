"""The learners' own answers with a mistake, read from the graded notebooks."""

import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hindcast.errors import HindcastError
from hindcast.kit.notebooks.answer_banks import answer_cells
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.kit.report.measures import ExerciseKey
from hindcast.kit.report.rules import PEOPLE_READ, WORDS

MOST_LINES, LONGEST_LINE, LARGEST_FILE = 10, 160, 5_000_000
CUT = "…"

InWords = Callable[[ExerciseKey, str], Sequence[str]]


@dataclass(frozen=True)
class OwnAnswer:
    """One answer as it was written, and how many of the learners that were read wrote the same.

    `in_words`: lines with the words for what is written in codes, such as letters.
    """

    text: str
    people: int
    in_words: tuple[str, ...] = ()


@dataclass
class GradedNotebooks:
    """The answers in graded notebooks. Each notebook is read once."""

    autograded: Path
    _read: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def answer(self, learner: str, unit: str, notebook: str, exercise: str) -> str:
        """Return the source of an answer cell; "" if there is none that can be read."""
        key = (learner, unit, notebook)
        if key not in self._read:
            self._read[key] = _answer_sources(self.autograded / learner / unit / f"{notebook}.ipynb")
        return self._read[key].get(exercise, "")


def _answer_sources(path: Path) -> dict[str, str]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return {}
        cells = answer_cells(read_notebook(path))
        return {str(name): str(cell.source) for name, cell in cells.items()}
    except (HindcastError, OSError, AttributeError, KeyError, TypeError):
        return {}


def own_answers(
    made: Iterable[tuple[str, str, str, str]],
    notebooks: GradedNotebooks,
    least: int = 1,
    names: Iterable[str] = (),
    in_words: InWords = lambda exercise, source: (),
) -> list[OwnAnswer]:
    """Return up to three answers, the commonest first, of those who made a mistake.

    `made` has learner, unit, notebook and exercise; the notebooks of the first forty people are read. An
    answer is left out if fewer than `least` people gave it, or if it contains one of `names`. `in_words`
    turns an exercise and an answer's source into lines of words.
    """
    people: dict[str, set[str]] = {}
    first: dict[str, tuple[ExerciseKey, str]] = {}
    read: set[str] = set()
    for learner, unit, notebook, name in made:
        exercise = (unit, notebook, name)
        if learner not in read and len(read) >= PEOPLE_READ:
            continue
        read.add(learner)
        source = notebooks.answer(learner, *exercise)
        text = shortened(without_comments(source))
        if text:
            people.setdefault(text, set()).add(learner)
            first.setdefault(text, (exercise, source))
    counted = Counter({text: len(who) for text, who in people.items() if len(who) >= least})
    kept = [(text, many) for text, many in counted.items() if not says_one_of(text, names)]
    commonest = sorted(kept, key=lambda one: (-one[1], one[0]))[:WORDS]
    return [OwnAnswer(text, many, tuple(in_words(*first[text]))) for text, many in commonest]


def without_comments(source: str) -> str:
    """Return Python without comments and empty lines; other text only without lines that are comments."""
    lines = source.splitlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (tokenize.TokenError, SyntaxError, IndexError):
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def shortened(text: str) -> str:
    """Return at most ten lines of at most 160 characters, with a mark at each cut."""
    lines = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + CUT for line in text.splitlines()]
    return "\n".join(lines[:MOST_LINES] + [CUT] * (len(lines) > MOST_LINES))


def says_one_of(text: str, names: Iterable[str]) -> bool:
    """Return whether `text` contains one of `names` as a whole word, in any case."""
    folded = text.casefold()
    return any(
        re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", folded) for name in names if name.strip()
    )
