"""A trainer's mapping file: which of a table's columns plays which role of a contract."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hindcast.errors import HindcastError
from hindcast.own_tables.contract import Contract, contract_names, did_you_mean, read_contract

KEYS = ("table", "contract", "columns", "written")


@dataclass(frozen=True)
class CsvFormat:
    """How the CSV is written, where it is not as plain as ours. percent: chances go from 0 to 100."""

    separator: str = ","
    decimal: str = "."
    days: str = ""
    percent: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """A trainer's file: which table, which contract, and the table's column for each role."""

    file: Path
    table: Path
    contract: Contract
    columns: dict[str, str]
    csv_format: CsvFormat = field(default_factory=CsvFormat)


def read_mapping(path: Path) -> Mapping:
    """The mapping file at `path`. Raises HindcastError that names everything wrong in it."""
    told = _read_toml(path)
    faults = [
        f"it says {key!r}, which means nothing here.{did_you_mean(key, KEYS)}"
        for key in told
        if key not in KEYS
    ]
    faults += [
        f"{key} should be {words}."
        for key, kind, words in (
            ("table", str, 'the name of a CSV, such as table = "mine.csv"'),
            ("contract", str, f"one of {', '.join(contract_names())}"),
            ("columns", dict, 'a part [columns] with lines such as score = "p_churn"'),
            ("written", dict, 'a part [written] with lines such as separator = ";"'),
        )
        if not isinstance(told.get(key, {} if key == "written" else None), kind)
    ]
    _refuse(path, faults)
    found = read_contract(told["contract"])
    csv_format, of_written = _read_csv_format(told.get("written", {}))
    _refuse(path, [*_columns_faults(found, told["columns"]), *of_written])
    return Mapping(path, path.parent / told["table"], found, told["columns"], csv_format)


def _read_toml(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise HindcastError(
            f"There is no mapping file {path}. Expected a short text that names a table, a contract and "
            "columns; the handbook has one to copy (grading/handbook/your_own_table.md)."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = " ".join(str(error).split())
        raise HindcastError(
            f"{path} cannot be read as a mapping file ({reason}). Expected lines such as "
            'table = "mine.csv": a name, an equals sign, and text in straight quotation marks.'
        ) from None


def _refuse(path: Path, faults: list[str]) -> None:
    if faults:
        raise HindcastError("\n".join(f"{path}: {fault}" for fault in faults))


def _columns_faults(found: Contract, columns: dict) -> list[str]:
    """Roles that are unknown, missing or given in another form; columns that would play two roles."""
    faults = [
        f"the contract {found.name} has no role {role!r}.{did_you_mean(role, found.roles)} "
        f"Its roles are: {', '.join(found.roles)}."
        for role in columns
        if role not in found.roles
    ]
    faults += [
        f'under [columns], {role} should be the name of a column in quotation marks, such as {role} = "x".'
        for role, column in columns.items()
        if not isinstance(column, str)
    ]
    faults += [
        f'no column has the role {role}: {wanted.meaning}. Add {role} = "..." under [columns].'
        for role, wanted in found.roles.items()
        if role not in columns and not wanted.optional and wanted.otherwise is None
    ]
    if found.one_of and not set(found.one_of) & set(columns):
        meant = "; ".join(f"{role}: {found.roles[role].meaning}" for role in found.one_of)
        faults.append(f"one of the roles {' and '.join(found.one_of)} needs a column ({meant}).")
    named = [column for column in columns.values() if isinstance(column, str)]
    for column in sorted({column for column in named if named.count(column) > 1}):
        roles = [role for role, name in columns.items() if name == column]
        faults.append(f"the column {column!r} is named for {' and for '.join(roles)}: each has its own.")
    return faults


def _read_csv_format(told: dict) -> tuple[CsvFormat, list[str]]:
    """The part [written] of a mapping file, and a sentence for each fault in it."""
    forms = {
        "separator": (lambda x: isinstance(x, str) and len(x) == 1, 'one character, such as ";"'),
        "decimal": (lambda x: x in (".", ","), '"." or ","'),
        "days": (lambda x: isinstance(x, str) and x.count("%") >= 3, 'a form such as "%d.%m.%Y"'),
        "percent": (lambda x: isinstance(x, bool), "true or false, without quotation marks"),
        "yes": (_is_list_of_words, 'a list of words, such as ["churned"]'),
        "no": (_is_list_of_words, 'a list of words, such as ["active"]'),
    }
    faults = [
        f"under [written] it says {key!r}, which means nothing here.{did_you_mean(key, forms)}"
        for key in told
        if key not in forms
    ]
    faults += [
        f"under [written], {key} should be {words}."
        for key, (fits, words) in forms.items()
        if key in told and not fits(told[key])
    ]
    both = {str(word) for word in told.get("yes", ())} & {str(word) for word in told.get("no", ())}
    faults += [f"under [written], {word!r} is both among yes and among no." for word in sorted(both)]
    if faults:
        return CsvFormat(), faults
    chosen: dict[str, Any] = {
        key: tuple(said) if isinstance(said, list) else said for key, said in told.items()
    }
    return CsvFormat(**chosen), []


def _is_list_of_words(said: object) -> bool:
    return isinstance(said, list) and bool(said) and all(isinstance(word, str) for word in said)
