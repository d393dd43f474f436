"""The frames and messages that host, worker and notebook exchange: every name, once, for both sides.

A frame goes between the host (`process.py`) and the worker (`warden.py`): a byte that names its type, four
bytes of length (big-endian), the payload. Host and worker trust each other's frames.

A message goes from the process of a notebook (`link.py`) to the host: four bytes of length and a JSON object,
whose "say" names its kind. The worker passes messages on unread, in frames of the type NOTEBOOK_SAID. A
learner's code can forge a message, but no frame.

Standard library only: this is read on both sides.
"""

import struct

FRAME_HEAD = struct.Struct(">cI")  # type, bytes of payload
LENGTH = struct.Struct(">I")  # bytes of what follows
CHUNK = 1 << 16  # bytes read from a notebook's socket at a time

# Bounds of what a message says of an error. The shell keeps them; the host enforces them.
MOST_TEXT = 20_000  # characters of its words, and of a line of its traceback
MOST_TRACEBACK = 50  # lines

# Frames from the host to the worker. No letter is used twice, not even in the other case.
SET_UP = b"S"  # JSON: limits, folders, what every notebook needs; the first frame
PREPARE_ASSIGNMENT = b"A"  # JSON: modules to import and cells to run before the first fork; the second frame
OPEN_NOTEBOOK = b"O"  # length and JSON (environment, modules, names and sizes of files), the files' bytes
RUN_CELL = b"R"  # AFRESH or AS_IT_IS, then JSON: source, count, number, compiled code
INTERRUPT = b"I"  # send SIGINT to the notebook's processes
KILL = b"K"  # kill the notebook's processes
CLOSE_NOTEBOOK = b"Q"

# Frames from the worker to the host.
READY = b"Y"  # all is imported: notebooks can be opened
OPENED = b"F"  # the notebook's files are in place, its process runs
NOT_OPENED = b"N"  # text: why the files could not be written
CELL_BEGINS = b"B"  # decimal: how many threads and processes of the notebook run beside its own
NOTEBOOK_SAID = b"M"  # a piece of the notebook's messages
STDOUT = b"P"  # printed on standard output
STDERR = b"E"  # printed on standard error
OUTPUT_DROPPED = b"T"  # more was printed than a cell may
NOTEBOOK_ENDED = b"X"  # decimal: the exit code of the notebook's process, negative for a signal
CLEAN = b"C"  # nothing is left of the notebook
NOT_CLEAN = b"D"  # text: what is left

# How a RUN_CELL frame begins.
AFRESH = b"1"  # a test cell: put back first what cells changed of the shell and of what judges answers
AS_IT_IS = b"0"

# The kinds of messages.
DISPLAY = "display"  # data, metadata, id
RESULT = "result"  # data, metadata
UPDATE = "update"  # data, metadata, id of the display to change
ERROR = "error"  # ename, evalue, traceback
CLEAR = "clear"  # wait: whether to clear only when the next output comes
ASIDE = "aside"  # on: whether what follows belongs to a widget and not to the cell
DONE = "done"  # number of the cell, error, cut, left: how it ended


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """A whole frame."""
    return FRAME_HEAD.pack(kind, len(payload)) + payload


def with_length(data: bytes) -> bytes:
    """A whole message, or another piece of data that says how long it is."""
    return LENGTH.pack(len(data)) + data
