"""The set-up on faulty machines: old Pythons, missing parts, interrupted work, no network."""

import ast
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tools" / "set_up.py"
OLD_PYTHONS = [f"python{version}" for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")]
NEW_SYNTAX = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.Starred, ast.AsyncFunctionDef)

spec = importlib.util.spec_from_file_location("set_up", SCRIPT)
set_up = importlib.util.module_from_spec(spec)
spec.loader.exec_module(set_up)


@pytest.fixture
def checkout(tmp_path):
    """A folder with what the set-up reads, and no .venv."""
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def bundle(tmp_path):
    """An unpacked bundle as far as the set-up reads it: the lock, a wheel and the file that names it."""
    folder = tmp_path / "Kurs für alle"
    folder.mkdir()
    shutil.copy(ROOT / "requirements.lock", folder)
    shutil.copy(SCRIPT, folder)
    (folder / "hindcast-1.2.0-py3-none-any.whl").write_bytes(b"a wheel")
    (folder / set_up.BUNDLE).write_text('{"wheel": "hindcast-1.2.0-py3-none-any.whl"}')
    return folder


@pytest.fixture
def pip_that_works(monkeypatch):
    """Record the runs of pip in place of doing them: the tests are about what the set-up does around them."""
    runs = []
    monkeypatch.setattr(set_up, "run_pip", lambda root, venv, arguments, **_: runs.append(arguments))
    return runs


@pytest.fixture
def bare_venv(checkout):
    """A virtual environment whose Python is this one and which has a pip to import."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    folder = next((checkout / ".venv").rglob("site-packages"))
    (folder / "pip.py").write_text("")
    return checkout / ".venv"


def complaint(capsys, checkout, *arguments):
    """What the set-up says when it gives up."""
    assert set_up.main(list(arguments), root=str(checkout)) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def pretend(folder, script):
    """Put a made-up Python into a virtual environment."""
    if os.name == "nt":
        pytest.skip("Windows runs no shell script as a Python")
    python = Path(set_up.python_of(str(folder)))
    python.parent.mkdir(parents=True, exist_ok=True)
    python.unlink(missing_ok=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)


def test_the_script_uses_only_syntax_that_python_2_7_understands():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    newer = [node for node in ast.walk(tree) if isinstance(node, NEW_SYNTAX)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            annotated = [one for one in node.args.args if one.annotation]
            newer += [node] if node.returns or annotated or node.args.kwonlyargs else []
        if isinstance(node, ast.Raise) and node.cause:
            newer.append(node)
    assert not [f"line {node.lineno}: {type(node).__name__}" for node in newer]
    assert SCRIPT.read_bytes().isascii()  # Python 2.7 needs a coding line for anything else


@pytest.mark.parametrize("name", OLD_PYTHONS)
def test_an_old_python_gets_one_sentence(name, checkout):
    python = shutil.which(name)
    if not python or subprocess.run([python, "--version"], capture_output=True).returncode:
        pytest.skip(f"no {name} on this machine")
    (checkout / "tools").mkdir()
    shutil.copy(SCRIPT, checkout / "tools")
    run = subprocess.run([python, checkout / "tools" / "set_up.py"], capture_output=True, text=True)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert f"needs Python 3.11 or newer; this is {name.removeprefix('python')} at" in run.stderr


def test_too_old_names_what_came_and_the_command_that_helps():
    with pytest.raises(
        set_up.SetUpError, match=r"needs Python 3\.11 or newer; this is 3\.9 at /usr/bin/python3"
    ) as found:
        set_up.check_python((3, 9, 18), "/usr/bin/python3")
    assert "make learn PYTHON=/path/to/python3.13" in str(found.value)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 0), (4, 0, 0)])
def test_new_enough_passes(version):
    set_up.check_python(version, "python3")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_or_ensurepip_is_told_which_package_to_install(
    module, checkout, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, module, None)
    assert "sudo apt install python3-venv" in complaint(capsys, checkout)
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "pyproject.toml"])
def test_a_missing_file_of_the_repository_is_named(name, checkout, capsys):
    (checkout / name).unlink()
    assert f"{name} is missing" in complaint(capsys, checkout)


def test_a_first_set_up_installs_lock_and_package_in_two_steps(checkout, pip_that_works):
    assert set_up.main([], root=str(checkout)) == 0
    lock, package = pip_that_works
    assert "--require-hashes" in lock
    assert lock[-1] == str(checkout / "requirements.lock")
    assert "-e" in package
    assert "--no-deps" in package
    assert "--require-hashes" not in package


def test_a_second_set_up_does_nothing(checkout, bare_venv, pip_that_works):
    set_up.main([], root=str(checkout))
    pip_that_works.clear()
    assert set_up.main([], root=str(checkout)) == 0
    assert not pip_that_works


def test_an_environment_for_tests_serves_a_learner_and_not_the_other_way_round(
    checkout, bare_venv, pip_that_works
):
    set_up.main(["--dev"], root=str(checkout))
    pip_that_works.clear()
    set_up.main([], root=str(checkout))
    assert not pip_that_works
    (bare_venv / set_up.STAMP).unlink()
    set_up.main([], root=str(checkout))
    pip_that_works.clear()
    set_up.main(["--dev"], root=str(checkout))
    assert pip_that_works[0][-1] == str(checkout / "requirements-dev.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_package_is_installed_again(name, checkout, bare_venv, pip_that_works):
    set_up.main([], root=str(checkout))
    pip_that_works.clear()
    with (checkout / name).open("a") as stream:
        stream.write("\n# changed\n")
    set_up.main([], root=str(checkout))
    assert len(pip_that_works) == 2


def test_an_interrupted_set_up_is_noticed_and_made_again(checkout, bare_venv, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(set_up, "run_pip", interrupted)
    assert set_up.main([], root=str(checkout)) == 130
    (bare_venv / "half-written").touch()
    monkeypatch.setattr(set_up, "run_pip", lambda *_, **__: None)
    assert set_up.main([], root=str(checkout)) == 0
    assert "the last set-up was interrupted" in capsys.readouterr().out
    assert not (bare_venv / "half-written").exists()
    assert set_up.is_ready(str(checkout), str(bare_venv), "learner")


def test_a_killed_set_up_is_noticed_though_the_old_stamp_is_still_there(checkout, bare_venv, pip_that_works):
    set_up.main([], root=str(checkout))
    set_up.mark_unfinished(str(bare_venv))
    assert not set_up.is_ready(str(checkout), str(bare_venv), "learner")
    assert set_up.find_fault(str(bare_venv)) == "the last set-up was interrupted"


def test_an_environment_without_any_fault_is_kept(bare_venv):
    assert set_up.find_fault(str(bare_venv)) is None


def test_an_environment_whose_python_is_gone_is_made_again(checkout, bare_venv, pip_that_works, capsys):
    set_up.main([], root=str(checkout))
    python = Path(set_up.python_of(str(bare_venv)))
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    assert set_up.main([], root=str(checkout)) == 0
    assert "its Python is gone" in capsys.readouterr().out
    assert subprocess.run([python, "-c", ""]).returncode == 0


def test_an_environment_of_an_old_python_is_noticed(bare_venv):
    pretend(bare_venv, f"echo 3.9 {bare_venv}")
    assert set_up.find_fault(str(bare_venv)) == "it was made by Python 3.9"


def test_an_environment_that_was_moved_is_noticed(checkout, bare_venv, pip_that_works):
    set_up.main([], root=str(checkout))
    moved = checkout.with_name("elsewhere")
    shutil.move(checkout, moved)
    assert not set_up.is_ready(str(moved), str(moved / ".venv"), "learner")
    assert set_up.find_fault(str(moved / ".venv")) == "it was made for another folder"


def test_a_file_or_link_called_venv_is_the_readers_own_and_stays(checkout, capsys):
    (checkout / ".venv").write_text("mine")
    assert "is a link or a file" in complaint(capsys, checkout)
    assert (checkout / ".venv").read_text() == "mine"


def test_a_stamp_that_is_not_json_means_install_again(checkout, bare_venv, pip_that_works):
    set_up.main([], root=str(checkout))
    (bare_venv / set_up.STAMP).write_text("{")
    pip_that_works.clear()
    assert set_up.main([], root=str(checkout)) == 0
    assert pip_that_works


FAILURES = {
    "hash": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "not the file that the lock",
    ),
    "disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "proxy": ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
    "network": (
        "WARNING: Retrying: NewConnectionError('Failed to establish a new connection')",
        "check the network",
    ),
    "platform": ("ERROR: No matching distribution found for numpy==2.4.1", "has no file for this Python"),
    "long name": (
        "ERROR: [Errno 2] No such file\nHINT: This system does not have Windows Long Path support enabled.",
        "a short place such as C:\\hindcast",
    ),
    "rights": ("ERROR: [Errno 13] Permission denied: 'x'", "close JupyterLab"),
    "other": ("Collecting x\nERROR: something new\n", "ERROR: something new"),
    "silent": ("", "no reason given"),
}


@pytest.mark.parametrize(("said", "advice"), FAILURES.values(), ids=FAILURES)
def test_a_pip_that_fails_is_explained_and_the_environment_is_kept(said, advice, checkout, bare_venv, capsys):
    (bare_venv / "words").write_text(said)
    pretend(
        bare_venv, f'case "$*" in *"-m pip"*) cat {bare_venv}/words; exit 1;; *) echo 3.11 {bare_venv};; esac'
    )
    message = complaint(capsys, checkout)
    assert advice in message
    assert "Next: " in message
    assert set_up.LOG in message
    assert not (bare_venv / set_up.UNFINISHED).exists()
    assert not (bare_venv / set_up.STAMP).exists()


def test_pip_takes_no_part_of_the_readers_own_python_settings(checkout, bare_venv, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    pretend(bare_venv, f'echo "$PIP_USER" "$@" >> {bare_venv}/asked; echo 3.11 {bare_venv}')
    assert set_up.main([], root=str(checkout)) == 0
    asked = (bare_venv / "asked").read_text().splitlines()
    assert [line for line in asked if "pip install" in line]
    assert all(line.startswith("0 -I -m pip install") for line in asked if "pip install" in line)


def test_a_second_set_up_waits_for_the_first(checkout, bare_venv):
    pytest.importorskip("fcntl", reason="Windows has no such lock")
    held = "import sys, runpy\nwith runpy.run_path(sys.argv[1])['one_at_a_time'](sys.argv[2]): print('in')"
    command = [sys.executable, "-u", "-c", held, SCRIPT, checkout]
    with set_up.one_at_a_time(str(checkout)):
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert "Another set-up is at work" in second.stdout.readline()
    assert second.communicate(timeout=20)[0].strip() == "in"


def test_a_bundle_is_set_up_from_the_lock_and_then_from_its_wheel(bundle, pip_that_works, capsys):
    assert set_up.main([], root=str(bundle)) == 0
    lock, package = pip_that_works
    assert "--require-hashes" in lock and lock[-1] == str(bundle / "requirements.lock")
    assert package[-1] == str(bundle / "hindcast-1.2.0-py3-none-any.whl")
    # without it pip leaves an older wheel of the same version in place
    assert {"--no-deps", "--force-reinstall"} <= set(package) and "-e" not in package
    commands = ".venv\\Scripts" if os.name == "nt" else ".venv/bin"
    assert capsys.readouterr().out.endswith(f"Ready.\nNext: {commands}{os.sep}hindcast learn\n")


def test_a_bundle_is_set_up_once_and_the_next_line_is_told_each_time(bundle, pip_that_works, capsys):
    set_up.main([], root=str(bundle))
    (bundle / ".venv" / set_up.UNFINISHED).unlink(missing_ok=True)
    pip_that_works.clear()
    capsys.readouterr()
    assert set_up.main([], root=str(bundle)) == 0
    assert not pip_that_works
    assert capsys.readouterr().out.startswith("Next: .venv")


def test_a_newer_wheel_in_a_bundle_is_installed(bundle, pip_that_works):
    set_up.main([], root=str(bundle))
    pip_that_works.clear()
    (bundle / "hindcast-1.2.0-py3-none-any.whl").write_bytes(b"another wheel")
    set_up.main([], root=str(bundle))
    assert pip_that_works[1][-1].endswith(".whl")


@pytest.mark.parametrize("name", ["requirements.lock", "hindcast-1.2.0-py3-none-any.whl"])
def test_a_missing_file_of_a_bundle_is_named_with_the_zip_to_unpack(name, bundle, capsys):
    (bundle / name).unlink()
    said = complaint(capsys, bundle)
    assert f"{name} is missing in {bundle}" in said and "unpack all of it to a new folder" in said


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"wheel": 3}', "{"])
def test_a_bundle_that_names_no_wheel_is_to_be_unpacked_again(text, bundle, capsys):
    (bundle / set_up.BUNDLE).write_text(text)
    assert "should name the package's wheel" in complaint(capsys, bundle)


def test_a_bundle_has_no_tools_for_tests(bundle, capsys):
    assert "--dev needs the whole repository" in complaint(capsys, bundle, "--dev")


def test_the_script_alone_looks_beside_itself_and_asks_for_the_whole_zip(bundle):
    for path in bundle.iterdir():
        if path.name != SCRIPT.name:
            path.unlink()
    run = subprocess.run([sys.executable, bundle / SCRIPT.name], capture_output=True, text=True)
    assert run.returncode == 2
    assert f"is missing in {bundle}. Next: if you have the course as a zip, unpack all of it" in run.stderr
    assert not (bundle / ".venv").exists()


def test_advice_in_a_bundle_speaks_of_its_script_and_not_of_make(bundle):
    with pytest.raises(set_up.SetUpError) as found:
        set_up.check_python((3, 9, 18), "/usr/bin/python3", str(bundle))
    said = [str(found.value), set_up.explain(str(bundle), "No matching distribution found", "p", "log")]
    for sentence in said:
        assert "/path/to/python3.13 set_up.py" in sentence and "make" not in sentence


@pytest.mark.acceptance
def test_a_fresh_clone_is_set_up_and_has_the_command(tmp_path):
    clone, environment = tmp_path / "clone", {**os.environ, "NO_BROWSER": "1"}
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    subprocess.run([sys.executable, "tools/set_up.py"], cwd=clone, check=True, env=environment)
    commands = clone / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    listed = subprocess.run(
        [commands / "python", "-m", "pip", "list", "--format=json"], capture_output=True, check=True
    )
    names = {package["name"] for package in json.loads(listed.stdout)}
    assert {"hindcast", "jupyterlab", "nbgrader"} <= names
    assert not {"pytest", "playwright"} & names
    said = subprocess.run([commands / "hindcast", "--help"], capture_output=True, text=True, check=True)
    assert "learn" in said.stdout
