"""HTML mail as the text that its reader sees: nothing hidden, nothing that runs."""

import re
from html.parser import HTMLParser

MOST = 300_000  # characters of HTML looked at
NEVER = {"script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "select", "textarea",
         "iframe", "audio", "video", "canvas"}  # fmt: skip
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LINES = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article", "header",
         "footer", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "address", "center"}  # fmt: skip
ENDED_BY_THE_NEXT = {"p", "li", "tr", "td", "th", "dt", "dd"}
HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|opacity:0(?![.\d]*[1-9])|(?:font-size|max-height|max-width):0(?!\.?[1-9])"
)
QUOTED = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|divrplyfwdmsg|appendonsend|mail-editor-ref"
)
MARKUP = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)", re.DOTALL)
NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]{0,4000}>)")  # the parser needs the square of their number for those


def text_of(html, with_quotes=False):
    """The visible text of HTML, a line for each block; a link's address follows its words.

    with_quotes : also what the mail programs marked as the message that is answered
    """
    reader = _Reader(with_quotes)
    reader.feed(NO_TAG.sub("&lt;", MARKUP.sub("", html[:MOST])))
    reader.close()
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self, with_quotes):
        super().__init__(convert_charrefs=True)
        self.found, self._with_quotes = [], with_quotes
        self._left_out = None  # the element whose content is being left out
        self._depth, self._links = 0, []

    def handle_starttag(self, tag, attrs):
        if self._left_out:
            if tag == self._left_out and tag not in ENDED_BY_THE_NEXT:
                self._depth += 1
                return
            if tag != self._left_out:
                return
            self._left_out = None
        given = {name: value or "" for name, value in attrs}
        if tag not in EMPTY and self._is_left_out(tag, given):
            self._left_out, self._depth = tag, 1
            return
        if tag in LINES:
            self.found.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.found.append(" ")
        elif tag == "img" and given.get("alt") and not _is_hidden(given):
            self.found.append(given["alt"])
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self.found)))

    def handle_endtag(self, tag):
        if self._left_out:
            if tag == self._left_out:
                self._depth -= 1
                self._left_out = self._left_out if self._depth else None
        elif tag == "a" and self._links:
            self._link(*self._links.pop())
        elif tag in LINES:
            self.found.append("\n")

    def handle_data(self, data):
        if not self._left_out:
            self.found.append(re.sub(r"\s+", " ", data))

    def _is_left_out(self, tag, given):
        if tag in NEVER or _is_hidden(given):
            return True
        marks = f"{given.get('class', '')} {given.get('id', '')}".lower()
        is_quoted = QUOTED.search(marks) or (tag == "blockquote" and given.get("type", "").lower() == "cite")
        return bool(is_quoted) and not self._with_quotes

    def _link(self, address, since):
        words = "".join(self.found[since:]).strip()
        is_web = address.lower().startswith(("http://", "https://"))
        if is_web and words and len(address) <= 200 and words.rstrip("/") not in address:
            self.found.append(f" ({address})")


def _is_hidden(given):
    return "hidden" in given or bool(HIDDEN.search(re.sub(r"\s", "", given.get("style", "").lower())))
