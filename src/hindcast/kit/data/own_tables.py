"""`hindcast data verify --contract FILE`: checks a company's own table against a contract, in sentences."""

from dataclasses import dataclass, field
from pathlib import Path

from hindcast.own_tables.checks import check_table
from hindcast.own_tables.mapping import read_mapping
from hindcast.own_tables.overview import overview_lines, worth_a_look

PRIVATE = "Nothing was copied or sent: the table stays where it is."


@dataclass(frozen=True)
class VerifiedTable:
    """The problems of a table and, if there are none, how its columns were understood."""

    faults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def verify_own_table(path: Path) -> VerifiedTable:
    """Check the table that the mapping file at `path` names against its contract.

    Raises HindcastError for a faulty mapping file, and for a table whose columns and rows cannot be read.
    """
    mapping = read_mapping(path)
    checked = check_table(mapping)
    if checked.faults:
        many = "1 thing does" if len(checked.faults) == 1 else f"{len(checked.faults)} things do"
        head = f"{mapping.table} does not hold the contract {mapping.contract.name} yet: {many} not."
        return VerifiedTable([head, *(f"  {fault}" for fault in checked.faults)])
    return VerifiedTable(
        said=[
            f"{mapping.table} holds the contract {mapping.contract.name}. What was understood:",
            *overview_lines(checked),
            *(f"Worth a look: {words}" for words in worth_a_look(checked)),
            f"In a notebook: {mapping.contract.use.format(file=path.as_posix())}",
            PRIVATE,
        ]
    )
