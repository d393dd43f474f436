"""What a check told a learner about one answer, for a page: without the noise of the cell that ran."""

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
    """Everything a learner is told about one answer by its check.

    `mistakes` are entries of the catalogue of misconceptions; `lines` are further sentences.
    """

    status: str = ""
    awards: Sequence[Award] = ()
    mistakes: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.awards or self.mistakes or self.lines)


def verdict_in(outputs: Sequence[NotebookNode]) -> CheckVerdict:
    """What the outputs of a test cell tell the learner.

    What the learner's own code printed while it was tested is left out: it is of the hidden cases. A result
    that an older version showed has no awards and no explanation, so its mistakes and faults are told alone.
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
    """The catalogue's entries; an id that it does not know says nothing to a learner."""
    return [misconceptions()[mistake] for mistake in mistakes if mistake in misconceptions()]


def _fault_of(output: NotebookNode) -> str:
    """The sentence of an error; never its traceback, which quotes the hidden tests."""
    name, sentence = str(output.get("ename", "")), str(output.get("evalue", ""))[:_LONGEST]
    if name in _OURS:
        return sentence
    fault = f"{name}: {sentence.splitlines()[0]}" if sentence.strip() else name or "an error"
    return STOPPED.format(fault=fault)
