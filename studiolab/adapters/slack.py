"""A message to a Slack channel by its incoming webhook (B-79)."""

import httpx

from studiolab.adapters.errors import StudiolabError

SECONDS = 10
LONGEST = 3000  # characters of a section


def escaped(text):
    """`text` as Slack shows it, without its markup: nobody's name mentions a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def send(url, title, lines):
    """Post a title and lines of plain text. Raises StudiolabError, which does not tell the address."""
    title, body = escaped(title), "\n".join(map(escaped, lines))
    section = {"type": "section", "text": {"type": "mrkdwn", "text": body[:LONGEST] or "–"}}
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": title[:150]}}, section]
    try:
        answer = httpx.post(url, json={"text": title, "blocks": blocks}, timeout=SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StudiolabError(f"Slack cannot be reached ({type(error).__name__}); check SLACK_WEBHOOK_URL.") from None
    if answer.status_code != 200:
        said = answer.text.strip().splitlines()[:1]
        raise StudiolabError(f"Slack did not take the message ({answer.status_code} {' '.join(said)[:100]}); "
                             "make a new webhook and set SLACK_WEBHOOK_URL.")  # fmt: skip
