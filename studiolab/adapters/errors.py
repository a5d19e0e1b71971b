"""The errors for what lies outside the program: a disk, a file, a server."""


class StudiolabError(Exception):
    """The outside world stands in the way; the message says what came and what to do next."""


class LlmUnavailable(StudiolabError, ConnectionError):
    """No value came from the language model; the message is a clause that says why, without any key.

    A ConnectionError too, so that the systems, which know no adapter, can fall back on what they know.
    """
