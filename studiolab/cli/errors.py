"""Errors as one sentence on stderr; what a user can mend and what is a fault of ours are told apart."""

import traceback
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.exceptions import TyperException


@contextmanager
def in_one_sentence():
    """Turn any error of the block into a sentence and `typer.Exit(2)`."""
    try:
        yield
    except (TyperException, typer.Abort, typer.Exit, BrokenPipeError):
        raise
    except Exception as error:
        typer.echo(f"studiolab: {_sentence(error)}", err=True)
        raise typer.Exit(2) from None


def _sentence(error):
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        from studiolab.revenue_simulator.questions import in_words

        return in_words(error.errors())
    ours = type(error).__module__.startswith("studiolab.")
    if ours or isinstance(error, (ValueError, OSError)):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name} line {last.lineno}"
    return f"this is a fault of studiolab itself, please report it: {type(error).__name__}: {error} ({where})"
