"""`python -m chitec.local.follow PARENT COMMAND...` becomes COMMAND and gets SIGTERM when the process PARENT dies.

So that no web server keeps the port when the process that watches over it is killed. Linux only; elsewhere it just
becomes the command.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM at the parent's death; it lasts over an exec, but not into children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    """Go on as the command, unless the parent has died meanwhile."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    end_with_parent()
    if os.getppid() == parent:
        os.execv(command[0], command)


if __name__ == "__main__":
    main()
