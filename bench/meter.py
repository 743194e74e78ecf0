"""Processor time and memory of process trees, from /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


def stat(pid: int) -> tuple[int, float] | None:
    """Parent and processor milliseconds of a process, its reaped children included; None if it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(map(int, fields[11:15])) * TICK


def tree(root: int) -> list[int]:
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (row := stat(int(entry.name))):
            children[row[0]].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def cpu_ms(root: int) -> float:
    """Milliseconds that the tree below `root` has computed so far."""
    return sum(row[1] for pid in tree(root) if (row := stat(pid)))


def largest_mib(root: int) -> float:
    """Resident memory of the largest process below `root`, shared pages included."""
    sizes = []
    for pid in tree(root):
        try:
            sizes.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MIB)
        except OSError:
            continue
    return max(sizes)
