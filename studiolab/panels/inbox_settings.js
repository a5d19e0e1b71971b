// Settings of the inbox; see inbox_desk.Settings. What is typed goes to the kernel as messages, which nobody keeps: a
// secret is in no state of the page, and never comes back.
const ACCOUNTS = { whatsapp: "Phone number ID", instagram: "Account ID", email: "E-mail address", sms: "Phone number" };
const NEEDS = { token: "Access token", waba_id: "WhatsApp business account ID", account_sid: "Account SID", auth_token: "Auth token",
  password: "Password", user: "Name to sign in with", imap_host: "Server to read from", imap_port: "Its port",
  imap_security: "Its encryption", smtp_host: "Server to send through", smtp_port: "Its port", smtp_security: "Its encryption",
  studio_name: "Name of the sender", sent_folder: "Folder of sent mail", days: "Days to look back" };
const AGENTS = { smart_reply: "Drafts of answers", lead_scoring: "Lead scores", conversation_analysis: "What a conversation holds",
  scheduling: "Questions on the timetable" };
function render({ model, el }) {
  let count = 0;
  const waiting = new Map(), drawn = {}, begun = new Map(); // channel to its forms, which outlive a message
  let studio = "";
  el.classList.add("ib-settings");

  // Hands a deed over; `made`, where it was pressed, shows that it is under way and what came of it.
  function ask(made, what, given = {}, then = () => {}) {
    const n = ++count, said = made.querySelector(":scope > .ib-result") || made.appendChild(make("p", "ib-result"));
    said.setAttribute("role", "status");
    said.dataset.n = n;
    said.className = "ib-result ib-quiet";
    said.textContent = "A moment …";
    const presses = [...made.querySelectorAll("button")];
    for (const one of presses) one.disabled = true;
    waiting.set(n, (told) => {
      for (const one of presses) one.disabled = false;
      said.className = `ib-result ${told.problem ? "is-problem" : "is-done"}`;
      said.textContent = told.problem || told.done;
      if (!told.problem) then(told);
    });
    model.send({ n, what, studio, given });
  }

  const sides = [make("div", "ib-side"), make("div", "ib-side")];
  el.append(...sides);
  const part = (side, title, says) => {
    const made = make("section", "ib-part");
    made.append(make("h2", "", title), make("p", "ib-quiet", says), make("div", "ib-inside"));
    sides[side].append(made);
    return made.lastChild;
  };
  const parts = { channels: part(0, "Channels", "Where people write to you, and what stands in the way."),
    canned: part(1, "Canned replies", "Texts to use again. {first_name}, {name}, {studio} and {user} are filled in."),
    sequences: part(1, "Follow-ups", "What is written to somebody who does not answer. It ends once they write."),
    knowledge: part(1, "What agents know", "They cite these documents and the studio’s own data, and say nothing else."),
    agents: part(0, "Agents", "They draft, score and note; a person sends. Without a language model they work by rules."),
    hours: part(1, "Opening hours", "Times to an answer count in them.") };

  function fields(names, told, kind) {
    return Object.fromEntries(names.map((name) => [name, Object.assign(input(NEEDS[name] || upper(name.replaceAll("_", " ")), kind), {
      placeholder: "", autocomplete: kind === "password" ? "new-password" : "off" })]));
  }

  function connecting(told, name) {
    if (!begun.has(told.channel)) begun.set(told.channel, connectForms(told));
    const { account, forms } = begun.get(told.channel);
    if (account.value === (account.dataset.was || "")) account.value = name;
    account.dataset.was = name;
    return forms;
  }

  function connectForms(told) {
    const made = make("form", "ib-form"), account = input(ACCOUNTS[told.channel]);
    const settings = fields(Object.keys(told.settings), told), secrets = fields(Object.keys(told.secrets), told, "password");
    const optional = fields(Object.keys(told.optional), told), press = make("button", "ib-button is-main", "Connect");
    account.placeholder = "";
    const rows = (all, words) => Object.entries(all).map(([key, field]) => labelled(NEEDS[key] || field.getAttribute("aria-label"), field, words[key]));
    made.append(labelled(ACCOUNTS[told.channel], account, told.account), ...rows(settings, told.settings), ...rows(secrets, told.secrets));
    const more = rows(optional, told.optional);
    if (more.length) made.append(folded("More, which may be left out", ...more));
    made.append(press);
    const values = (all) => Object.fromEntries(Object.entries(all).map(([key, one]) => [key, one.value.trim()]).filter(([, value]) => value));
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(made, "connect", { channel: told.channel, account: account.value.trim(), settings: { ...values(settings), ...values(optional) }, secrets: values(secrets) },
        () => made.reset());
    });
    if (told.channel !== "email") return { account, forms: [folded(`Connect ${CHANNELS[told.channel]}`, made)] };
    const google = make("form", "ib-form"), address = input("Address at Google", "email");
    google.append(labelled("Address at Google", address, "its owner agrees in the browser; no password is needed"), make("button", "ib-button is-main", "Ask Google"));
    google.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(google, "agree", { account: address.value.trim() }, (answer) => {
        const link = google.querySelector(".ib-agree") || google.appendChild(make("a", "ib-agree", "Agree at Google"));
        [link.href, link.target, link.rel] = [answer.agree_at, "_blank", "noopener"];
      });
    });
    return { account, forms: [folded("Connect a mailbox", made), folded("Connect a mailbox at Google", google)] };
  }

  function account(one, channel, may) {
    const made = make("div", "ib-account"), state = one.is_connected ? "connected" : one.is_sample ? "sample" : "disconnected";
    const head = make("p", "");
    head.append(make("b", "", one.account), make("span", `ib-tag ${one.is_connected ? "is-on" : ""}`, state));
    made.append(head);
    const last = one.last_message_at ? `last message ${ago(one.last_message_at)} ago` : "no message yet";
    made.append(make("p", "ib-quiet", [one.is_connected && one.says, upper(last)].filter(Boolean).map(upper).join(". ") + "."));
    if (one.last_error) made.append(make("p", "ib-note", upper(one.last_error)));
    if (one.to_do) made.append(make("p", "ib-quiet", `${upper(one.to_do)}${/[.?!]$/.test(one.to_do) ? "" : "."}`));
    if (one.push_at) made.append(folded("Where Google’s Pub/Sub is to tell of new mail", make("code", "", one.push_at)));
    if (may && one.is_connected) made.append(button("Disconnect", () => {
      if (window.confirm(`Disconnect ${one.account}? Its messages stay; nothing more is sent or shown.`)) ask(made, "disconnect", { channel, account: one.account });
    }));
    return made;
  }

  const draw = {
    channels(told, may, inside) {
      if (may.share) {
        const look = make("div", "ib-look");
        look.append(button("Look now", () => ask(look, "sync")), make("span", "ib-quiet", "asks mailboxes and Twilio for what is new; WhatsApp and Instagram tell of it themselves"));
        inside.append(look);
      }
      for (const one of told) {
        const made = make("div", "ib-channel");
        made.append(make("h3", "", CHANNELS[one.channel]));
        for (const each of one.accounts) made.append(account(each, one.channel, may.channels));
        if (!one.accounts.length) made.append(make("p", "ib-quiet", "Not connected."));
        const off = one.accounts.filter((each) => !each.is_connected && !each.is_sample);
        if (may.channels) made.append(...connecting(one, off.length === 1 ? off[0].account : ""));
        inside.append(made);
      }
    },
    canned(told, may, inside) {
      const edit = (one) => {
        const name = input("Name of the reply"), text = input("Text of the reply", "area");
        [name.value, text.value, text.rows] = [one.name || "", one.text || "", 3];
        name.readOnly = Boolean(one.name);
        const made = form({ name, text }, "Save", (given, at) => ask(at, "canned", given), ["name", "text"]);
        if (one.name) made.append(button("Take away", () => ask(made, "canned", { name: one.name, text: "" })));
        return made;
      };
      for (const one of told) inside.append(may.share ? folded(one.name, edit(one)) : folded(one.name, make("p", "", one.text)));
      if (!told.length) inside.append(make("p", "ib-quiet", "None yet."));
      if (may.share) inside.append(folded("New reply", edit({})));
    },
    sequences(told, may, inside) {
      for (const one of told) inside.append(folded(one.name, may.share ? sequenceForm(one, ask) : sequenceSteps(one)));
      if (!told.length) inside.append(make("p", "ib-quiet", "None yet."));
      if (may.share) inside.append(folded("New follow-up", sequenceForm(null, ask)));
    },
    knowledge(told, may, inside) {
      const live = Object.entries(told.live).map(([name, n]) => `${name} (${n})`).join(", ");
      if (live) inside.append(make("p", "ib-quiet", `Of the studio’s own data: ${live}.`));
      for (const one of told.documents) {
        const made = make("div", "ib-document"), text = make("pre", "ib-paper", one.text);
        const kept = folded(`${one.name}, ${one.pieces} ${one.pieces === 1 ? "piece" : "pieces"}`, text);
        if (may.channels) kept.append(button("Take away", () => window.confirm(`Take ${one.name} away?`) && ask(made, "forget", { name: one.name })));
        made.append(kept);
        inside.append(made);
      }
      if (!told.documents.length) inside.append(make("p", "ib-quiet", "No documents yet."));
      if (!may.channels) return;
      const name = input("Name of the document"), text = input("Text of the document", "area"), file = input("A file", "file");
      [name.placeholder, text.placeholder, text.rows, file.accept] = ["e.g. Prices.csv or House rules.md", "Markdown below headings, or a table with commas", 6, ".md,.txt,.csv"];
      file.addEventListener("change", async () => {
        if (!file.files.length) return;
        [name.value, text.value] = [file.files[0].name, await file.files[0].text()];
      });
      inside.append(folded("New document", form({ file, name, text }, "Save", (given, at) => {
        ask(at, "knowledge", { name: given.name, text: text.value }, () => at.reset());
      }, ["name", "text"])));
    },
    agents(told, may, inside) {
      for (const one of told.agents) {
        const made = make("div", "ib-agent"), own = one.own;
        made.append(make("h3", "", AGENTS[one.name] || one.name), make("p", "ib-quiet", `${upper(one.says)}.`));
        inside.append(made);
        if (!may.channels) continue;
        const provider = choice([["", "As the server is set up"], ...told.providers.map((each) => [each, upper(each)])], own.provider || "", "Provider", () => {});
        const number = (label, value, step) => Object.assign(input(label, "number"), { value: value ?? "", step, min: 0, placeholder: "the usual" });
        const model = input("Model"), temperature = number("Temperature", own.temperature, 0.1), longest = number("Longest answer, in tokens", own.max_tokens, 1);
        [model.value, model.placeholder] = [own.model || "", "fast, strong, local, or a model’s id"];
        const set = make("form", "ib-form"), save = make("button", "ib-button", "Save");
        set.append(labelled("Provider", provider), labelled("Model", model), labelled("Temperature", temperature, "0 is sober, 1 lively"), labelled("Longest answer, in tokens", longest),
          save, button("Try it", () => ask(set, "try", { provider: provider.value || null, model: model.value.trim() || null })));
        set.addEventListener("submit", (event) => {
          event.preventDefault();
          const whole = (field) => (field.value === "" ? null : Number(field.value));
          ask(set, "agent", { agent: one.name, changes: { provider: provider.value || null, model: model.value.trim() || null, temperature: whole(temperature), max_tokens: whole(longest) } });
        });
        made.append(folded(`Settings of ${(AGENTS[one.name] || one.name).toLowerCase()}`, set));
      }
    },
    hours(told, may, inside) {
      if (!may.channels) return inside.append(make("p", "", told));
      const hours = input("Opening hours");
      [hours.value, hours.placeholder] = [told, "MO-FR 09:00-20:00"];
      const made = form({ hours }, "Save", (given, at) => ask(at, "hours", given));
      made.append(make("p", "ib-quiet", "As MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00. Empty: the usual ones."));
      inside.append(made);
    },
  };

  function follow() {
    const told = model.get("told");
    if (!told.may) return;
    const isSame = told.studio === studio;
    if (!isSame) begun.clear();
    studio = told.studio;
    for (const [name, inside] of Object.entries(parts)) {
      const now = JSON.stringify([told[name], told.may, told.studio]);
      if (drawn[name] === now) continue; // what is typed elsewhere stays
      drawn[name] = now;
      const folds = new Set(inside.querySelectorAll("details")), active = document.activeElement;
      const unfolded = [...folds].filter((one) => one.open).map((one) => one.dataset.title);
      const said = [...inside.querySelectorAll(".ib-result")].sort((one, other) => one.dataset.n - other.dataset.n).pop();
      inside.replaceChildren();
      draw[name](told[name], told.may, inside);
      for (const one of inside.querySelectorAll("details")) if (!folds.has(one)) one.open = unfolded.includes(one.dataset.title);
      if (said && isSame && !inside.contains(said)) inside.append(said);
      if (inside.contains(active)) active.focus();
    }
  }

  const answered = (told) => {
    if (!waiting.has(told.n)) return;
    waiting.get(told.n)(told);
    waiting.delete(told.n);
  };
  model.on("change:told", follow);
  model.on("msg:custom", answered);
  for (const inside of Object.values(parts)) inside.append(make("p", "ib-quiet", "Looking …"));
  follow();
  model.send({ n: 0, what: "here", given: {} });
  return () => model.off("msg:custom", answered);
}

export default { render };
