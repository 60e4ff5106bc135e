"""Mistakes that the person at the keyboard can mend."""


class UserError(Exception):
    """Say in one sentence what is wrong, and in another what mends it.

    The command line prints both and exits with 1 (refused) or 2 (bad input); nothing else
    catches it.
    """

    def __init__(self, message: str, hint: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code
