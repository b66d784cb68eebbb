"""What a process and its children have used, from /proc. Part of `bench.voice`."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Used:
    """Processor time so far (seconds) and resident memory (bytes)."""

    seconds: float
    memory: int


def used(pid: int) -> Used:
    """Of one process."""
    # Behind the name, which may hold anything in brackets: user and system time are the 14th and 15th field.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    ticks = int(fields[11]) + int(fields[12])
    return Used(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def children(pid: int) -> list[int]:
    """Process ids of its children and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children(child)]
    return found
