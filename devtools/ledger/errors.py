class LedgerError(Exception):
    """The file cannot be loaded at all: what is wrong, and what to do about it."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem}\nNext: {remedy}")
