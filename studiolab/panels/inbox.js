// The inbox: conversations, one thread, the box to answer in, and who it is with; see inbox_desk.Desk.
// Texts of messages were written by strangers: they only ever become textContent.
const CHANNELS = { whatsapp: "WhatsApp", instagram: "Instagram", email: "E-mail", sms: "SMS" };
const STATES = [["open", "Open"], ["waiting", "Waiting for an answer"], ["unread", "Unread"], ["snoozed", "Put off"],
  ["closed", "Closed"], ["all", "All"]];
const STAGES = [["", "Every stage"], ["NEW", "New"], ["CONTACTED", "Contacted"], ["QUALIFIED", "Qualified"],
  ["TRIAL_SCHEDULED", "Trial booked"], ["CONVERTED", "Joined"], ["LOST", "Lost"], ["NO_SHOW", "Did not come"]];
const WORDS = Object.fromEntries(STAGES);
const KINDS = { image: "Picture", audio: "Voice message", video: "Video", document: "Document", sticker: "Sticker",
  location: "Place", contact: "Contact", story: "Story", comment: "Comment", other: "Something that cannot be shown" };
const FETCH = { image: "Show the picture", sticker: "Show the sticker", audio: "Play the voice message",
  video: "Play the video", story: "Show the story" };

function make(kind, name, text) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

function button(text, press, name = "ib-button") {
  const made = make("button", name, text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

function choice(options, value, label, change) {
  const made = make("select", "ib-choice");
  made.setAttribute("aria-label", label);
  for (const [key, words] of options) {
    const option = make("option", "", words);
    option.value = key;
    option.selected = key === value;
    made.append(option);
  }
  made.addEventListener("change", () => change(made.value));
  return made;
}

function ago(iso) {
  const minutes = (Date.now() - new Date(iso)) / 60000;
  if (minutes < 1) return "now";
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 10080) return `${Math.floor(minutes / 1440)} d`;
  return new Date(iso).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

const theirs = (one) => `${one.assigned}'s${one.assigned_is_closed ? ", whose account is closed" : ""}`;
const clock = (iso) => new Date(iso).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
const dayOf = (iso) => new Date(iso).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });

function render({ model, el }) {
  let count = model.get("asked").n || 0, typed = "", reading = false, timer;
  const ask = (what, more = {}) => {
    model.set("asked", { n: ++count, what, shown: model.get("thread").conversation_id, ...more });
    model.save_changes();
  };
  el.classList.add("ib");
  const list = make("section", "ib-list"), thread = make("section", "ib-thread"), card = make("section", "ib-card");
  el.replaceChildren(list, thread, card);

  // the list ---------------------------------------------------------------------------------------
  const search = make("input", "ib-search");
  search.type = "search";
  search.placeholder = "Search names and messages";
  search.setAttribute("aria-label", "Search names and messages");
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask("search", { text: search.value }), 120);
  });
  const filters = make("div", "ib-filters"), rows = make("div", "ib-rows"), tally = make("p", "ib-quiet");
  list.append(search, filters, tally, rows);

  function drawFilters() {
    const set = model.get("filters");
    const pick = (name) => (value) => ask("filter", { name, value });
    filters.replaceChildren(
      choice(STATES, set.state || "all", "Which conversations", pick("state")),
      choice([["", "Every channel"], ...Object.entries(CHANNELS)], set.channel || "", "Channel", pick("channel")),
      choice(STAGES, set.stage || "", "Stage", pick("stage")),
      choice([["", "Everybody's"], ["nobody", "Nobody's"], ...(model.get("settled").people || []).map((one) => [one,
        one === model.get("settled").me ? "Mine" : `${one}'s`])], set.assigned || "", "Whose", pick("assigned")));
  }

  function drawList() {
    const found = model.get("found"), told = found.conversations || [];
    tally.textContent = found.total === undefined ? "Looking …"
      : `${found.total.toLocaleString()} found, ${found.waiting} waiting for an answer`;
    rows.replaceChildren(...told.map((one) => {
      const row = button("", () => { reading = true; ask("open", { id: one.conversation_id }); show(); }, "ib-row");
      row.dataset.id = one.conversation_id;
      row.classList.toggle("is-open", one.conversation_id === model.get("picked"));
      row.classList.toggle("is-unread", one.unread > 0);
      const head = make("span", "ib-row-head");
      head.append(make("b", "ib-name", one.name), make("time", "ib-quiet", one.last ? ago(one.last.sent_at) : ""));
      const text = make("span", "ib-last", one.last
        ? (one.last.direction === "outbound" ? "You: " : "") + (one.last.text || KINDS[one.last.kind] || "") : "");
      const tags = make("span", "ib-tags");
      for (const channel of one.channels) tags.append(make("span", `ib-tag is-${channel}`, CHANNELS[channel]));
      if (one.stage !== "NEW") tags.append(make("span", "ib-tag", WORDS[one.stage]));
      if (one.waiting_since) tags.append(make("span", "ib-tag is-waiting", `waits ${ago(one.waiting_since)}`));
      if (one.assigned_is_closed) tags.append(make("span", "ib-tag", theirs(one)));
      if (one.unread) tags.append(make("span", "ib-count", one.unread));
      row.append(head, text, tags);
      return row;
    }));
    if (found.total === 0) rows.append(make("p", "ib-empty", model.get("empty")));
    if (found.total > told.length) rows.append(button("Show more", () => ask("more")));
  }

  // the thread -------------------------------------------------------------------------------------
  const top = make("header", "ib-top"), said = make("div", "ib-said"), box = make("footer", "ib-box");
  thread.append(top, said, box);

  function drawThread() {
    const told = model.get("thread");
    top.replaceChildren();
    if (!told.contact) {
      said.replaceChildren(make("p", "ib-empty", "Open a conversation on the left."));
      return;
    }
    const may = model.get("settled").may_write;
    top.append(button("‹ All", () => { reading = false; show(); }, "ib-back"), make("h2", "", told.contact.name));
    if (may) {
      const moves = [["", `Stage: ${WORDS[told.contact.stage]}`],
        ...told.may.map((one) => [one.stage, `Move to: ${one.words}`])];
      top.append(choice(moves, "", "Stage", (to) => {
        const move = told.may.find((one) => one.stage === to);
        const reason = move && move.reason ? window.prompt(`Why “${move.words}”, in a few words?`) : "";
        if (move && reason !== null) ask("move", { to, reason });
        else drawThread();
      }));
      const people = model.get("settled").people.map((one) => [one, `${one}'s`]), whose = told.contact.assigned;
      if (whose && !people.some(([one]) => one === whose)) people.push([whose, theirs(told.contact)]);
      top.append(choice([["", "Nobody's"], ...people], whose, "Whose", (to) => ask("assign", { to })));
      top.append(told.state === "snoozed" ? button("Take up again", () => ask("snooze", { hours: 0 }))
        : choice([["", "Put off …"], ["3", "3 hours"], ["24", "a day"], ["168", "a week"], ["unread", "mark as unread"]],
          "", "Put off", (what) => (what === "unread" ? ask("unread") : ask("snooze", { hours: Number(what) }))));
      top.append(told.state === "closed" ? button("Open again", () => ask("shut", { closed: false }))
        : button("Close", () => ask("shut", { closed: true })));
    }
    if (fetchedOf !== told.conversation_id) forget();
    fetchedOf = told.conversation_id;
    const atEnd = said.scrollHeight - said.scrollTop - said.clientHeight < 80 || said.dataset.id !== told.conversation_id;
    const parts = [];
    if (told.has_earlier) parts.push(make("p", "ib-quiet", "Earlier messages are not shown."));
    let day = "";
    for (const one of told.messages) {
      if (dayOf(one.sent_at) !== day) parts.push(make("p", "ib-day", day = dayOf(one.sent_at)));
      parts.push(bubble(one));
    }
    for (const one of told.pending) parts.push(pending(one));
    said.replaceChildren(...parts);
    said.dataset.id = told.conversation_id;
    if (atEnd) said.scrollTop = said.scrollHeight;
  }

  function bubble(one) {
    const made = make("div", `ib-bubble is-${one.direction}`);
    if (one.subject) made.append(make("b", "ib-subject", one.subject));
    if (one.deleted_at) made.append(make("i", "ib-quiet", "This message was taken back."));
    else made.append(make("span", "ib-text", one.body || KINDS[one.kind] || ""));
    one.media.forEach((file, at) => made.append(sentAlong(one, file, at + 1)));
    const state = { failed: `not delivered${one.reason ? `: ${one.reason}` : ""}`, read: "read", delivered: "delivered", sent: "sent" };
    const who = one.direction === "outbound" ? one.author || "written elsewhere" : "";
    const foot = [CHANNELS[one.channel], clock(one.sent_at), one.edited_at ? "edited" : "", who, state[one.status]];
    made.append(make("small", one.status === "failed" ? "ib-foot is-failed" : "ib-foot", foot.filter(Boolean).join(" · ")));
    if (one.reactions.length) made.append(make("span", "ib-reactions", one.reactions.map((each) => each.emoji).join(" ")));
    return made;
  }

  // What was sent along comes from the kernel when somebody presses, and stays while the conversation is open.
  const fetched = new Map();
  let fetchedOf = "";

  function sentAlong(one, file, number) {
    const key = `${number} ${one.message_id}`, known = fetched.get(key), made = make("span", "ib-file");
    const kind = Object.keys(FETCH).find((each) => (file.mime_type || "").startsWith(each))
      || (one.media.length === 1 ? one.kind : "document");
    const name = file.name || file.filename, is_said = !name && !one.body && one.media.length === 1;
    if (!is_said) made.append(make("span", "", `📎 ${name || KINDS[kind] || "File"}`));
    if (known && known.shown) made.append(...known.shown);
    else if (known && !known.problem) made.append(make("span", "ib-quiet", "Is being fetched …"));
    else {
      if (known) made.append(make("span", "ib-quiet", known.problem));
      made.append(button(known ? "Try again" : FETCH[kind] || "Fetch the file", () => {
        fetched.set(key, {});
        ask("media", { id: one.message_id, number });
        drawThread();
      }));
    }
    return made;
  }

  function arrived(told, buffers) {
    const key = `${told.number} ${told.id}`, known = fetched.get(key);
    if (told.kind !== "media" || !known) return;
    known.problem = told.problem;
    if (!told.problem) {
      known.url = URL.createObjectURL(new Blob([buffers[0]], { type: told.type }));
      const keep = make("a", "ib-save", `Save ${told.name}`), element = { image: "img", audio: "audio", video: "video" }[told.type.split("/")[0]];
      keep.href = known.url;
      keep.download = told.name;
      known.shown = [keep];
      if (told.is_shown && element) {
        const shown = make(element, "ib-shown");
        shown.controls = true;
        shown.alt = told.name;
        shown.src = known.url;
        shown.addEventListener("load", () => shown.scrollIntoView({ block: "nearest" }));
        known.shown.unshift(shown);
      } else known.shown.push(make("span", "ib-quiet", "It is no picture, recording or video: open it with care."));
    }
    drawThread();
  }

  function forget() {
    for (const known of fetched.values()) if (known.url) URL.revokeObjectURL(known.url);
    fetched.clear();
  }

  function pending(one) {
    const made = make("div", "ib-bubble is-outbound is-pending");
    made.append(make("span", "ib-text", one.body));
    const soon = new Date(one.send_after) - Date.now() < 60000;
    const words = { waiting: soon ? "is sent in a moment" : `is sent ${dayOf(one.send_after)}, ${clock(one.send_after)}`,
      sending: "is being sent", failed: "was not sent", unsure: "may have been sent: look whether it arrived" };
    made.append(make("small", one.state === "waiting" || one.state === "sending" ? "ib-foot" : "ib-foot is-failed",
      [words[one.state], one.reason].filter(Boolean).join(": ")));
    if (!model.get("settled").may_write) return made;
    const deeds = make("span", "ib-deeds");
    if (one.state !== "sending") deeds.append(button(one.state === "waiting" ? "Undo" : "Withdraw", () => ask("take back", { id: one.outbox_id })));
    if (one.state === "failed" || one.state === "unsure") deeds.append(button("Send again", () => ask("again", { id: one.outbox_id })));
    made.append(deeds);
    return made;
  }

  // the answer -------------------------------------------------------------------------------------
  const text = make("textarea", "ib-answer"), says = make("p", "ib-quiet"), sources = make("div", "ib-sources");
  const tools = make("div", "ib-tools"), template = make("input", "ib-template");
  text.rows = 3;
  text.placeholder = "Write an answer";
  text.setAttribute("aria-label", "Answer");
  text.addEventListener("input", () => { typed = text.value; });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  });
  template.placeholder = "Name of the template";
  template.setAttribute("aria-label", "Name of the template");
  const later = make("input", "ib-later");
  later.type = "datetime-local";
  later.setAttribute("aria-label", "Send at");
  const unless = make("input");
  unless.type = "checkbox";
  let drafting = false, whose = "", drawn, drafted = "";
  const held = new Map(); // conversation to what is begun there: nobody's answer goes to somebody else

  function turned() {
    const now = model.get("thread").conversation_id || "";
    if (now === whose) return;
    held.set(whose, [text.value, template.value, later.value, unless.checked]);
    [text.value, template.value, later.value, unless.checked] = held.get(now) || ["", "", "", false];
    typed = text.value;
    sources.replaceChildren();
    drafting = false;
    whose = now;
  }

  function send() {
    if (!text.value.trim() && !template.value.trim()) return;
    ask("send", { text: text.value, later: later.value ? new Date(later.value).toISOString() : null,
      unless_reply: unless.checked, template: template.value.trim() || null });
    text.value = typed = later.value = template.value = "";
    text.rows = 3;
    unless.checked = false;
    sources.replaceChildren();
  }

  function drawBox() {
    const told = model.get("thread"), settled = model.get("settled");
    box.hidden = !told.contact;
    if (!told.contact) return;
    turned();
    const active = document.activeElement;
    box.replaceChildren();
    if (!settled.may_write) {
      box.append(make("p", "ib-quiet", "Your role may read here and not write."));
      return;
    }
    const takes = told.window.takes;
    says.textContent = told.window.says;
    says.classList.toggle("is-closed", takes === "template" || takes === "closed");
    if (told.window.says) box.append(says);
    if (takes === "template") box.append(template);
    box.append(sources, text);
    const wait = make("label", "ib-quiet", " unless they write before");
    wait.prepend(unless);
    const more = make("details", "ib-more");
    more.open = Boolean(later.value) || unless.checked;
    more.append(make("summary", "", "Send later"), later, wait);
    tools.replaceChildren(
      button("Suggest an answer", () => { drafting = true; ask("suggest"); drawBox(); }),
      choice([["", "Canned replies …"], ...(settled.canned || []).map((one) => [one, one])], "", "Canned replies",
        (name) => name && ask("fill", { name })), more, button("Send", send, "ib-button is-main"));
    tools.firstChild.disabled = drafting;
    if (drafting) tools.firstChild.textContent = "Writing …";
    box.append(tools);
    if (active === text || active === template) active.focus();
  }

  function drawDraft() {
    const draft = model.get("draft");
    drafting = false;
    if (draft.text !== undefined) {
      const own = text.value.trim() && text.value !== drafted ? `${text.value.trim()}\n\n` : "";
      if (draft !== drawn) text.value = typed = drafted = own + draft.text;
      text.rows = Math.min(Math.max(3, text.value.split("\n").length + 1), 9);
      const notes = [draft.banner, draft.ask_colleague].filter(Boolean).map((one) => make("p", "ib-note", one));
      const stood = (draft.sources || []).map((one) => {
        const made = make("details", "ib-source");
        made.append(make("summary", "", `${one.title || one.source}`), make("p", "", one.text));
        return made;
      });
      if (stood.length) notes.push(make("span", "ib-quiet", "It stands on:"));
      sources.replaceChildren(...notes, ...stood);
    } else sources.replaceChildren();
    drawn = draft;
    drawBox();
  }

  // the card ---------------------------------------------------------------------------------------
  function drawCard() {
    const told = model.get("thread").contact, may = model.get("settled").may_write, score = model.get("score");
    const begun = [...card.querySelectorAll(".ib-add")], active = document.activeElement;
    card.replaceChildren();
    if (!told) return;
    const goesOn = card.dataset.id === told.contact_id; // what somebody is typing outlives a message that comes in
    card.dataset.id = told.contact_id;
    card.append(make("h2", "", told.name));
    const facts = make("dl", "ib-facts");
    const fact = (name, value) => { if (value) facts.append(make("dt", "", name), make("dd", "", value)); };
    fact("E-mail", told.email);
    fact("Phone", told.phone);
    fact("Writes over", told.handles.map((one) => CHANNELS[one.channel]).join(", "));
    fact("Member", told.member_says);
    fact("Stage", WORDS[told.stage]);
    fact("Marketing", told.consent.map((one) => `${one.channel === "all" ? "all channels" : CHANNELS[one.channel] || one.channel}: ${one.allowed === null ? "not asked" : one.allowed ? "yes" : "no"}`).join(", "));
    card.append(facts);
    if (score.contact_id === told.contact_id) {
      card.append(make("h3", "", `Lead score ${Math.round(score.score)} of 100`));
      const bar = make("div", "ib-meter"), part = make("i", "");
      part.style.width = `${score.score}%`;
      bar.append(part);
      const parts = make("ul", "ib-parts");
      const told = score.parts.filter((one) => one.points).sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
      for (const one of told) parts.append(make("li", "", `${one.points > 0 ? "+" : "−"}${Math.abs(one.points)}  ${one.words}`));
      card.append(bar);
      if (score.chance) card.append(make("p", "ib-quiet", score.chance.says));
      card.append(parts);
      if (score.unknown.length) card.append(make("p", "ib-quiet", `Worth asking: ${score.unknown.join(", ")}.`));
      card.append(make("p", "ib-quiet", `Points: ${score.points_says}.`));
      if (score.banner) card.append(make("p", "ib-quiet", score.banner));
    } else card.append(button("How promising is this lead?", () => ask("rate")));
    for (const one of model.get("alike")) {
      card.append(make("p", "ib-note", `May be the same person as ${one.name}: ${one.evidence}.`));
      if (may) card.append(button("Join them", () => ask("join", { id: one.id })), button("Two people", () => ask("apart", { id: one.id })));
    }
    card.append(make("h3", "", "Labels"));
    const labels = make("div", "ib-tags");
    for (const label of told.labels) {
      labels.append(may ? button(`${label} ×`, () => ask("label", { label, set: false }), "ib-tag") : make("span", "ib-tag", label));
    }
    card.append(labels);
    if (may) card.append(adding("Add a label", (value) => ask("label", { label: value, set: true })));
    card.append(make("h3", "", "Notes, which they never see"));
    for (const one of told.notes) card.append(make("p", "ib-note", `${one.text} (${one.by}, ${ago(one.at)})`));
    if (may) card.append(adding("Add a note", (value) => ask("note", { text: value })));
    const sequences = model.get("settled").sequences || [], runs = Object.keys(told.sequences);
    if (may && (sequences.length || runs.length)) {
      card.append(make("h3", "", "Follow up if they do not answer"));
      for (const name of runs) card.append(button(`End “${name}”`, () => ask("follow", { name, runs: false })));
      const free = sequences.filter((name) => !runs.includes(name));
      if (free.length) card.append(choice([["", "Begin …"], ...free.map((one) => [one, one])], "", "Begin a sequence", (name) => name && ask("follow", { name, runs: true })));
    }
    if (told.history.length) {
      card.append(make("h3", "", "Stages so far"));
      for (const one of told.history) card.append(make("p", "ib-quiet", `${WORDS[one.to]}, ${ago(one.at)}${one.by ? ` by ${one.by}` : ""}${one.reason ? `: ${one.reason}` : ""}`));
    }
    for (const one of told.merges) {
      card.append(make("h3", "", "Joined with another contact"), make("p", "ib-quiet", one.evidence.join("; ")));
      if (may) card.append(button("Take it back", () => ask("part", { id: one.merge_id })));
    }
    for (const one of goesOn ? begun : []) {
      const made = card.querySelector(`.ib-add[aria-label="${one.getAttribute("aria-label")}"]`);
      if (made) made.value = one.value;
      if (made && one === active) made.focus();
    }
  }

  function adding(words, done) {
    const made = make("input", "ib-add");
    made.placeholder = words;
    made.setAttribute("aria-label", words);
    made.addEventListener("keydown", (event) => {
      const value = made.value.trim();
      if (event.key !== "Enter" || !value) return;
      made.value = "";
      done(value);
    });
    return made;
  }

  const show = () => el.classList.toggle("is-reading", reading);
  const follow = (names, draw) => names.forEach((name) => model.on(`change:${name}`, draw));
  follow(["found", "picked", "empty"], drawList);
  follow(["filters", "settled"], drawFilters);
  follow(["thread", "settled"], () => { drawThread(); drawBox(); drawCard(); });
  follow(["score", "alike"], drawCard);
  follow(["draft", "drafted"], drawDraft);
  model.on("msg:custom", arrived);
  drawFilters(); drawList(); drawThread(); drawBox(); drawCard(); drawDraft();
  text.value = typed;
  ask("here");
  const tick = setInterval(drawList, 30000);
  return () => { clearInterval(tick); forget(); model.off("msg:custom", arrived); };
}

export default { render };
