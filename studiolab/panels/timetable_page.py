"""What the timetable shows beside the grid, as HTML: cards, what is wrong, one class, the two scores, what moved."""

from markupsafe import Markup, escape

from studiolab.panels import cards, words
from studiolab.panels.timetable_week import colours
from studiolab.panels.timetable_words import BY_DEMAND, DOCUMENTS, RULES, called, changed, gap, place, plain, points
from studiolab.studio_operations.timetable.check import TERMS

CROWDED = (
    "Most classes move. Each was expected to fill as if the others stayed, so fewer will come than is promised here: "
    "a week that changes less keeps more of its promise."
)
SUMS = "By the rules", "With demand"
WAYS = 3  # changes told that would place a class
MOST = 12  # sentences of a list before it says how many more there are


def summary(state, currency):
    """The four cards; currency : ISO code, None where the visitor may not see money."""
    report, count, bound = state.report, len(state.asked.classes), state.bound
    out, broken = len(state.unplaced), len(report.violations)
    demand = state.asked.demand is not None
    money = f"{words.money(report.money, currency)} a week" if currency else "expected in a week"
    limit = gap(report.score, *(bound or (None, False)), demand) if report.ok else "counts once no rule is broken"
    return cards.cards(
        ("Classes placed", f"{count - out} of {count}", "all of them" if not out else f"{out} without a place"),
        ("Score", points(report.score), limit),
        ("Expected places", points(report.places) if demand else "–", money if demand else "no visits to learn from"),
        ("Conflicts", str(broken), "every rule holds" if not broken else "red in the week",
         "up" if not broken else "down"),
    )  # fmt: skip


def notices(state):
    """What was refused and what was done."""
    said = [(state.problem, "stop"), (state.done, "")]
    return "".join(cards.say(text, tone) for text, tone in said if text)


def broken(state):
    """Every broken rule, a sentence each; empty where none is."""
    told = [plain(state.asked, violation.sentence) for violation in state.report.violations]
    return f'<div class="say stop" role="status"><b>This breaks</b>{_some(told)}</div>' if told else ""


def searching(score, bound, share):
    """How far the search is, with a bar; a first word while the problem is prepared."""
    if not share and not bound:
        return cards.say("Preparing the search. The first one after an installation takes some seconds more.")
    far = f"{points(score)} points so far, at most {points(bound)} in reach."
    bar = Markup('<span class="tt-bar"><span style="width:{:.0f}%"></span></span>').format(100 * share)
    return f'<div class="say" role="status">Searching. {escape(far)}{bar}</div>'


def legend(question):
    """The colour of each style, and the marks."""
    keys = "".join(f'<span class="tt-key"><i style="--hue:{colour}"></i>{escape(style)}</span>'
                   for style, colour in colours(question).items())  # fmt: skip
    marks = [("tt-icon is-pinned", "pinned"), ("tt-icon is-moved", "moved"), ("tt-is-red", "breaks a rule"),
             ("tt-is-shut", "closed")]  # fmt: skip
    keys += "".join(f'<span class="tt-key"><i class="{name}"></i>{text}</span>' for name, text in marks)
    if question.demand is not None:
        keys += '<span class="tt-key">10/15: ten of fifteen places expected</span>'
    return f'<div class="tt-legend">{keys}</div>'


def one_class(state, class_id):
    """Where a class is, what is wrong with it, and its points."""
    one = next(one for one in state.asked.classes if one.class_id == class_id)
    placement = state.placement(class_id)
    level = f", {one.level}" if one.level else ""
    html = f"<h2>{escape(one.name)}</h2>"
    html += f'<p class="quiet">{one.minutes} minutes{escape(level)}, up to {one.max_capacity} people</p>'
    if placement is None:
        return html + cards.say("It has no place in this week. Choose one here, or press “Propose”.", "warn")
    html += f"<p>{escape(place(state.asked, placement))}</p>"
    row = state.report.points.set_index("class_id").loc[class_id]
    told = [f"{RULES[term]} {points(row[term])}" for term in TERMS if row[term]]
    return html + f'<p class="quiet">{points(row.sum())} points: {escape(", ".join(told))}.</p>'


def difference(before, now):
    """What the last deed did to the score and the conflicts; before, now : Report."""
    change, broke = now.score - before.score, len(now.violations) - len(before.violations)
    parts = [f"Score {points(before.score)} → {points(now.score)} ({points(change, signed=True)})"]
    if broke:
        parts.append(f"{abs(broke)} conflict{'s' * (abs(broke) > 1)} {'more' if broke > 0 else 'fewer'}")
    return cards.say("; ".join(parts) + ".", "stop" if broke > 0 else "")


def missing(state):
    """Each class without a place, and why where that is known."""
    names = called(state.asked)
    told = {class_id: plain(state.asked, found.sentence) for class_id, found in state.reasons.items()}
    rows = [f"<li><b>{escape(names[c])}</b><br>{escape(told.get(c, ''))}</li>" for c in state.unplaced]
    return f'<ul class="list">{"".join(rows)}</ul>' if rows else "<p>Every class has a place.</p>"


def explained(question, found):
    """Why a class has no place, and what the studio could change to give it one; found : Explanation."""
    html = cards.say(plain(question, found.sentence), "warn")
    if not found.changes:
        return html
    asks = [way(question, change) for change in found.changes[:WAYS] if change.edits]
    return f"{html}<p><b>What would place it</b></p>{cards.bullets(asks) if asks else ''}"


def way(question, change):
    """A Change that would place a class, with what it brings."""
    return f"{plain(question, change.sentence)} {points(change.gain, signed=True)} points."


def two_scores(before, now, currency):
    """Points by rule, the week in force beside the one shown: rules, then demand; before : Report or None."""
    rows = [_row(RULES[term], term, before, now) for term in DOCUMENTS]
    rows.append(_sum(SUMS[0], DOCUMENTS, before, now))
    rows += [_row(RULES[term], term, before, now) for term in BY_DEMAND]
    rows.append(_sum(SUMS[1], TERMS, before, now))
    rows.append(["Expected attended places", *_three(before and before.places, now.places)])
    if currency:
        was = None if before is None else before.money
        rows.append(["Expected revenue a week", "–" if was is None else words.money(was, currency),
                     words.money(now.money, currency),
                     "–" if was is None else words.money(now.money - was, currency, signed=True)])  # fmt: skip
    bold = {
        (k, column) for k, row in enumerate(rows) for column in range(4) if row[0] in ("By the rules", "With demand")
    }
    return cards.table(["Points", "In force", "Shown", "Difference"], rows, bold)


def moved(state):
    """What changed against the week in force, a sentence each."""
    if not state.asked.last:
        return "<p>No week is in force yet.</p>"
    told = changed(state.asked, state.asked.last, state.placements)
    if not told:
        return "<p>Nothing: it is the week in force.</p>"
    much = cards.say(CROWDED, "warn") if len(told) > len(state.asked.last) / 2 else ""
    return much + _some(told)


def _row(name, term, before, now):
    return _sum(name, (term,), before, now)


def _sum(name, terms, before, now):
    value, was = (report and float(report.points[list(terms)].to_numpy().sum()) for report in (now, before))
    return [name, *_three(was, value)]


def _three(was, now):
    if was is None:
        return ["–", points(now), "–"]
    return [points(was), points(now), points(now - was, signed=True)]


def _some(sentences):
    more = [f"and {len(sentences) - MOST} more."] if len(sentences) > MOST else []
    return cards.bullets([*sentences[:MOST], *more])
