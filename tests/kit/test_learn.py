"""`hindcast learn`: it opens JupyterLab and prints the address, or says in a sentence why it cannot."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

from hindcast.errors import HindcastError
from hindcast.kit import learn

CALL = "import sys; from pathlib import Path; from hindcast.kit.learn import open_lab\n"
CALL += "sys.exit(open_lab(Path(sys.argv[1]), int(sys.argv[2]), browser=False))"


@pytest.fixture
def course(tmp_path):
    """A repository with a first lesson."""
    lesson = tmp_path / learn.LESSON
    lesson.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(), lesson)
    return tmp_path


@pytest.fixture
def taken_port():
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def private_jupyter(monkeypatch, tmp_path):
    """Jupyter's own folders, away from those of the person who runs the tests."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def no_server(monkeypatch):
    """Keep a server from running for ever where an expected refusal does not come."""
    monkeypatch.setattr(learn, "running_server", lambda *_: pytest.fail("it started a server"))


def start(course, port):
    """The program as a learner's shell starts it."""
    command = [sys.executable, "-c", CALL, str(course), str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(stream, words):
    """What a program prints up to a line with these words."""
    said = ""
    for line in stream:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without saying {words!r}:\n{said}")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one program on Windows")
def test_it_opens_the_lesson_beside_a_taken_port_and_ctrl_c_ends_it(course, taken_port, private_jupyter):
    program = start(course, taken_port)
    try:
        said = read_until(program.stdout, "Ctrl-C")
        address = re.search(r"http://127\.0\.0\.1:(\d+)/lab/tree/(\S+)\?token=\w+", said)
        assert f"Port {taken_port} is taken, so this uses {address[1]}." in said
        assert address[2] == learn.LESSON
        with urllib.request.urlopen(address[0], timeout=20) as page:
            shown = page.read().decode()
        assert "@jupyterlab/apputils-extension:announcements" in shown  # in the list of what is switched off
    finally:
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=20)
    assert program.returncode == 0
    assert rest.strip() == "Stopping JupyterLab; what you saved is kept."
    assert learn.is_free(int(address[1]))


def test_the_address_is_told_when_the_server_listens_and_not_before(monkeypatch, tmp_path):
    monkeypatch.setattr(learn, "published_address", lambda *_: "here")
    with socket.socket() as server, subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as running:
        server.bind(("127.0.0.1", 0))
        port, waits = server.getsockname()[1], []
        monkeypatch.setattr(learn.time, "sleep", lambda _: (waits.append(port), server.listen()))
        assert learn.wait_for_address(running, tmp_path, port, tmp_path / "log") == "here"
        assert waits == [port]
        running.communicate(b"\n")


@pytest.mark.skipif(os.name == "nt", reason="a terminated program cannot clean up on Windows")
def test_a_terminated_program_takes_its_server_along(course, taken_port, private_jupyter):
    program = start(course, taken_port)
    port = re.search(r"uses (\d+)", read_until(program.stdout, "Ctrl-C"))[1]
    program.terminate()
    program.communicate(timeout=20)
    assert learn.is_free(int(port))


def test_a_missing_lesson_is_named_with_the_command_that_brings_it_back(tmp_path, no_server):
    with pytest.raises(HindcastError, match=r"lesson\.ipynb is missing.*git checkout course"):
        learn.open_lab(tmp_path, browser=False)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "<html>"])
def test_a_lesson_that_is_not_a_notebook_is_named(course, text, no_server):
    (course / learn.LESSON).write_text(text)
    with pytest.raises(HindcastError, match=r"lesson\.ipynb is not a notebook that can be read"):
        learn.open_lab(course, browser=False)


def test_a_missing_kernel_comes_with_the_command_that_mends_it(course, monkeypatch, no_server):
    monkeypatch.setattr(learn, "KERNEL", "no-such-kernel")
    with pytest.raises(HindcastError, match=r"no kernel of that name.*-m ipykernel install --sys-prefix"):
        learn.open_lab(course, browser=False)


def test_a_kernel_whose_python_is_gone_is_named(course, monkeypatch, tmp_path, no_server):
    folder = tmp_path / "share" / "kernels" / "gone"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        '{"argv": ["/nowhere/python"], "display_name": "x", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setattr(learn, "KERNEL", "gone")
    with pytest.raises(HindcastError, match="starts /nowhere/python, which is not there"):
        learn.open_lab(course, browser=False)


def test_no_free_port_says_which_were_tried(course, monkeypatch, no_server):
    monkeypatch.setattr(learn, "is_free", lambda port: False)
    with pytest.raises(HindcastError, match=r"No port from 8888 to 8937 is free.*--port"):
        learn.open_lab(course, browser=False)


@pytest.mark.parametrize("port", [65536, 99999])
def test_a_number_that_is_no_port_is_refused(port):
    with pytest.raises(HindcastError, match="from 1024 to 65535"):
        learn.find_port(port)


def test_the_next_free_port_is_taken(taken_port):
    assert learn.find_port(taken_port) > taken_port


def test_a_server_that_does_not_start_is_quoted(course, private_jupyter, monkeypatch):
    monkeypatch.setattr(learn, "SETTINGS", ("--ServerApp.port=no-number",))
    with pytest.raises(HindcastError, match=r"did not start on port \d+: .*its log: .*\.log"):
        learn.open_lab(course, browser=False)


def test_a_browser_opens_unless_it_must_not():
    assert "--no-browser" in learn.server_command(Path("x"), 8888, browser=False)
    assert "--no-browser" not in learn.server_command(Path("x"), 8888, browser=True)


def test_the_server_finds_the_commands_of_this_python_first(monkeypatch):
    monkeypatch.setenv("PATH", "elsewhere")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    environment = learn.server_environment()
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}elsewhere"
    assert (Path(environment["JUPYTER_CONFIG_PATH"]) / "labconfig" / "page_config.json").is_file()
