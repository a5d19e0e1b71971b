"""Pieces of HTML that dashboards and reports share. All text given is escaped, unless it is Markup."""

from pathlib import Path

from markupsafe import Markup, escape

STYLE = f"<style>{(Path(__file__).parent / 'style.css').read_text()}</style>"


def cards(*items):
    """A row of cards. items : (label, figure, note) or (label, figure, note, "up" | "down")."""
    return f'<div class="cards">{"".join(_card(*item) for item in items)}</div>'


def _card(label, figure, note="", tone=""):
    return (
        f'<div class="card"><div class="label">{escape(label)}</div>'
        f'<div class="figure {tone}">{escape(figure)}</div><div class="note">{escape(note)}</div></div>'
    )


def say(text, tone=""):
    """A sentence in a box; tone : "" for news, "warn" for care, "stop" for what cannot be done."""
    return f'<div class="say {tone}" role="status">{escape(text)}</div>'


def table(headings, rows, changed=(), texts=1):
    """headings : list of str; rows : lists of str; changed : set of (row, column) to print in bold;
    texts : how many of the first columns are words, not numbers."""

    def cell(kind, text, row, column):
        names = " ".join(["text"] * (column < texts) + ["changed"] * ((row, column) in changed))
        return f'<{kind} class="{names}">{escape(text)}</{kind}>'

    head = "".join(cell("th", heading, None, column) for column, heading in enumerate(headings))
    lines = ("".join(cell("td", text, r, c) for c, text in enumerate(row)) for r, row in enumerate(rows))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def bullets(sentences):
    """HTML of sentences as a list, escaped."""
    return f'<ul class="list">{"".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)}</ul>'


def sparkline(values, width=96, height=22, joined=False):
    """Small picture of values, the last one a dot; joined : the line leads to it. Fewer than two are no picture."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    across, up = (width - 6) / max(len(values) - 1, 1), (height - 6) / ((high - low) or 1)
    points = [(3 + i * across, height - 3 - (value - low) * up) for i, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (points if joined else points[:-1]))
    return Markup(
        '<svg class="sparkline" width="{}" height="{}" aria-hidden="true">'
        '<polyline points="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="2.5"/></svg>'
    ).format(width, height, line, *points[-1])


NO_STUDIOS = (
    "<h2>No studios yet</h2><p>In a terminal, bring your own files:</p><p><code>studiolab import FILE…</code></p>"
    "<p>Or start the site anew, and it makes a sample chain to look around:</p><p><code>studiolab up</code></p>"
)
_BLANK = '<div class="skeleton"></div>'
SKELETON = f'<div class="cards">{_BLANK * 3}</div>'
LEARNING = "Learning from your data. The first time takes some seconds."
