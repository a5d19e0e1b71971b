// Parts of the contact card that stay folded until somebody needs them, and what asks for a decision.
const MOODS = { positive: "Content", neutral: "Neither content nor annoyed", negative: "Annoyed" };
const SAYS = { true: "yes", false: "no", null: "not asked" };

// What somebody should decide: words that may ask for peace, and a move that the studio's own books speak for.
function decisions(told, may, ask) {
  const parts = [];
  if (told.consent_hint && !told.consent.some((one) => one.allowed === false)) {
    parts.push(make("p", "ib-note", `They may want to be left alone: “${told.consent_hint}”.`));
    if (may) parts.push(button("Send no more offers", () => ask("consent", { channel: "all", allowed: false, why: `wrote “${told.consent_hint}”` })));
  }
  for (const one of told.suggested) {
    parts.push(make("p", "ib-note", `${told.name} ${one.reason}.`));
    if (may) parts.push(button(`Move to: ${WORDS[one.to]}`, () => ask("move", { to: one.to, reason: one.reason })));
  }
  return parts;
}

const consented = (told) => told.map((one) =>
  `${one.channel === "all" ? "all channels" : CHANNELS[one.channel] || one.channel}: ${SAYS[one.allowed]}`).join(", ");

function consentForm(told, may, ask) {
  const kept = told.consent.map((one) => make("p", "ib-quiet",
    `${CHANNELS[one.channel] || "All channels"}: ${one.says}`));
  if (!may) return folded("What they agreed to", ...kept);
  const pick = (options, label) => {
    const made = choice(options, options[0][0], label, () => {});
    made.classList.add("ib-kept");
    made.dataset.was = options[0][0];
    return made;
  };
  const fields = { channel: pick([["all", "All channels"], ...Object.entries(CHANNELS)], "Channel of their consent"),
    allowed: pick([["no", "No offers"], ["yes", "Offers are welcome"]], "What they said"), why: Object.assign(input("Where they said so"), { placeholder: "Where, e.g. at the desk" }) };
  return folded("What they agreed to", ...kept, form(fields, "Note it", ({ channel, allowed, why }, made) => {
    ask("consent", { channel, allowed: allowed === "yes", why });
    made.reset();
  }, ["why"]));
}

function personFields(told = {}) {
  const fields = { name: input("Name"), email: input("E-mail address", "email"), phone: input("Phone, with its country", "tel") };
  for (const [name, field] of Object.entries(fields)) field.value = field.dataset.was = told[name] || "";
  return fields;
}

function personForm(told, ask) {
  const fields = personFields(told);
  return folded("Change name, e-mail or phone", form(fields, "Save", (given) => {
    const changes = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== fields[name].dataset.was));
    if (Object.keys(changes).length) ask("change", { changes });
  }));
}

function newPerson(ask) {
  const fields = personFields(), kept = folded("New contact", form(fields, "Add", (given, made) => {
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
    if (!Object.keys(known).length) return fields.name.focus();
    ask("new", { given: known });
    made.reset();
    kept.open = false;
  }));
  return kept;
}

// What the conversation holds, once somebody asked for it.
function insight(found, reading, ask) {
  const made = folded("What this conversation holds"), told = found || {};
  const press = button(reading ? "Reading …" : found ? "Read it again" : "Read it", () => ask("analyse"));
  press.disabled = reading;
  if (found) {
    if (told.banner) made.append(make("p", "ib-quiet", told.banner));
    made.append(make("p", "ib-quiet", `Mood: ${MOODS[told.sentiment] || told.sentiment}`));
    for (const [title, points] of [["Interested in", told.interests], ["Worth knowing", told.insights], ["To do", told.action_items]]) {
      if (!points.length) continue;
      const list = make("ul", "ib-points");
      for (const one of points) {
        const line = make("li", "", one.text);
        if (one.quote && one.quote !== one.text) line.append(make("small", "ib-quiet", `“${one.quote}”`));
        list.append(line);
      }
      made.append(make("h3", "", title), list);
    }
    if (!told.interests.length && !told.insights.length && !told.action_items.length) made.append(make("p", "ib-quiet", "Nothing that stands out."));
  }
  made.append(press);
  return made;
}
