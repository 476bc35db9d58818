"""What the developer reads: progress lines, and failures that say what to do next."""

import sys
import time

_STARTED = time.monotonic()


class DevError(Exception):
    """A failure the developer can act on: what happened, and the next step."""

    def __init__(self, what: str, next_step: str, code: int = 1):
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.code = code


def say(text: str) -> None:
    """One progress line, on stderr so that a command's own output stays clean."""
    seconds = int(time.monotonic() - _STARTED)
    print(f"[{seconds // 60}:{seconds % 60:02d}] {text}", file=sys.stderr, flush=True)


def show_error(error: DevError) -> int:
    """Print the failure and its next step; return the exit code."""
    print(f"\ndev: {error.what}\nNext: {error.next_step}", file=sys.stderr, flush=True)
    return error.code
