"""`python -m studiolab` is the command `studiolab`."""

from studiolab.cli import app

app()
