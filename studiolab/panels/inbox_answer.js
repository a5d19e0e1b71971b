// The box to answer in: words, a template with its gaps, a draft with what it stands on, now or later.
function answerBox({ model, ask, box }) {
  const text = input("Answer", "area", "ib-answer"), says = make("p", "ib-quiet"), sources = make("div", "ib-sources");
  const tools = make("div", "ib-tools"), template = input("Name of the template", "text", "ib-template");
  const language = input("Its language", "text", "ib-template is-short"), values = input("What fills its gaps, a line each", "area", "ib-template");
  const approved = make("div", "ib-approved"), hint = input("What the draft should say", "text", "ib-template");
  const later = input("Send at", "datetime-local", "ib-later"), unless = make("input"), wait = make("label", "ib-quiet", " unless they write before");
  const more = folded("Send later", later, wait), aside = folded("A word for the draft", hint);
  text.rows = 3;
  values.rows = 2;
  language.title = "As WhatsApp calls it: en, de, pt_BR";
  hint.placeholder = "e.g. say that Tuesday is full";
  unless.type = "checkbox";
  wait.prepend(unless);
  approved.append(template, language, values);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  });
  hint.addEventListener("keydown", (event) => { if (event.key === "Enter" && !drafting) suggest(); });
  let drafting = false, whose = "", drawn, drafted = "";
  const held = new Map(); // conversation to what is begun there: nobody's answer goes to somebody else
  const fields = [text, template, language, values, hint, later];

  function turned() {
    const now = model.get("thread").conversation_id || "";
    if (now === whose) return;
    held.set(whose, [unless.checked, ...fields.map((one) => one.value)]);
    const begun = held.get(now) || [false];
    unless.checked = begun[0];
    fields.forEach((one, at) => { one.value = begun[at + 1] || ""; });
    more.open = Boolean(later.value) || unless.checked;
    aside.open = Boolean(hint.value);
    sources.replaceChildren();
    drafting = false;
    whose = now;
  }

  function send() {
    const name = template.value.trim(), gaps = values.value.split("\n").map((one) => one.trim()).filter(Boolean);
    if (!text.value.trim() && !name) return;
    ask("send", { text: text.value, later: later.value ? new Date(later.value).toISOString() : null,
      unless_reply: unless.checked, template: name ? { name, language: language.value.trim() || "en", values: gaps } : null });
    for (const one of fields) one.value = "";
    text.rows = 3;
    more.open = aside.open = unless.checked = false;
    sources.replaceChildren();
  }

  function suggest() {
    drafting = true;
    ask("suggest", { context: hint.value.trim() });
    draw();
  }

  function draw() {
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
    if (takes === "template") box.append(approved);
    text.placeholder = takes === "template" ? "What the template says, to be read here" : "Write an answer";
    box.append(sources, text);
    tools.replaceChildren(
      button(drafting ? "Writing …" : "Suggest an answer", suggest),
      choice([["", "Canned replies …"], ...(settled.canned || []).map((one) => [one, one])], "", "Canned replies",
        (name) => name && ask("fill", { name })), aside, more, button("Send", send, "ib-button is-main"));
    tools.firstChild.disabled = drafting;
    box.append(tools);
    if ([...fields, unless].includes(active)) active.focus();
  }

  function drawDraft() {
    const draft = model.get("draft");
    drafting = false;
    if (draft.text !== undefined) {
      const own = text.value.trim() && text.value !== drafted ? `${text.value.trim()}\n\n` : "";
      if (draft !== drawn) text.value = drafted = own + draft.text;
      if (draft !== drawn && draft.template) {
        template.value = draft.template.name;
        language.value = draft.template.language;
        values.value = draft.template.values.join("\n");
      }
      if (draft !== drawn && draft.later) later.value = localTime(draft.later);
      if (draft !== drawn && draft.unless_reply) unless.checked = true;
      more.open ||= Boolean(later.value) || unless.checked;
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
    draw();
  }

  return { draw, drawDraft };
}
