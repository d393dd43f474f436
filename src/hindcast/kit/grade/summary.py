"""What a run of the grader did, and what a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hindcast.kit.handin.record import GraderNote


@dataclass(frozen=True)
class Attention:
    """A hand-in, or a notebook or cell of it ("" for all of it), that a person should look at."""

    learner: str
    notebook: str
    cell: str
    reason: str


@dataclass
class GradeSummary:
    """What a run of the grader did.

    graded, unchanged: hand-ins. broken: hand-ins without a verdict, by a fault of the grader's own.
    free_texts: answers of the unit that no test can score and nobody has scored yet. seconds: of the whole
    command; cell_seconds: in learners' own cells, added up.
    """

    unit: str
    graded: int = 0
    unchanged: int = 0
    broken: int = 0
    attention: list[Attention] = field(default_factory=list)
    free_texts: int = 0
    seconds: float = 0.0
    cell_seconds: float = 0.0

    def add_notes(self, learner: str, notes: Sequence[GraderNote]) -> None:
        """Take over the notes that need a person."""
        self.attention += [Attention(learner, n.notebook, n.cell, n.reason) for n in notes if n.attention]
