"""A public name of the package means one thing."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "hindcast"

# Names that several modules may define, because they do the same in each.
SAME_DUTY = {
    "main": "what a program does when it is started",
}


def public_names():
    """Name -> the modules that define a public class or function of that name."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            kind = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            if isinstance(node, kind) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


def test_no_public_class_or_function_shares_its_name_with_another():
    twice = {name: places for name, places in public_names().items() if len(places) > 1}
    unexplained = {name: places for name, places in twice.items() if name not in SAME_DUTY}
    assert not unexplained, f"give one of them another name: {unexplained}"


def test_names_that_share_a_duty_are_still_shared():
    assert {name for name in SAME_DUTY if len(public_names()[name]) < 2} == set()
