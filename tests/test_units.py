"""A unit owns the files with its name, and no other file refers to it."""

import ast
from pathlib import Path

import nbformat
import pytest

from hindcast.kit.checkout import unit_names

ROOT = Path(__file__).resolve().parents[1]
UNITS = unit_names(ROOT)
MODULES = ROOT / "src" / "hindcast" / "units"
# what a module of a unit may import of the package, beside the other modules of its unit
SHARED = {"check", "datasets", "errors", "field_data", "figures", "replay", "screens", "widgets", "words"}
LONGEST = 300  # lines of a module that can be read in one sitting


def name_of(unit: str) -> str:
    """The unit's name without its number, which is the name of its module."""
    return unit.partition("_")[2]


def modules_of(unit: str) -> list[Path]:
    """The module of a unit, or all modules of its package."""
    single = MODULES / f"{name_of(unit)}.py"
    return [single] if single.is_file() else sorted((MODULES / name_of(unit)).rglob("*.py"))


def imported(source: str) -> set[str]:
    """The full names of the modules, and of the names in them, that a source imports, functions included."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def units_imported(source: str) -> set[str]:
    """The names of the units whose modules a source imports; "*" for hindcast.units as a whole."""
    found = set()
    for name in imported(source):
        parts = name.split(".")
        if parts[:2] == ["hindcast", "units"]:
            found.add(parts[2] if len(parts) > 2 else "*")
    return found


def sources():
    """(what it is, its unit or "", its source) of each module, test and notebook of the repository."""
    for folder in ("src", "tests", "tools", "datasets", "benchmarks", "grading"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            yield place, owner(path), path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("solutions/*/*.ipynb")) + sorted(ROOT.glob("grading/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        code = "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")
        yield path.relative_to(ROOT).as_posix(), name_of(path.parent.name), code


def owner(path: Path) -> str:
    """The name of the unit that a module or test belongs to, or an empty text."""
    for unit in UNITS:
        if path in modules_of(unit) or path.is_relative_to(ROOT / "tests" / "units" / unit):
            return name_of(unit)
    return ""


def names_in(folder: str, ending: str) -> list[str]:
    return sorted(path.name.removesuffix(ending) for path in (ROOT / folder).glob(f"[0-9]*{ending}"))


@pytest.mark.parametrize(
    ("folder", "ending"),
    [
        ("course", ""),
        ("src/hindcast/misconceptions", ".toml"),
        ("tests/answers", ".toml"),
        ("tests/units", ""),
        ("grading/handbook/units", ".md"),
    ],
)
def test_each_unit_has_what_is_its_own_in_every_folder(folder, ending):
    assert names_in(folder, ending) == UNITS, f"{folder} has to name exactly the units of solutions/"


def test_each_module_of_the_package_units_is_of_a_unit():
    found = {
        path.stem for path in MODULES.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert found - {"__init__"} <= {name_of(unit) for unit in UNITS}


@pytest.mark.parametrize("unit", UNITS)
def test_the_tests_of_a_unit_are_named_after_its_notebooks(unit):
    notebooks = {path.stem for path in (ROOT / "solutions" / unit).glob("*.ipynb")}
    found = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "units" / unit).glob("test_*.py")}
    assert found, f"tests/units/{unit} has no test"
    assert found <= notebooks | {"browser", "pictures"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_module_of_a_unit_imports_what_all_units_share_and_no_other_unit(unit):
    for path in modules_of(unit):
        ours = [
            name.split(".")[1:] for name in imported(path.read_text(encoding="utf-8")) if "hindcast." in name
        ]
        strange = [
            parts for parts in ours if parts[0] not in SHARED and parts[:2] != ["units", name_of(unit)]
        ]
        assert not strange, path


@pytest.mark.parametrize("unit", UNITS)
def test_a_module_of_a_unit_is_read_in_one_sitting(unit):
    for path in modules_of(unit):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, f"divide {path}"


def test_only_a_units_own_notebooks_and_tests_import_it():
    strangers = {
        place: sorted(others)
        for place, unit, source in sources()
        if (others := units_imported(source) - {unit})
    }
    assert not strangers, "what two units need goes to a shared module"


def test_the_sources_that_are_looked_at_do_import_units():
    importing = [place for place, _, source in sources() if units_imported(source)]
    assert any(place.endswith(".ipynb") for place in importing)
    assert any(place.startswith("tests/units/") for place in importing)


def test_an_import_of_another_unit_is_found_wherever_it_stands():
    late = "def draw():\n    from hindcast.units.reading_classifications import pictures"
    assert units_imported(late) == {"reading_classifications"}
    assert units_imported("import hindcast.units.starting_here") == {"starting_here"}
    assert units_imported("from hindcast.units import starting_here as unit") == {"starting_here"}
    assert units_imported("from hindcast import units") == {"*"}
