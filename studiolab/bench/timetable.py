"""The scorecard of the timetable: engines, published problems, conflicts and demand, each with its goal."""

from studiolab.bench import clashes, demand, gyms, itc2007, proposed, score, weeks

PARTS = ("random", "proven", "middle", "large", "itc", "conflicts", "gyms", "demand", "proposed")


def scorecard(parts=PARTS, data=None, say=lambda text: None):
    """Tables by part.

    parts : names of PARTS; data : folder that holds `itc2007_cbctt` and `swiss_gym_occupancy`; without it those parts
    say "skipped: no data"; say : function that is told what is being done
    Returns dict of part to DataFrame of score.COLUMNS. Raises ValueError for a part that is not known.
    """
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"part: got {part!r}; expected {', '.join(PARTS)}")
    return {part: _measured(part, data, say) for part in parts}


def _measured(part, data, say):
    if part == "itc":
        return itc2007.table(data / "itc2007_cbctt" if data else "")
    if part == "gyms":
        return gyms.table(data / "swiss_gym_occupancy" / "occupancy_to_2026-05.parquet" if data else None)
    if part == "demand":
        return demand.table()
    if part == "proposed":
        return proposed.table()
    if part == "conflicts":
        return score.table(clashes.clashes(say=say))
    weeks.warm_up()
    if part == "random":
        return score.table(weeks.random_studios(say=say))
    if part == "proven":
        return score.table(weeks.proven(say=say))
    if part == "large":
        return score.table(weeks.alone(weeks.LARGE, 30.0, 1.0, (930, 931), 300, say))
    short, long = (weeks.gaps(weeks.MIDDLE, *asked, range(920, 925), say) for asked in ((2.0, 1.0), (30.0, 0.5)))
    return score.table(short + long)
