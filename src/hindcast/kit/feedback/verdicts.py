"""The result of a check of one answer, for a page, without what the cell printed besides."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from hindcast.check import SCORED, Award, misconceptions
from hindcast.errors import HindcastError
from hindcast.kit.notebooks.results import noticed_in, result_in

STOPPED = "The check could not finish, so it gave no points: {fault}. Show this page to your trainer."
SILENT = "The check showed no result."
_OURS = frozenset({HindcastError.__name__, "NotReady"})
_LONGEST = 600  # characters of a fault


@dataclass
class CheckVerdict:
    """Everything that a check states about one answer.

    `mistakes` are entries of the catalogue of misconceptions; `lines` are further sentences.
    """

    status: str = ""
    awards: Sequence[Award] = ()
    mistakes: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether the verdict is empty."""
        return not (self.awards or self.mistakes or self.lines)


def verdict_in(outputs: Sequence[NotebookNode]) -> CheckVerdict:
    """Return the verdict in the outputs of a test cell.

    What the learner's own code printed while it was tested is left out, because it shows the hidden cases.
    The result of an older version has no awards and no explanation: the verdict has only mistakes and faults.
    """
    result, mistakes = result_in("", outputs), noticed_in(outputs)
    faults = [_fault_of(output) for output in outputs if output.get("output_type") == "error"]
    if result is None:
        return CheckVerdict(mistakes=_catalogue_entries(mistakes), lines=faults)
    if result.fault:
        faults = [str(result.fault)[:_LONGEST]]
    if result.status != SCORED:
        return CheckVerdict(result.status, mistakes=_catalogue_entries(mistakes), lines=faults)
    entries = _catalogue_entries([*mistakes, *result.replies])
    return CheckVerdict(SCORED, result.awards, entries, [*faults, *result.why])


def _catalogue_entries(mistakes: Sequence[str]) -> list[dict[str, str]]:
    """Return the catalogue's entries. Unknown ids are left out: they mean nothing to a learner."""
    return [misconceptions()[mistake] for mistake in mistakes if mistake in misconceptions()]


def _fault_of(output: NotebookNode) -> str:
    """Return the message of an error without its traceback, which quotes the hidden tests."""
    name, sentence = str(output.get("ename", "")), str(output.get("evalue", ""))[:_LONGEST]
    if name in _OURS:
        return sentence
    fault = f"{name}: {sentence.splitlines()[0]}" if sentence.strip() else name or "an error"
    return STOPPED.format(fault=fault)
