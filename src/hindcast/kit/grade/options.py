"""What a trainer may choose when grading."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GradeOptions:
    """What a trainer may choose when grading.

    learners: only these, () for all. workers: processes at a time, None for one for each core. seconds: the
    most that a cell may run, None for nbgrader's setting. regrade: also what is unchanged. unsandboxed: run
    learners' code with the trainer's own rights.
    """

    learners: tuple[str, ...] = ()
    workers: int | None = None
    seconds: float | None = None
    regrade: bool = False
    unsandboxed: bool = False
