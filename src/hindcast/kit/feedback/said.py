"""What a test cell said, as a page says it: the verdict's lines, the mistakes, and no noise around them."""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from hindcast.check import RESULT_MIME, SCORED
from hindcast.errors import HindcastError

LOOK_AGAIN = "Look again."
STOPPED = "The check could not finish, so it gave no points: {fault}. Show this page to your trainer."
SILENT = "The check showed no result."
_AWARD = re.compile(r"([\d.]+) of ([\d.]+): (.*)")
_OURS = frozenset({HindcastError.__name__, "NotReady"})
_MISTAKE, _LOOK = "This looks like: ", "Look next: "
_LONGEST = 600


@dataclass
class Mistake:
    """A mistake that was recognised: what it looks like, why it tempts, where to look next."""

    looks_like: str
    tempting: str
    look: str


@dataclass
class Said:
    """Everything a learner is told about one answer by its check."""

    status: str = ""
    points: float | None = None
    awards: list[tuple[str, str, str]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.awards or self.mistakes or self.lines)


def said_by(outputs: list[NotebookNode]) -> Said:
    """What the outputs of a test cell tell the learner.

    What the learner's own code printed while it was tested is left out: it is of the hidden cases.
    """
    said, results = Said(), []
    for output in outputs:
        data = output.get("data", {})
        text = str(data.get("text/plain", ""))
        if isinstance(data.get(RESULT_MIME), dict):
            results.append((data[RESULT_MIME], text))
        elif text.startswith(LOOK_AGAIN):
            _read(said, text)
        elif output.get("output_type") == "error":
            said.lines.append(_fault(output))
    if results:
        record, text = results[-1]
        said.status, said.points = str(record.get("status", "")), _number(record.get("points"))
        if said.status == SCORED:
            _read(said, text)
    return said


def _read(said: Said, text: str) -> None:
    """Sort the lines under the head of a box."""
    lines = text.split("\n")[1:]
    while lines:
        line = lines.pop(0)
        award = _AWARD.fullmatch(line)
        if award:
            said.awards.append(award.groups())
        elif line.startswith(_MISTAKE) and len(lines) > 1 and lines[1].startswith(_LOOK):
            tempting, look = lines.pop(0), lines.pop(0)
            said.mistakes.append(Mistake(line[len(_MISTAKE) :], tempting, look[len(_LOOK) :]))
        elif line.strip():
            said.lines.append(line)


def _fault(output: NotebookNode) -> str:
    """The sentence of an error; never its traceback, which quotes the hidden tests."""
    name, sentence = str(output.get("ename", "")), str(output.get("evalue", ""))[:_LONGEST]
    if name in _OURS:
        return sentence
    fault = f"{name}: {sentence.splitlines()[0]}" if sentence.strip() else name or "an error"
    return STOPPED.format(fault=fault)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
