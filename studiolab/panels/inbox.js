// The inbox: conversations, one thread, the box to answer in, and who it is with; see inbox_desk.Desk.
function render({ model, el }) {
  let reading = false, analysing = false, timer;
  // A message for each press: of a trait that changes while the kernel is busy, only the last value arrives.
  const ask = (what, more = {}) => model.send({ what, shown: model.get("thread").conversation_id, ...more });
  el.classList.add("ib");
  const list = make("section", "ib-list"), thread = make("section", "ib-thread"), card = make("section", "ib-card");
  el.replaceChildren(list, thread, card);
  const along = alongside({ ask, redraw: () => drawThread() });

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
  const fresh = make("div", "ib-fresh");
  list.append(search, filters, tally, fresh, rows);

  function drawFilters() {
    const set = model.get("filters"), labels = model.get("settled").labels || [];
    const pick = (name) => (value) => ask("filter", { name, value });
    filters.replaceChildren(
      choice(STATES, set.state || "all", "Which conversations", pick("state")),
      choice([["", "Every channel"], ...Object.entries(CHANNELS)], set.channel || "", "Channel", pick("channel")),
      choice(STAGES, set.stage || "", "Stage", pick("stage")),
      choice([["", "Everybody's"], ["nobody", "Nobody's"], ...(model.get("settled").people || []).map((one) => [one,
        one === model.get("settled").me ? "Mine" : `${one}'s`])], set.assigned || "", "Whose", pick("assigned")));
    if (labels.length) filters.append(choice([["", "Every label"], ...labels.map((one) => [one, one])], set.label || "", "Label", pick("label")));
    const may = model.get("settled").may_write;
    if (may && !fresh.firstChild) fresh.append(newPerson(ask));
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
      answer.draw();
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
    along.turned(told.conversation_id);
    const atEnd = said.scrollHeight - said.scrollTop - said.clientHeight < 80 || said.dataset.id !== told.conversation_id;
    const parts = [];
    if (told.has_earlier) {
      const earlier = button("Show earlier messages", () => {
        earlier.textContent = "Looking …";
        earlier.disabled = true;
        ask("earlier");
      }, "ib-button ib-earlier");
      parts.push(earlier);
    }
    let day = "";
    for (const one of told.messages) {
      if (dayOf(one.sent_at) !== day) parts.push(make("p", "ib-day", day = dayOf(one.sent_at)));
      parts.push(bubble(one));
    }
    for (const one of told.pending) parts.push(pending(one));
    const below = said.scrollHeight - said.scrollTop, first = (told.messages[0] || {}).message_id || "";
    const isLonger = said.dataset.id === told.conversation_id && said.dataset.first !== first;
    said.replaceChildren(...parts);
    answer.draw(); // before the thread is scrolled, which it may leave less room
    said.dataset.id = told.conversation_id;
    said.dataset.first = first;
    if (isLonger) said.scrollTop = said.scrollHeight - below; // what was being read stays where it was
    else if (atEnd) said.scrollTop = said.scrollHeight;
  }

  function bubble(one) {
    const made = make("div", `ib-bubble is-${one.direction}`);
    if (one.subject) made.append(make("b", "ib-subject", one.subject));
    if (one.deleted_at) made.append(make("i", "ib-quiet", "This message was taken back."));
    else made.append(make("span", "ib-text", one.body || KINDS[one.kind] || ""));
    one.media.forEach((file, at) => made.append(along.sentAlong(one, file, at + 1)));
    const state = { failed: `not delivered${one.reason ? `: ${one.reason}` : ""}`, read: "read", delivered: "delivered", sent: "sent" };
    const who = one.direction === "outbound" ? one.author || "written elsewhere" : "";
    const foot = [CHANNELS[one.channel], clock(one.sent_at), one.edited_at ? "edited" : "", who, state[one.status]];
    made.append(make("small", one.status === "failed" ? "ib-foot is-failed" : "ib-foot", foot.filter(Boolean).join(" · ")));
    if (one.reactions.length) made.append(make("span", "ib-reactions", one.reactions.map((each) => each.emoji).join(" ")));
    return made;
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

  // the card ---------------------------------------------------------------------------------------
  function drawCard() {
    const told = model.get("thread").contact;
    if (!told || card.dataset.id !== told.contact_id) card.replaceChildren();
    if (!told) return;
    card.dataset.id = told.contact_id;
    keeping(card, () => fillCard(told));
  }

  function fillCard(told) {
    const may = model.get("settled").may_write, score = model.get("score"), found = model.get("analysis");
    card.replaceChildren();
    card.append(make("h2", "", told.name), ...decisions(told, may, ask));
    const facts = make("dl", "ib-facts");
    const fact = (name, value) => { if (value) facts.append(make("dt", "", name), make("dd", "", value)); };
    fact("E-mail", told.email);
    fact("Phone", told.phone);
    fact("Writes over", told.handles.map((one) => CHANNELS[one.channel]).join(", "));
    fact("Member", told.member_says);
    fact("Stage", WORDS[told.stage]);
    fact("Offers", consented(told.consent));
    card.append(facts);
    if (may) card.append(personForm(told, ask));
    if (score.contact_id === told.contact_id) {
      card.append(make("h3", "", `Lead score ${Math.round(score.score)} of 100`));
      const bar = make("div", "ib-meter"), part = make("i", "");
      part.style.width = `${score.score}%`;
      bar.append(part);
      const parts = make("ul", "ib-parts");
      const told = score.parts.filter((one) => one.points).sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
      const asked = new Set(score.unknown.map((one) => `not known: ${one}`)), guessed = told.filter((one) => asked.has(one.words));
      const line = (one) => `${one.points > 0 ? "+" : "−"}${Math.abs(one.points)}  ${one.words}`;
      for (const one of told) if (!asked.has(one.words)) parts.append(make("li", "", line(one)));
      if (guessed.length) {
        const own = make("ul", "ib-parts"), sum = guessed.reduce((all, one) => all + one.points, 0);
        for (const one of guessed) own.append(make("li", "", line(one)));
        const group = make("li", "ib-guessed", `+${sum}  counted until it is known:`);
        group.append(own);
        parts.append(group);
      }
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
    const isRead = found.conversation_id === model.get("thread").conversation_id;
    card.append(insight(isRead ? found : null, analysing, () => { analysing = true; ask("analyse"); drawCard(); }), consentForm(told, may, ask));
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
      card.append(folded("Stages so far", ...told.history.map((one) => make("p", "ib-quiet",
        `${WORDS[one.to]}, ${ago(one.at)}${one.by ? ` by ${one.by}` : ""}${one.reason ? `: ${one.reason}` : ""}`))));
    }
    for (const one of told.merges) {
      card.append(make("h3", "", "Joined with another contact"), make("p", "ib-quiet", one.evidence.join("; ")));
      if (may) card.append(button("Take it back", () => ask("part", { id: one.merge_id })));
    }
  }

  function adding(words, done) {
    const made = input(words);
    made.addEventListener("keydown", (event) => {
      const value = made.value.trim();
      if (event.key !== "Enter" || !value) return;
      made.value = "";
      done(value);
    });
    return made;
  }

  const answer = answerBox({ model, ask, box });
  const show = () => el.classList.toggle("is-reading", reading);
  const follow = (names, draw) => names.forEach((name) => model.on(`change:${name}`, draw));
  follow(["found", "picked", "empty"], drawList);
  follow(["filters", "settled"], drawFilters);
  follow(["thread", "settled"], () => { drawThread(); drawCard(); });
  follow(["score", "alike"], drawCard);
  follow(["analysis", "analysed"], () => { analysing = false; drawCard(); });
  follow(["draft", "drafted"], answer.drawDraft);
  model.on("msg:custom", along.arrived);
  drawFilters(); drawList(); drawThread(); drawCard(); answer.drawDraft();
  ask("here");
  const tick = setInterval(drawList, 30000);
  return () => { clearInterval(tick); along.forget(); model.off("msg:custom", along.arrived); };
}

export default { render };
