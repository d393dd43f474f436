"""What a run of collecting has to say."""

from dataclasses import dataclass, field

from hindcast.kit.collect.arrivals import Refusal


@dataclass(frozen=True)
class CollectionNote:
    """Something about a hand-in that is kept, or about many, which the trainer should know."""

    where: str
    learner: str
    unit: str
    notebook: str
    said: str


@dataclass
class CollectionSummary:
    """What a run did. `new` = `counts_now` + `older`; `late`: notebooks that count and are late.

    `aside`: what is no hand-in and no fault -> how many.
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
