"""The errors that are shown to the user as a sentence."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line: it names the file or option, the value, what was expected and what to do.
    The command line prints it and exits with 2, the window shows it; neither shows a traceback.
    """


class Diverged(InputError):
    """A reconstruction met a number that is not finite, and stopped."""


class WriteError(InputError):
    """A file could not be written; an existing file is unchanged.

    Attributes
    ----------
    full : bool
        Whether there was no room: another name in the same folder would not help.
    """

    def __init__(self, message: str, full: bool = False):
        super().__init__(message)
        self.full = full


class LayoutNeeded(InputError):
    """A scan file of which the user must say what is where; the message names what is not known."""
