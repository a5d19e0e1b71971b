"""timetable: the week of a studio, found, looked at, checked and saved."""

import getpass
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The week's classes: who teaches what, when and where.")

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
Class = Annotated[str, typer.Option("--class", help="Class id, as `studiolab timetable show` lists them.")]
Note = Annotated[str | None, typer.Option(help="Why, in your words.")]
File = Annotated[Path, typer.Argument(help="JSON with the placements, as `solve --json` or `show --json` print it.")]


@app.command()
def solve(
    studio: Studio = None,
    seconds: Annotated[float, typer.Option(help="Of one core, at most.")] = 10.0,
    seed: int = 0,
    opening_time: Annotated[str | None, typer.Option(help="HH:MM; the studio's own hours by default.")] = None,
    closing_time: Annotated[str | None, typer.Option(help="HH:MM.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Classes at a time in one site.")] = None,
    beginners_in_peak: bool = True,
    place_all: Annotated[bool, typer.Option("--place-all", help="Every class has to be placed.")] = False,
    minimal_change: Annotated[bool, typer.Option("--minimal-change", help="Move only for another's place.")] = False,
    options: Annotated[str, typer.Option(help="JSON: what else the API takes.")] = "{}",
    save: Annotated[bool, typer.Option("--save", help="Save it, as `studiolab timetable save` does.")] = False,
    as_json: Json = False,
):
    """The best week found, and what no week can exceed; Ctrl-C ends with the best so far."""
    workbench, studio = _opened(studio)
    request = _read("options", options) | {"seconds": seconds, "seed": seed, "place_all": place_all,
                                           "minimal_change": minimal_change,
                                           "prefer_beginners_in_peak": beginners_in_peak}  # fmt: skip
    named = {"opening_time": opening_time, "closing_time": closing_time, "max_concurrent_classes": at_once}
    request |= {name: value for name, value in named.items() if value is not None}
    with _shown() as (progress, stop):
        answer = workbench.propose_timetable(studio, request, progress, stop)
    if stop():
        typer.echo("Stopped; this is the best so far.", err=True)
    if as_json:
        typer.echo(answer.model_dump_json())
    else:
        _proposed(answer)
    if save:
        _saved(workbench, studio, answer.model_dump(mode="json")["placements"], None, request)


@app.command()
def save(file: File, studio: Studio = None, note: Note = None, as_json: Json = False):
    """This week takes the place of the saved one; refused where it breaks a rule, and in the ledger."""
    workbench, studio = _opened(studio)
    told = _read(str(file), file.read_text())
    _saved(workbench, studio, told.get("placements"), note, told.get("options", {}), as_json)


@app.command()
def show(studio: Studio = None, as_json: Json = False):
    """The saved week, else the one that is held, with its points."""
    workbench, studio = _opened(studio)
    week = workbench.timetable_week(studio)
    if as_json:
        typer.echo(week.model_dump_json())
        return
    if not week.placements and not week.saved_at:
        typer.echo(f"{studio} has no classes yet; `studiolab import FILE` brings a class schedule.")
        return
    of_when = f"saved {week.saved_at:%Y-%m-%d %H:%M} UTC" if week.saved_at else "as the last four weeks were held"
    _table(f"{studio}, {of_when}", week)
    _told(week)


@app.command()
def check(
    studio: Studio = None,
    file: Annotated[Path | None, typer.Option(help="Another week than the saved one, JSON.")] = None,
    as_json: Json = False,
):
    """What in a week breaks a rule; status 1 where anything does."""
    workbench, studio = _opened(studio)
    week = workbench.timetable_week(studio, _placed(file))
    typer.echo(week.model_dump_json()) if as_json else _told(week)
    if week.broken:
        raise typer.Exit(1)


@app.command()
def conflicts(studio: Studio = None, opening_time: str | None = None, closing_time: str | None = None,
              as_json: Json = False):  # fmt: skip
    """What cannot be in the imported schedule, and in the saved week."""
    workbench, studio = _opened(studio)
    hours = {"opening_time": opening_time, "closing_time": closing_time}
    found = workbench.timetable_conflicts(studio, **{name: time for name, time in hours.items() if time})
    if as_json:
        typer.echo(found.model_dump_json())
        return
    typer.echo(f"{found.total} conflicts in the imported schedule of {studio}.")
    for one in [*found.conflicts, *found.saved_week]:
        typer.echo(f"  {one.sentence}")


@app.command()
def suggest(
    name: Annotated[str, typer.Option(help="What the class is called.")],
    studio: Studio = None,
    minutes: int = 60,
    capacity: int = 20,
    most: int = 5,
    given: Annotated[str, typer.Option("--class", help="JSON: what else the API takes of a class.")] = "{}",
    as_json: Json = False,
):
    """When a new class would fit best beside the week as it is, and why."""
    workbench, studio = _opened(studio)
    asked = {"name": name, "duration_minutes": minutes, "max_capacity": capacity, "most": most}
    found = workbench.suggest_times(studio, asked | _read("--class", given))
    if as_json:
        typer.echo(found.model_dump_json())
        return
    for one in found.suggestions:
        typer.echo(f"{one.score:+8.1f}  {one.sentence}")
    if found.why_not is not None:
        _why(found.why_not)


@app.command()
def why(
    studio: Studio = None,
    class_: Annotated[list[str] | None, typer.Option("--class", help="May be repeated; the first ten.")] = None,
    file: Annotated[Path | None, typer.Option(help="Another week than the saved one, JSON.")] = None,
    as_json: Json = False,
):
    """Why classes have no place in the week, and what would give them one."""
    workbench, studio = _opened(studio)
    found = workbench.explain_timetable(studio, class_, _placed(file))
    if as_json:
        typer.echo(f"[{','.join(one.model_dump_json() for one in found)}]")
        return
    for one in found:
        _why(one)
    if not found:
        typer.echo("Every class has its place.")


@app.command()
def pin(
    class_: Class,
    studio: Studio = None,
    weekday: Annotated[str | None, typer.Option(help="MO to SU, Monday to Sunday, or 0 (Monday) to 6.")] = None,
    start: Annotated[str | None, typer.Option(help="HH:MM.")] = None,
    room: Annotated[str | None, typer.Option(help="Room id.")] = None,
    instructor: Annotated[str | None, typer.Option(help="Instructor id.")] = None,
):
    """Settle what is named of a class's place; with nothing named, its place in the saved week."""
    from studiolab import studio_calendar

    workbench, studio = _opened(studio)
    day = None if weekday is None else studio_calendar.weekday(weekday)
    pinned = workbench.pin_class(studio, class_, getpass.getuser(), day, start, room, instructor)
    typer.echo(f"Pinned: {_place(pinned)}")


@app.command()
def unpin(class_: Class, studio: Studio = None):
    """Let a class go anywhere again."""
    workbench, studio = _opened(studio)
    workbench.unpin_class(studio, class_, getpass.getuser())
    typer.echo(f"{class_} may go anywhere again.")


@app.command()
def export(to: Annotated[Path, typer.Option(help="Calendar file to write, such as week.ics.")], studio: Studio = None):
    """The saved week as a calendar file, which a calendar that reads it again updates."""
    workbench, studio = _opened(studio)
    content = workbench.export_calendar(studio)
    with to.open("xb") as file:
        file.write(content)
    typer.echo(to)


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="Calendar file, .ics.")], studio: Studio = None,
            as_json: Json = False):  # fmt: skip
    """Bring the classes of a calendar file into the schedule: four weeks back, eight ahead."""
    workbench, studio = _opened(studio)
    done = workbench.import_calendar(studio, file)
    if as_json:
        typer.echo(done.model_dump_json())
        return
    typer.echo(f"{done.classes} classes: {done.new} new, {done.changed} changed, {done.known} known already.")
    for sentence in [*done.rejected, *done.notes]:
        typer.echo(f"  {sentence}")


def _opened(studio):
    from studiolab.app import Workbench

    workbench = Workbench()
    return workbench, workbench.the_studio(studio)


def _placed(file):
    """List of Placement of a file, None without one."""
    if file is None:
        return None
    from studiolab.studio_operations.timetable.questions import WeekGiven

    return WeekGiven.model_validate({"placements": _read(str(file), file.read_text()).get("placements")}).placed()


def _read(name, text):
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no JSON object; write what `studiolab timetable solve --json` prints")
    return found


@contextmanager
def _shown():
    """(progress, stop) of a solve: a bar with score and bound on the terminal; Ctrl-C makes `stop` true."""
    import signal
    import threading

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    stopped = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stopped.set())
    screen = Console(stderr=True)
    bar = Progress(
        TextColumn("score {task.fields[score]:,.0f} of {task.fields[bound]:,.0f}"), BarColumn(),
        TextColumn("{task.percentage:.0f}%"), console=screen, transient=True, disable=not screen.is_terminal,
    )  # fmt: skip
    task = bar.add_task("", total=1.0, score=0.0, bound=0.0)

    def progress(score, bound, share):
        bar.update(task, completed=share, score=score, bound=bound)

    try:
        with bar:
            yield progress, stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _saved(workbench, studio, placements, note, options, as_json=False):
    from studiolab.studio_operations.timetable.questions import Options, WeekGiven

    options = {name: value for name, value in options.items() if name in Options.model_fields}
    week = WeekGiven.model_validate({"placements": placements, "note": note, "options": options})
    kept = workbench.save_timetable(studio, week.placed(), getpass.getuser(), note, **week.options.given())
    said = f"Saved {kept.classes} classes; entry {kept.entry_id} of the ledger."
    typer.echo(kept.model_dump_json() if as_json else said, err=not as_json)


def _proposed(answer):
    _table(f"{answer.studio_id}, {answer.status}", answer)
    typer.echo(f"  {answer.score:,.1f} points, {answer.gap:.2%} below the bound; "
               f"{answer.now.score:,.1f} as it is now. {answer.places:,.0f} places a week expected, "
               f"{answer.now.places:,.0f} as it is now.")  # fmt: skip
    if answer.unplaced:
        typer.echo(f"  Without a place: {', '.join(answer.unplaced)}")


def _table(title, week):
    from studiolab import schema
    from studiolab.cli import show as screen

    rows = sorted(week.placements, key=lambda one: (schema.WEEKDAYS.index(one.weekday), one.start, one.room_id))
    columns = ["Day", "Time", "Class", "Room", "Instructor", "Class id"]
    screen.table(title, columns, [(one.weekday, f"{one.start}–{one.end}", one.class_name, one.room_name,
                                   one.instructor_name, one.class_id) for one in rows])  # fmt: skip


def _told(week):
    typer.echo(f"  {len(week.placements)} classes, {week.score:,.1f} points, {week.places:,.0f} places expected.")
    for one in week.broken:
        typer.echo(f"  {one.sentence}")
    if not week.broken:
        typer.echo("  Every rule holds.")
    if week.unplaced:
        typer.echo(f"  Without a place: {', '.join(week.unplaced)}")


def _why(one):
    typer.echo(one.sentence)
    for change in one.changes:
        typer.echo(f"  {change.sentence} ({change.gain:+,.0f} points)")


def _place(pin):
    from studiolab.studio_calendar import clock

    parts = (pin.weekday, None if pin.start is None else clock(pin.start), pin.room_id, pin.instructor_id)
    return ", ".join([pin.class_id, *(part for part in parts if part is not None)])
