"""Why a week is not saved."""

MOST_SAID = 20  # sentences


class NotSaved(ValueError):
    """The week is refused, and the saved one is as it was."""


class Broken(NotSaved):
    """It breaks rules; report : what `check` says of it."""

    def __init__(self, report):
        said = [one.sentence for one in report.violations[:MOST_SAID]]
        more = len(report.violations) - len(said)
        super().__init__(f"the week was not saved: {' '.join(said)}" + (f" And {more} more." if more else ""))


class Overtaken(NotSaved):
    """Another week was saved since the one it was made from.

    saved_at : Timestamp of that save, None where it is gone again; timezone : the studio's
    """

    def __init__(self, saved_at, timezone):
        when = "" if saved_at is None else f" on {saved_at.tz_convert(timezone):%Y-%m-%d at %H:%M}"
        super().__init__(f"another week was saved meanwhile{when}; look at it, then save again")
