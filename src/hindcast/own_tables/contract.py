"""A contract of the course: which roles a kind of table has, and what each column must be."""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hindcast.errors import HindcastError


@dataclass(frozen=True)
class Role:
    """What a column must be. The course calls it `column`; `meaning` says it in words.

    optional: the mapping may leave it out; otherwise: the value that it then has in every row. gaps: its
    cells may be empty. both: yes and no must both come. at_most: as many different words. minimum: of a
    number.
    """

    name: str
    column: str
    kind: str
    meaning: str
    optional: bool = False
    otherwise: bool | None = None
    gaps: bool = False
    both: bool = False
    at_most: int | None = None
    minimum: float | None = None


@dataclass(frozen=True)
class Order:
    """`first` comes before `then` in each row, or (unless strict) with it."""

    first: str
    then: str
    because: str
    strict: bool = False


@dataclass(frozen=True)
class Contract:
    """A kind of table.

    one_of: roles of which one needs a column; known: the roles of a value and of the day it became known;
    use: the line of code for a notebook.
    """

    name: str
    a_row: str
    use: str
    roles: dict[str, Role]
    unique: tuple[str, ...]
    orders: tuple[Order, ...] = ()
    one_of: tuple[str, ...] = ()
    known: tuple[str, str] | None = None


def contract_names() -> list[str]:
    """The names of the contracts, which are the TOML files of this package."""
    return sorted(
        path.name.removesuffix(".toml")
        for path in files(__package__).iterdir()
        if path.name.endswith(".toml")
    )


@cache
def read_contract(name: str) -> Contract:
    """The contract of this name. Raises HindcastError when there is none."""
    if name not in contract_names():
        raise HindcastError(
            f"There is no contract {name!r}.{did_you_mean(name, contract_names())} "
            f"The contracts are: {', '.join(contract_names())}."
        )
    told = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return Contract(
        name,
        a_row=told["a_row"],
        use=told["use"],
        roles={role: Role(role, meaning=said.pop("is"), **said) for role, said in told["roles"].items()},
        unique=tuple(told["unique"]),
        orders=tuple(Order(**order) for order in told.get("orders", ())),
        one_of=tuple(told.get("one_of", ())),
        known=(told["known"]["value"], told["known"]["on"]) if "known" in told else None,
    )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence with the known name that is nearest to `name`, after a space; "" where none is near."""
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""
