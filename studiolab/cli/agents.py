"""inbox agents: drafts, scores and notes from conversations; which model serves whom; what agents may cite."""

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from studiolab.cli.inbox import app as inbox

app = typer.Typer(no_args_is_help=True, help="Agents: drafts, scores and notes that a person reads; nothing is sent.")
inbox.add_typer(app, name="agents")

Studio = Annotated[str | None, typer.Option(help="Studio id, as `studiolab studios` lists them; the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]
One = Annotated[str, typer.Argument(help="Id of a conversation or contact.", metavar="ID")]
Agent = Annotated[str, typer.Argument(help="smart_reply, lead_scoring, conversation_analysis or scheduling.")]
Provider = Annotated[str | None, typer.Option(help="openai, anthropic, gemini or ollama.")]
Model = Annotated[str | None, typer.Option(help="fast, strong, local, or a model's own id.")]


@app.command("list")
def list_(studio: Studio = None, as_json: Json = False):
    """The agents, and which model each would ask now."""
    found = _answered("llm_agents", studio, as_json)
    from studiolab.cli import show

    show.table(None, ["Agent", "What it does", "Now"], [(one.name, one.purpose, one.says) for one in found])


@app.command()
def configure(
    agent: Agent,
    studio: Studio = None,
    provider: Provider = None,
    model: Model = None,
    temperature: Annotated[float | None, typer.Option(help="0 to 2.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Of one answer.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Take all settings of this agent back first.")] = False,
):
    """Set an agent's model; it counts from its next answer on."""
    workbench = _workbench()
    given = {"provider": provider, "model": model, "temperature": temperature, "max_tokens": max_tokens}
    given = {name: value for name, value in given.items() if reset or value is not None}
    told = workbench.configure_agent(workbench.the_studio(studio), agent, given, getpass.getuser())
    typer.echo(f"{told.name} {told.says}.")


@app.command("test")
def try_provider(provider: Provider = None, model: Model = None, as_json: Json = False):
    """Whether a provider has a model and answers with it."""
    found = _workbench().test_provider(provider, model)
    typer.echo(found.model_dump_json() if as_json else found.says)
    if not found.is_ok:
        raise typer.Exit(1)


@app.command()
def draft(
    conversation: One,
    studio: Studio = None,
    note: Annotated[str, typer.Option(help="What you know besides; the draft may say it.")] = "",
    as_json: Json = False,
):
    """Draft a reply to a conversation, with what it stands on; nothing is sent."""
    found = _answered("smart_reply", studio, as_json, conversation, note)
    _line(found.text)
    _line("")
    for one in found.sources:
        _line(f"from {one.piece_id}: {one.title}")
    _line(f"to ask or do: {found.ask_colleague}" if found.ask_colleague else "")
    _line(found.banner)


@app.command()
def score(contact: One, studio: Studio = None, as_json: Json = False):
    """A lead's score, point by point, with the words that it comes from."""
    found = _answered("lead_score", studio, as_json, contact)
    from studiolab.cli import show

    rows = [(one.words, f"{one.points}", f"{one.of or ''}") for one in found.parts]
    show.table(f"{found.score} of 100", ["", ">Points", ">Of"], rows)
    _line(found.chance.says if found.chance else "")
    _line(f"Points: {found.points_says}.")
    for one in found.features:
        _line(f"{one.name} {one.value}: “{one.quote}”")
    _line(f"worth asking: {', '.join(found.unknown)}" if found.unknown else "")
    _line(found.banner)


@app.command()
def analyze(conversation: One, studio: Studio = None, as_json: Json = False):
    """Interests, insights, action items and mood of a conversation."""
    found = _answered("analyse", studio, as_json, conversation)
    for title, points in (("Interests", found.interests), ("Insights", found.insights), ("To do", found.action_items)):
        for one in points:
            _line(f"{title}: {one.text} (“{one.quote[:80]}”)")
    _line(f"Mood: {found.sentiment}")
    _line(found.banner)


@app.command()
def ask(words: Annotated[str, typer.Argument(help="A question about the timetable.")], studio: Studio = None):
    """Ask the timetable in words, e.g. "Tuesday evenings, salsa for beginners"; nothing is saved."""
    found = _answered("ask_scheduling", studio, False, words)
    _line(found.text)
    _line(found.banner)


@app.command()
def invoke(agent: Agent, request: Annotated[str, typer.Argument(help="JSON of its request.")], studio: Studio = None):
    """Any agent, with the JSON that the API takes; prints JSON."""
    try:
        given = json.loads(request)
    except json.JSONDecodeError as error:
        raise ValueError(f"the request is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValueError(f'the request: expected a JSON object, e.g. {{"conversation_id": "c-…"}}, got {request[:60]}')
    workbench = _workbench()
    typer.echo(workbench.invoke_agent(workbench.the_studio(studio), agent, given).model_dump_json())


@app.command()
def knowledge(
    files: Annotated[list[Path] | None, typer.Argument(help="Markdown, text or CSV files to keep.")] = None,
    studio: Studio = None,
    forget: Annotated[str | None, typer.Option(help="Name of a document to forget.")] = None,
):
    """What agents may cite: keep files, forget one, and list what there is."""
    workbench = _workbench()
    studio = workbench.the_studio(studio)
    if files:
        workbench.import_knowledge(studio, files, getpass.getuser())
    if forget is not None:
        workbench.forget_knowledge(studio, forget, getpass.getuser())
    found = workbench.knowledge(studio)
    from studiolab.cli import show

    rows = [(one.name, f"{one.pieces:,}", f"{one.changed_at:%Y-%m-%d}") for one in found.documents]
    rows += [(f"the studio's {name}", f"{pieces:,}", "now") for name, pieces in found.live.items()]
    show.table(None, ["Source", ">Pieces", "As of"], rows)


def _answered(ask, studio, as_json, *given):
    """What the workbench answers to `ask`; as JSON it is printed, and nothing else is."""
    workbench = _workbench()
    found = getattr(workbench, ask)(workbench.the_studio(studio), *given)
    if as_json:
        rows = found if isinstance(found, list) else [found]
        told = ",".join(one.model_dump_json() for one in rows)
        typer.echo(f"[{told}]" if rows is found else told)
        raise typer.Exit
    return found


def _line(text):
    """A line of text that others wrote; nothing in it is markup or a sign to the terminal."""
    if text:
        typer.echo("".join(c for c in text if c.isprintable() or c == "\n"))


def _workbench():
    from studiolab.app import Workbench

    return Workbench()
