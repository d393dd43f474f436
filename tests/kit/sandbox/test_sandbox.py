"""Cells that try to leave, outlive or break the sandbox: each gives a `CellRun`, and the next cell runs."""

import contextlib
import dataclasses
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import nbformat
import pytest

from hindcast.errors import HindcastError
from hindcast.kit.sandbox import isolation, outputs
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(bool(isolation_obstacle()), reason=str(isolation_obstacle()))

SLOT = 9  # its own: as root, its user's processes are counted, and other tests grade at the same time
SLEEP = str(10_000_000 + os.getpid())  # seconds of `sleep` that no other process uses, to find this one
SMALL = Limits(
    seconds=1.5, notebook_seconds=60, memory=3 << 29, processes=30, scratch=20 << 20, output=200_000
)
TIMEOUT = "\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder that is readable inside, one below it that is hidden, and one that is not there."""
    top = tmp_path_factory.mktemp("host")
    for name in ("readable/open.txt", "readable/hidden/secret.txt", "elsewhere/secret.txt"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(f"content of {name}")
    (top / "readable").chmod(0o777)  # so that only the sandbox is in the way of writing
    return top


@pytest.fixture(scope="module")
def sandbox(places):
    folders = {"readable": [places / "readable"], "hidden": [places / "readable/hidden"]}
    with Sandbox(SMALL, **folders, slot=SLOT) as sandbox:
        yield sandbox


@pytest.fixture
def session(sandbox):
    with sandbox.open({}) as session:
        yield session


def text(ran):
    """All that a cell printed."""
    return "".join(output.get("text", "") for output in ran.outputs)


def value(session, source, count=1):
    """The text of a cell's last value, or how the cell ended."""
    ran = session.run(textwrap.dedent(source), count)
    shown = [output for output in ran.outputs if output["output_type"] == "execute_result"]
    return shown[-1]["data"]["text/plain"] if shown else str(ran)


def is_well(sandbox):
    """Whether the next notebook runs undisturbed."""
    with sandbox.open({"a.txt": b"a"}) as session:
        looked = session.run(
            "import os, sys, glob\nprint(sorted(os.listdir()), sorted(os.listdir('/dev/shm')),"
            "[p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (1, os.getpid())],"
            "os.listdir(os.environ['TMPDIR']), file=sys.stderr)",
            1,
        )
        assert (looked.status, text(looked)) == ("ok", "['a.txt'] [] [] []\n")
        assert looked.outputs[0]["name"] == "stderr"
        return value(session, "21 * 2", 2) == "42"


# --- what cannot be reached ------------------------------------------------------------------------


def test_nothing_of_the_host_can_be_read_but_what_is_bound(session, places):
    for secret in (places / "elsewhere/secret.txt", places / "readable/hidden/secret.txt", Path(__file__)):
        assert "FileNotFoundError" in value(session, f"open({str(secret)!r}).read()")
    assert value(session, f"open({str(places / 'readable/open.txt')!r}).read()") == (
        "'content of readable/open.txt'"
    )
    assert value(session, f"import os; os.listdir({str(places / 'readable/hidden')!r})") == "[]"
    assert value(session, "[os.path.exists(p) for p in ('/etc/passwd', '/etc/shadow', '/var', '/run')]") == (
        "[False, False, False, False]"
    )


def test_nothing_can_be_written_but_scratch_and_shared_memory(session, places):
    """Two levels of folders are tried; links on the second (X11's `bin/X11 -> .`) are not followed."""
    source = f"""
    import os

    def writable(folder):
        try:
            open(os.path.join(folder, 'x'), 'w').close()
            os.remove(os.path.join(folder, 'x'))
            return True
        except OSError:
            return False

    def folders_in(folder):
        try:
            return [entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
        except PermissionError:
            return []

    # /bin and /lib may be links into /usr, so the first level is resolved
    top = {{os.path.realpath('/' + name) for name in os.listdir('/')}}
    below = {{folder for outer in top - {{'/proc'}} for folder in folders_in(outer)}}
    sorted(folder for folder in {{'/', {str(places / "readable")!r}}} | top | below if writable(folder))
    """
    assert (
        value(session, source) == "['/dev/shm', '/scratch', '/scratch/home', '/scratch/tmp', '/scratch/work']"
    )


def test_the_folders_on_the_way_to_what_is_bound_cannot_be_moved(session, places):
    above = places.parent
    for source in (f"os.rename({str(above)!r}, '/scratch/moved')", f"os.chmod({str(above)!r}, 0o777)"):
        ran = session.run(f"import os\n{source}", 1)
        assert ran.outputs[-1]["ename"] in ("OSError", "PermissionError")


def test_it_is_nobody_without_capabilities(session):
    status = session.run("print(open('/proc/self/status').read())", 1)
    facts = dict(line.split(":", 1) for line in text(status).splitlines() if ":" in line)
    assert {facts[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert facts["NoNewPrivs"].strip() == "1"
    if os.geteuid() == 0:
        assert set(facts["Uid"].split()) == set(facts["Gid"].split()) == {str(60_000 + SLOT)}
        assert facts["Groups"].strip() == ""
        assert facts["CapBnd"].strip() == "0" * 16
    assert value(session, "import os; os.getuid() != 0", 2) == "True"


def test_slots_are_told_apart_by_their_user():
    if os.geteuid() != 0:
        pytest.skip("only root's workers run as users of their own")
    with Sandbox(SMALL, slot=3) as sandbox, sandbox.open({}) as session:
        assert value(session, "import os; os.getuid(), os.getgid()") == "(60003, 60003)"


def test_the_hosts_processes_are_not_there(session):
    assert value(session, "import os; sorted(p for p in os.listdir('/proc') if p.isdigit())[0]") == "'1'"
    assert value(session, "len([p for p in os.listdir('/proc') if p.isdigit()])") == "2"
    assert "ProcessLookupError" in value(session, f"os.kill({os.getpid()}, 0)")


def test_the_workers_memory_and_descriptors_are_closed_to_a_cell(session):
    for path in ("/proc/1/mem", "/proc/1/fd/0", "/proc/1/environ", "/proc/1/maps"):
        assert "PermissionError" in value(session, f"open({path!r}, 'rb').read(1)")


def test_there_is_no_network_and_no_socket_of_the_host(session, tmp_path):
    with socket.socket(socket.AF_UNIX) as listening, socket.create_server(("127.0.0.1", 0)) as serving:
        listening.bind("\0hindcast-test")
        listening.listen()
        port = serving.getsockname()[1]
        attempts = {
            "abstract": "socket.socket(socket.AF_UNIX).connect('\\0hindcast-test')",
            "local": f"socket.create_connection(('127.0.0.1', {port}), 1)",
            "far": "socket.create_connection(('192.0.2.1', 80), 1)",
            "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        }
        for attempt in attempts.values():
            ran = session.run(f"import socket\n{attempt}", 1)
            assert ran.outputs[-1]["ename"] in ("ConnectionRefusedError", "OSError"), attempt


def test_a_cell_holds_one_connection_and_no_descriptor_of_the_worker(session):
    source = """
    import os
    held = []
    for number in os.listdir('/proc/self/fd'):
        try: held.append(os.readlink(f'/proc/self/fd/{number}').split(':')[0])
        except OSError: pass
    held.count('socket'), held.count('pipe')
    """
    # one socket and the two of its loop; what 1 and 2 print to, what they are mended from, the answers
    assert value(session, source) == "(3, 5)"


def test_there_is_no_terminal(session):
    assert "OSError" in value(session, "open('/dev/tty')")


def test_the_environment_of_the_host_is_not_there(session):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOST_TOKEN", "secret")
        with Sandbox(SMALL) as sandbox, sandbox.open({}) as other:
            assert value(other, "import os; 'HOST_TOKEN' in os.environ, os.environ['HOME']") == (
                "(False, '/scratch/home')"
            )


def test_a_file_of_a_notebook_never_lands_outside_its_folder(sandbox):
    for name in ("../x", "/x", "a/../../x", ""):
        with pytest.raises(HindcastError, match="beside or below"):
            sandbox.open({name: b""})


def test_files_larger_than_the_scratch_folder_are_refused_in_a_sentence(sandbox):
    with pytest.raises(HindcastError, match="could not be filled"):
        sandbox.open({"large": bytes(SMALL.scratch + 1)})
    assert is_well(sandbox)


# --- failures that harm only their own cell --------------------------------------------------------

DEATHS = {
    "leaves at once": ("import os; os._exit(3)", "exit code 3"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "kills all it can": (
        "import os\nos.system('sleep 9 &')\nos.kill(-1, 9)\nos.kill(os.getpid(), 9)",
        "killed",
    ),
    "closes every descriptor": ("import os; os.closerange(0, 1024)", "process ("),
    "aborts": ("import os; os.abort()", "SIGABRT"),
    "too long a message": (
        "import os, struct\nfor fd in range(3, 20):\n    try: os.write(fd, struct.pack('>I', 1 << 31))\n"
        "    except OSError: pass\nimport time; time.sleep(9)",
        "rules of its connection",
    ),
}


@pytest.mark.parametrize("how", DEATHS)
def test_a_cell_that_ends_the_process_has_died_and_the_rest_is_not_run(sandbox, how):
    source, reason = DEATHS[how]
    with sandbox.open({}) as session:
        assert session.run("print('before')", 1).status == "ok"
        died = session.run(f"print('so far')\n{source}", 2)
        assert (died.status, text(died)[:7]) == ("died", "so far\n")
        assert reason in died.reason
        rest = session.run("1", 3)
        assert (rest.status, rest.outputs, rest.execution_count) == ("not run", [], None)
        assert rest.reason == "cell 2 had ended the notebook's process"
    assert is_well(sandbox)


ENDURED = {
    "a fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "threads without end": "import threading, time\nwhile True:\n"
    "    threading.Thread(target=time.sleep, args=(99,)).start()",
    "memory without end": "held = []\nwhile True: held.append(bytes(50 << 20))",
    "a full disk": "n = 0\nwhile True:\n    open(f'f{n}', 'wb').write(bytes(1 << 20)); n += 1",
    "one large file": "f = open('f', 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()",
    "full shared memory": "n = 0\nwhile True:\n    open(f'/dev/shm/{n}', 'wb').write(bytes(1 << 20)); n += 1",
    "its folder removed": "import os, shutil\nos.chdir('/'); shutil.rmtree('/scratch/work', True)\n"
    "shutil.rmtree('/scratch/home', True)",
    "its own folder, while in it": "import os\nos.mkdir('in'); os.chdir('in'); os.rmdir('../in')",
    "folders nobody may enter": "import os\nos.makedirs('a/b/c'); open('a/b/c/f', 'w').close()\n"
    "os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)",
    "a very deep folder": "import os\nfor n in range(3000):\n    os.mkdir('d'); os.chdir('d')",
    "links to elsewhere": "import os\nos.symlink('/usr', 'usr'); os.symlink('/nowhere', '/dev/shm/n')",
    "handlers and atexit": "import atexit, os, signal\natexit.register(lambda: os.system('sleep 99'))\n"
    "for n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)",
    "a daemon that prints for ever": "import os, time\nif os.fork() == 0:\n    os.setsid()\n"
    "    if os.fork() == 0:\n        while True: os.write(1, b'spam' * 999)\n    os._exit(0)",
    "a thread that prints for ever": "import threading\ndef spam():\n    while True: print('spam' * 99)\n"
    "threading.Thread(target=spam, daemon=True).start()",
    "a task that prints for ever": "import asyncio\nasync def spam():\n    while True:\n"
    "        display('spam'); await asyncio.sleep(0)\nheld = asyncio.create_task(spam())",
    "a fork that goes on": "import os\nos.fork()",
    "nonsense to every descriptor": "import os\nfor fd in range(3, 200):\n"
    "    try: os.write(fd, b'\\0\\0\\0\\2{}')\n    except OSError: pass",
    "a process left behind": "import subprocess\nsubprocess.Popen(['sleep', '99'], start_new_session=True)",
    "the worker's limits": "import resource\nfor r in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):\n"
    "    resource.prlimit(1, r, (5, 5))",
    "the worker's patience": "import os\nos.setpriority(os.PRIO_PROCESS, 1, 19)",
    "signals to the worker": "import os, signal\nfor n in range(1, 32):\n    os.kill(1, n)",
    "shared memory of System V": "import ctypes\nctypes.CDLL(None).shmget(7, 4096, 0o1666)",
    "notes on the folders": "import os\nos.setxattr('/scratch', 'user.note', b'x')",
}


@pytest.mark.parametrize("how", ENDURED)
def test_whatever_a_cell_does_the_next_notebook_is_served(sandbox, how):
    with sandbox.open({}) as session:
        ran = session.run(ENDURED[how], 1)
        assert ran.status in ("ok", "error", "timeout", "died"), ran
        again = session.run("1", 2)
        assert again.status in ("ok", "error", "timeout", "died", "not run")
    assert is_well(sandbox)


@pytest.mark.parametrize("how", ["the worker's limits", "the worker's patience", "shared memory of System V"])
def test_a_worker_that_is_not_as_it_was_is_thrown_away(sandbox, how):
    with sandbox.open({}) as session:
        before = sandbox._worker
        assert session.run(ENDURED[how], 1).status == "ok"
    assert is_well(sandbox)
    assert sandbox._worker is not before


def test_a_worker_outlives_a_benign_notebook_and_signals(sandbox):
    with sandbox.open({}) as session:
        before = sandbox._worker
        session.run(ENDURED["signals to the worker"], 1)
        assert value(session, "1", 2) == "1"
    assert is_well(sandbox)
    assert sandbox._worker is before


def test_what_is_printed_between_cells_is_nobodys(session):
    session.run("import threading\nthreading.Timer(0.2, lambda: print('late')).start()", 1)
    time.sleep(0.5)
    assert session.run("1;", 2).outputs == []


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("memory without end", "MemoryError"),
        ("a full disk", "OSError"),
        ("one large file", "OSError"),
        ("full shared memory", "OSError"),
        ("threads without end", "RuntimeError"),
    ],
)
def test_a_bound_that_is_reached_is_an_ordinary_error(how, error):
    patient = dataclasses.replace(SMALL, seconds=30)  # a busy machine needs a while to fill its memory
    with Sandbox(patient, slot=SLOT + 1) as sandbox, sandbox.open({}) as session:
        ran = session.run(ENDURED[how], 1)
        assert (ran.status, ran.outputs[-1]["ename"]) == ("error", error)
        assert session.run("1", 2).status == "ok"


def test_the_number_of_processes_is_bounded(session):
    source = """
    import os, time
    n = 0
    try:
        while n < 200:
            if os.fork() == 0:
                time.sleep(99)
                os._exit(0)
            n += 1
    except OSError:
        pass
    n
    """
    assert 20 <= int(value(session, source)) < SMALL.processes


def test_queues_that_would_outlive_the_notebook_cannot_be_made(session):
    source = """
    import ctypes
    library = ctypes.CDLL(None, use_errno=True)
    library.mq_open(b'/note', 0o102, 0o666, None), ctypes.get_errno() != 0
    """
    assert value(session, source) == "(-1, True)"


# --- time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["while True: pass", "import time; time.sleep(99)", "import asyncio; await asyncio.sleep(99)"]
)
def test_a_cell_that_takes_too_long_is_interrupted_and_the_session_goes_on(session, source):
    session.run("x = 1", 1)
    began = time.monotonic()
    ran = session.run(f"print('so far')\n{source}", 2)
    assert SMALL.seconds <= time.monotonic() - began < SMALL.seconds + 1.5
    assert (ran.status, text(ran)) == ("timeout", "so far\n")
    assert ran.outputs[-1] == {
        "output_type": "error",
        "ename": "CellTimeoutError",
        "evalue": "",
        "traceback": [TIMEOUT],
    }
    assert value(session, "x", 3) == "1"


def test_a_command_of_the_shell_is_interrupted_too(session):
    assert session.run("!sleep 99", 1).status == "timeout"
    assert value(session, "1", 2) == "1"


@pytest.mark.parametrize(
    "source",
    [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException: pass",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_a_cell_that_cannot_be_interrupted_is_killed(sandbox, source):
    with sandbox.open({}) as session:
        began = time.monotonic()
        ran = session.run(source, 1)
        assert time.monotonic() - began < SMALL.seconds + 3.5
        assert (ran.status, ran.outputs[-1]["ename"]) == ("timeout", "CellTimeoutError")
        assert "could not be interrupted" in ran.reason
        assert session.run("1", 2).status == "not run"
    assert is_well(sandbox)


def test_a_notebook_has_so_much_time_for_all_its_cells(places):
    with Sandbox(Limits(seconds=1, notebook_seconds=1.5)) as sandbox, sandbox.open({}) as session:
        assert [session.run("while True: pass", n).status for n in (1, 2, 3)] == [
            "timeout",
            "timeout",
            "not run",
        ]
        assert session.run("1", 4).reason == "the notebook had used its 1.5 seconds"


# --- size ------------------------------------------------------------------------------------------


def test_a_hundred_megabytes_printed_leave_the_host_small(sandbox):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Sandbox(Limits(seconds=20, output=10_000_000)) as large, large.open({}) as session:
        ran = session.run("for _ in range(100): print('x' * 1_000_000)\n'done'", 1)
    assert ran.status == "ok"
    assert ran.reason == outputs.CUT
    assert ran.outputs[-1]["data"]["text/plain"] == "'done'"
    assert 8_500_000 < len(text(ran)) <= 10_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB


@pytest.mark.parametrize(
    "source",
    [
        "'x' * 10_000_000",
        "display({'text/html': 'x' * 10_000_000}, raw=True)",
        "raise ValueError('x' * 10_000_000)",
        "import sys\nfor n in range(20_000): print('o'); print('e', file=sys.stderr)",
        "for n in range(4_000): display(n)",
        "[i for i in range(10)]; print('x' * 10_000_000)",
    ],
)
def test_outputs_are_cut_to_their_cap(session, source):
    ran = session.run(source, 1)
    assert ran.status in ("ok", "error")
    assert len(json.dumps(ran.outputs)) < 3 * SMALL.output
    assert len(ran.outputs) <= outputs.MOST_OUTPUTS + 2
    cell = nbformat.v4.new_code_cell(source, outputs=ran.outputs)
    nbformat.validate(nbformat.from_dict(nbformat.v4.new_notebook(cells=[cell])))
    assert value(session, "1", 2) == "1"


def test_what_is_shown_and_cleared_again_and_again_is_not_too_much(session):
    source = """
    from IPython.display import clear_output
    for n in range(30):
        clear_output(wait=True)
        display({'text/plain': str(n), 'text/html': 'x' * 50_000}, raw=True)
    """
    ran = session.run(textwrap.dedent(source), 1)
    assert [output["data"]["text/plain"] for output in ran.outputs] == ["29"]
    assert ran.reason == ""


def test_a_notebooks_outputs_are_bounded_together():
    with Sandbox(Limits(outputs_of_notebook=100_000)) as sandbox, sandbox.open({}) as session:
        ran = [session.run("print('x' * 60_000)", n) for n in (1, 2, 3)]
    assert [len(text(r)) for r in ran] == [60_001, 36_000, 3_600]
    assert [bool(r.reason) for r in ran] == [False, True, True]


def test_a_large_cell_goes_in_and_a_large_file_is_there(session, sandbox):
    assert value(session, f"len('{'x' * 3_000_000}')") == "3000000"
    with sandbox.open({"d/large.bin": bytes(5_000_000)}) as other:  # which closes the first
        assert value(other, "import os; os.path.getsize('d/large.bin')") == "5000000"


# --- a stranger's messages -------------------------------------------------------------------------

FORGED = """
import os, json, struct, sys, time
def say(*messages):
    data = b''.join(struct.pack('>I', len(m)) + m for m in (
        m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages))
    fd = get_ipython().ask_exit.__globals__['LINK'].socket.fileno()
    while data:
        try:
            data = data[os.write(fd, data):]
        except BlockingIOError:
            time.sleep(0.001)
"""


@pytest.mark.parametrize(
    "message",
    [
        "b'no json'",
        "b'[' * 100_000",
        "b'[' * 30 + b']' * 30",
        "b'7' * 100_000",
        "[]",
        "{'say': 'done', 'number': 99, 'error': None}",
        "{'say': 'display', 'data': {'text/plain': 7, 'bad mime': 'x', 'text/html': {}}, 'metadata': 3}",
        "{'say': 'display', 'data': None}",
        "{'say': 'result', 'data': {'application/json': float('nan')}, 'metadata': {'a': float('inf')}}",
        "{'say': 'error', 'ename': None, 'evalue': {}, 'traceback': 'x'}",
        "{'say': 'update', 'id': [1], 'data': 4}",
        "{'say': 'clear', 'wait': 'x'}",
        'b\'{"say": "display", "data": {"text/plain": "\\\\ud800"}}\'',
        'b\'{"say": "display", "data": {"application/json": 1e999}}\'',
    ],
)
def test_a_forged_message_becomes_valid_outputs_or_nothing(session, message):
    ran = session.run(f"{FORGED}\nsay({message})\nprint('end')", 1)
    assert ran.status == "ok"
    cell = nbformat.v4.new_code_cell("", outputs=ran.outputs)
    notebook = nbformat.from_dict(nbformat.v4.new_notebook(cells=[cell]))
    nbformat.validate(notebook)
    json.loads(nbformat.writes(notebook), parse_constant=pytest.fail).keys()
    nbformat.writes(notebook).encode("utf-8")


@pytest.mark.parametrize("message", ["'x' * 50_000", "''"])
def test_forged_outputs_are_bounded_too(session, message):
    shown = f"say(*[{{'say': 'display', 'data': {{'text/plain': {message}}}}}] * 50)"
    ran = session.run(f"{FORGED}\nfor _ in range(100): {shown}", 1)
    assert ran.reason == outputs.CUT or ran.status == "timeout"
    assert len(ran.outputs) <= outputs.MOST_OUTPUTS + 2
    assert len(json.dumps(ran.outputs)) < 2 * SMALL.output


def test_a_forged_end_of_another_cell_is_not_this_cells_end(session):
    session.run(f"{FORGED}\nsay({{'say': 'done', 'number': 2, 'error': None}})", 1)
    assert value(session, "import time; time.sleep(0.2)\n'really run'", 3) in ("'really run'",)


# --- the host's side -------------------------------------------------------------------------------


def test_a_worker_that_cannot_start_is_one_sentence():
    with (
        Sandbox(SMALL, required=["no_such_module"]) as sandbox,
        pytest.raises(HindcastError, match="No module named 'no_such_module'"),
    ):
        sandbox.open({})


def test_a_worker_that_was_killed_is_replaced(sandbox):
    with sandbox.open({}) as session:
        session.run("x = 1", 1)
        for pid in sandbox._worker.inside():
            os.kill(pid, signal.SIGKILL)
        sandbox._worker.process.wait()
        assert session.run("x", 2).status == "died"
        assert session.run("x", 3).status == "not run"
    assert is_well(sandbox)
    for pid in sandbox._worker.inside():
        os.kill(pid, signal.SIGKILL)
    assert is_well(sandbox)


def test_a_worker_that_does_not_end_by_itself_is_killed():
    with Sandbox(SMALL) as sandbox:
        sandbox.open({}).run(f"import subprocess; p = subprocess.Popen(['sleep', '{SLEEP}'])", 1)
        for pid in sandbox._worker.inside():
            os.kill(pid, signal.SIGSTOP)
    assert is_gone(SLEEP)


def test_closing_ends_every_process_and_may_be_repeated():
    with Sandbox(SMALL) as sandbox:
        session = sandbox.open({})
        session.run(f"import subprocess; subprocess.Popen(['sleep', '{SLEEP}'])", 1)
        sandbox.close()
        sandbox.close()
        session.close()
        assert session.run("1", 2).status == "not run"
        assert is_gone(SLEEP)


def is_gone(argument):
    """Whether such a process ends within 3 seconds: the kernel takes those of a namespace one by one."""
    until = time.monotonic() + 3
    while is_running(argument) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_running(argument)


def is_running(argument):
    """Whether a process of this machine has this argument."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if argument.encode() in path.read_bytes().split(b"\0"):
                return True
    return False


def test_when_the_host_is_killed_so_is_everything():
    code = (
        "import sys, time\nfrom hindcast.kit.sandbox.sandbox import *\n"
        "session = Sandbox(Limits()).open({})\n"
        f"said = session.run(\"import subprocess; p = subprocess.Popen(['sleep', '{SLEEP}'])\", 1)\n"
        "print(said, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as host:
        said = host.stdout.readline().decode()
        until = time.monotonic() + 3  # its arguments appear a moment after Popen returns
        while not (running := is_running(SLEEP)) and time.monotonic() < until:
            time.sleep(0.01)
        host.kill()
    assert "status='ok'" in said and running, said
    assert is_gone(SLEEP)


def test_two_sandboxes_run_side_by_side():
    with Sandbox(SMALL, slot=0) as one, Sandbox(SMALL, slot=1) as two:
        one.start()
        two.start()
        with one.open({}) as first, two.open({}) as second:
            assert (value(first, "'first'"), value(second, "'second'")) == ("'first'", "'second'")


# --- without isolation -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare():
    with Sandbox(SMALL, isolated=False) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "how", ["a process left behind", "a daemon that prints for ever", "one large file", "memory without end"]
)
def test_limits_hold_without_isolation(bare, how):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        with bare.open({"a.txt": b"a"}) as session:
            assert value(session, "open('a.txt').read()") == "'a'"
            assert session.run(ENDURED[how], 2).status in ("ok", "error")
        with bare.open({}) as session:
            assert value(session, "import os; os.listdir()") == "[]"
            assert session.run("while True: pass", 2).status == "timeout"
            assert session.run("import os; os._exit(1)", 3).status == "died"
        assert bystander.poll() is None  # nobody else was killed
        assert is_gone("99")
    finally:
        bystander.kill()
        bystander.wait()


def test_the_folder_of_a_worker_without_isolation_is_removed():
    with Sandbox(SMALL, isolated=False) as sandbox:
        sandbox.open({}).close()
        folder = Path(sandbox._worker.folder)
        assert folder.is_dir()
    assert not folder.exists()


# --- as an ordinary user ---------------------------------------------------------------------------

ORDINARY = """
import sys
from pathlib import Path
from hindcast.kit.sandbox.isolation import isolation_obstacle
from hindcast.kit.sandbox.limits import Limits
from hindcast.kit.sandbox.sandbox import Sandbox
assert isolation_obstacle() is None, isolation_obstacle()
limits = Limits(seconds=2, processes=30, memory=2 << 30, scratch=20 << 20)
secret, sources = sys.argv[1:]
open(secret).read()
with Sandbox(limits, readable=[Path(sources)]) as sandbox:
    for source in sys.stdin.read().split("\\n---\\n"):
        with sandbox.open({}) as session:
            ran = session.run(source.replace("SECRET", secret), 1)
        said = [o.get("ename") or o.get("text") or o["data"]["text/plain"] for o in ran.outputs]
        print(ran.status, *said)
"""
CELLS_OF_ORDINARY = {
    "1 + 1": "ok 2",
    "open('SECRET').read()": "error FileNotFoundError",
    "open('/proc/1/mem', 'rb')": "error PermissionError",
    "int([l for l in open('/proc/self/status') if l.startswith('CapEff')][0].split()[1], 16)": "ok 0",
    "import os; os.rename('/usr', '/usr2')": "error OSError",
    "open('/worker.py', 'w')": "error OSError",
    "open('/dev/x', 'w')": "error OSError",
    "import os\nwhile True: os.fork()": "error BlockingIOError",
    "import os; os._exit(1)": "died",
    "import os\nos.makedirs('a/b'); os.chmod('a', 0); os.chmod('.', 0); os.chmod('/scratch', 0)": "ok",
    "import socket; socket.create_connection(('192.0.2.1', 80), 1)": "error OSError",
    "import os; os.listdir(), os.listdir('/dev/shm')": "ok ([], [])",
}


def test_it_holds_for_an_ordinary_user_too(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("the whole of this file is run by an ordinary user already")
    home = Path(tempfile.mkdtemp(prefix="ordinary-"))
    try:
        secret = home / "secret.txt"
        secret.write_text("secret")
        sources = Path(isolation.__file__).parents[3]
        shutil.copytree(sources / "hindcast", home / "src" / "hindcast")
        # root's home is closed to others, but the sandbox opens what Python needs of it
        view = ["bwrap", "--dev-bind", "/", "/"]
        bound = isolation._folders_to_bind([Path(sys.prefix), Path(sys.base_prefix)])
        for top in {Path(*path.parts[:2]) for path in bound}:
            view += ["--perms", "0755", "--tmpfs", str(top)]
        for path in bound:
            for parent in list(reversed(path.parents))[2:]:
                view += ["--perms", "0755", "--dir", str(parent)]
            view += ["--ro-bind", str(path), str(path)]
        view += ["--bind", str(home), str(home), "--setenv", "PYTHONPATH", str(home / "src")]
        for path in home.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        home.chmod(0o755)
        become = ["setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups"]
        command = [*view, "--", *become, sys.executable, "-P", "-c", ORDINARY, str(secret), str(home / "src")]
        ran = subprocess.run(
            command, input="\n---\n".join(CELLS_OF_ORDINARY), capture_output=True, text=True, cwd="/"
        )
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout.splitlines()
        assert said == list(CELLS_OF_ORDINARY.values())
    finally:
        shutil.rmtree(home)


def test_the_workers_reader_never_blocks_on_a_host_that_does_not_read(sandbox):
    with sandbox.open({}) as session:
        session.run(ENDURED["a thread that prints for ever"], 1)
        time.sleep(0.3)
        assert threading.active_count() < 20
        assert value(session, f"len('{'x' * 2_000_000}')", 2) == "2000000"


def test_many_processes_together_hold_no_more_memory_than_one_may():
    hoard = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(400 << 20)
        time.sleep(30)
time.sleep(30)
"""
    patient = dataclasses.replace(SMALL, seconds=25)  # a busy machine needs a while to fill its memory
    with Sandbox(patient, slot=SLOT + 1) as sandbox:
        with sandbox.open({}) as session:
            began = time.monotonic()
            ran = session.run(hoard, 1)
            assert ran.status == "died", ran
            assert time.monotonic() - began < patient.seconds
        with sandbox.open({}) as session:
            assert session.run("1 + 1", 1).status == "ok"
