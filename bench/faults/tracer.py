"""Runs a program and writes down every sync to disk it completed: `tracer.py LOG HOLD_S PROGRAM ARGUMENTS…`.

Each line of the log, written once a sync is complete: the monotonic time it began, device, inode, and the file's length
then. What a power cut leaves for certain is that much of each file. `HOLD_S`: each sync is held up so long first, as by
a slow disk. Linux on x86-64 or 64-bit ARM: a filter (seccomp) stops the program and all it starts at fsync and
fdatasync only, so they run at nearly their own speed. Ending the tracer ends them all (SIGKILL included).
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
import time
from pathlib import Path
from typing import NoReturn

TRACE_ME, CONTINUE, TO_NEXT_STOP, SET_OPTIONS, SYSCALL_INFO = 0, 7, 24, 0x4200, 0x420E
# System call stops told apart, forks and threads followed, exec and the filter told, killed with the tracer.
OPTIONS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x80 | 0x100000
SECCOMP_STOP = 7
WALL = 0x40000000
SET_SECCOMP, NO_NEW_PRIVILEGES, FILTER_MODE = 22, 38, 2
SYNCS = {"x86_64": (0xC000003E, 74, 75), "aarch64": (0xC00000B7, 82, 83)}
"""The audit name of the machine, and its numbers of fsync and fdatasync."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]


def ptrace(request: int, pid: int, address: int | None = None, data: object = None) -> int:
    found: int = _libc.ptrace(request, pid, address, data)
    return found


def install_filter() -> None:
    """Stop at syncs, let everything else pass."""
    machine, *numbers = SYNCS[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    allow, trace = 0x7FFF0000, 0x7FF00000
    code = [
        (load, 0, 0, 4),
        (equal, 0, 4, machine),
        (load, 0, 0, 0),
        (equal, 1, 0, numbers[0]),
        (equal, 0, 1, numbers[1]),
        (answer, 0, 0, trace),
        (answer, 0, 0, allow),
    ]
    text = b"".join(struct.pack("HBBI", *instruction) for instruction in code)
    held = ctypes.create_string_buffer(text, len(text))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(held)))
    if _libc.prctl(NO_NEW_PRIVILEGES, 1, None, 0, 0) or _libc.prctl(SET_SECCOMP, FILTER_MODE, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def become(command: list[str]) -> NoReturn:
    try:
        if ptrace(TRACE_ME, 0):
            raise OSError(ctypes.get_errno(), "ptrace")
        os.kill(os.getpid(), signal.SIGSTOP)
        install_filter()
        os.execv(command[0], command)
    except OSError as error:
        os.write(2, f"tracer: {error}\n".encode())
    finally:
        os._exit(127)


class Tracer:
    def __init__(self, log: Path, hold_s: float, child: int) -> None:
        self._hold_s = hold_s
        self._log = log.open("ab", buffering=0)
        self._child = child
        self._known = {child}
        self._syncing: dict[int, tuple[float, int, int, int]] = {}
        self._info = ctypes.create_string_buffer(128)

    def run(self) -> int:
        """The program's exit status, as shells tell it."""
        os.waitpid(self._child, WALL)
        ptrace(SET_OPTIONS, self._child, None, OPTIONS)
        ptrace(CONTINUE, self._child)
        while True:
            pid, status = os.waitpid(-1, WALL)
            if os.WIFSTOPPED(status):
                self._stopped(pid, status)
            elif pid == self._child:
                return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)

    def _stopped(self, pid: int, status: int) -> None:
        sign, event = os.WSTOPSIG(status), status >> 16
        if event == SECCOMP_STOP:
            self._syncing[pid] = self._file(pid)
            time.sleep(self._hold_s)
            ptrace(TO_NEXT_STOP, pid)
        elif sign == signal.SIGTRAP | 0x80:
            found = self._syncing.pop(pid, None)
            # The same info at a system call's end: its result and whether that is an error.
            ptrace(SYSCALL_INFO, pid, len(self._info), self._info)
            if found is not None and not self._info.raw[32]:
                began_s, device, inode, length = found
                self._log.write(f"{began_s:.6f} {device} {inode} {length}\n".encode())
            ptrace(CONTINUE, pid)
        elif event or (sign == signal.SIGSTOP and pid not in self._known):
            self._known.add(pid)
            ptrace(CONTINUE, pid)
        else:
            ptrace(CONTINUE, pid, None, 0 if sign == signal.SIGTRAP else sign)

    def _file(self, pid: int) -> tuple[float, int, int, int]:
        began_s = time.monotonic()
        ptrace(SYSCALL_INFO, pid, len(self._info), self._info)
        number = struct.unpack_from("Q", self._info.raw, 32)[0]
        found = Path(f"/proc/{pid}/fd/{number}").stat()
        return began_s, found.st_dev, found.st_ino, found.st_size


def main() -> int:
    child = os.fork()
    if child == 0:
        become(sys.argv[3:])
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    return Tracer(Path(sys.argv[1]), float(sys.argv[2]), child).run()


if __name__ == "__main__":
    sys.exit(main())
