"""What every raw row of one studio needs to know: its names, its months and its clock."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass
class House:
    """One studio as its raw tables see it."""

    studio_id: str
    kind: str  # studio type
    currency: str
    timezone: str
    months: np.ndarray  # (months,) datetime64[M]
    capacity: int  # places in a class

    def instants(self, local):
        """DatetimeIndex in UTC of studio-local times."""
        return pd.DatetimeIndex(np.asarray(local, "datetime64[ns]")).tz_localize(self.timezone).tz_convert("UTC")

    def stamps(self, months):
        """YYYYMM of each month index."""
        return np.array([str(month).replace("-", "") for month in self.months], dtype=object)[months]

    def numbered(self, letter, months):
        """Ids numbered within each month, so that a longer history keeps the ids of a shorter one."""
        number = pd.Series(months).groupby(np.asarray(months)).cumcount() + 1
        return self.ids(letter, months, number)

    def ids(self, letter, months, numbers):
        """Ids of a month and a number in it each; letter : of the kind of thing."""
        return [f"{self.studio_id}-{s}-{letter}{n:05d}" for s, n in zip(self.stamps(months), numbers, strict=True)]

    def member_ids(self, numbers):
        """Ids of members by their numbers, from 0."""
        return np.array([f"{self.studio_id}-m{number + 1:05d}" for number in numbers], dtype=object)

    def customers(self, person, months):
        """Ids of people: members by their number, guests (below 0) by their month."""
        known = self.member_ids(range(int(person.max()) + 1))
        guest = np.flatnonzero(person < 0)
        ids = known[np.maximum(person, 0)]
        ids[guest] = self.ids("g", months[guest], -person[guest])
        return ids
