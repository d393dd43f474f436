"""The result of a run of collecting, for the trainer."""

from dataclasses import dataclass, field

from hindcast.kit.collect.arrivals import Refusal


@dataclass(frozen=True)
class CollectionNote:
    """A sentence for the trainer about a hand-in that is kept, or about several."""

    where: str
    learner: str
    unit: str
    notebook: str
    said: str


@dataclass
class CollectionSummary:
    """What a run did. `new` = `counts_now` + `older`. `late`: how many notebooks that count are late.

    `aside`: each sort of file that is neither a hand-in nor a fault -> how many.
    """

    cohort: str
    new: int = 0
    already_here: int = 0
    counts_now: int = 0
    older: int = 0
    late: int = 0
    not_placed: list[Refusal] = field(default_factory=list)
    notes: list[CollectionNote] = field(default_factory=list)
    aside: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
