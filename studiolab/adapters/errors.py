"""The one error for what lies outside the program: a disk, a file, a server."""


class StudiolabError(Exception):
    """The outside world stands in the way; the message says what came and what to do next."""
