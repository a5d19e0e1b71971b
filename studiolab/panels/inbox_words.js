// What the inbox's parts are made of. The files of `inbox_desk` are joined into one text, this one first.
// Texts of messages were written by strangers: they only ever become textContent.
const CHANNELS = { whatsapp: "WhatsApp", instagram: "Instagram", email: "E-mail", sms: "SMS" };
const STATES = [["open", "Open"], ["waiting", "Waiting for an answer"], ["unread", "Unread"], ["snoozed", "Put off"],
  ["closed", "Closed"], ["all", "All"], ["people", "All contacts, who never wrote too"]];
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

function input(label, kind = "text", name = "ib-add") {
  const made = make(kind === "area" ? "textarea" : "input", name);
  if (kind !== "area") made.type = kind;
  made.placeholder = label;
  made.setAttribute("aria-label", label);
  return made;
}

const upper = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

// A field below its label, with a word of help below it.
function labelled(label, field, help = "") {
  const made = make("label", "ib-labelled");
  made.append(make("span", "", label), field);
  if (help) made.append(make("small", "ib-quiet", upper(help)));
  return made;
}

// A part of a page that stays folded until somebody opens it.
function folded(title, ...children) {
  const made = make("details", "ib-fold");
  made.dataset.title = title;
  made.append(make("summary", "", title), ...children);
  return made;
}

// Draws `el` anew by `draw`; what somebody is typing in it and what they unfolded outlive that.
function keeping(el, draw) {
  const fields = () => [...el.querySelectorAll("input.ib-add, textarea.ib-add, select.ib-kept")];
  const begun = new Map(fields().filter((one) => one.value !== (one.dataset.was || ""))
    .map((one) => [one.getAttribute("aria-label"), one.value]));
  const unfolded = new Set([...el.querySelectorAll("details[open]")].map((one) => one.dataset.title));
  const active = el.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  const at = el.scrollTop;
  draw();
  for (const one of fields()) {
    const label = one.getAttribute("aria-label");
    if (begun.has(label)) one.value = begun.get(label);
    if (label === active) one.focus();
  }
  for (const one of el.querySelectorAll("details")) if (unfolded.has(one.dataset.title)) one.open = true;
  el.scrollTop = at;
}

// `fields` with a button that hands their values over, by name; a press without a needed one goes to that field.
function form(fields, words, done, needs = []) {
  const made = make("form", "ib-form"), press = make("button", "ib-button", words);
  made.append(...Object.values(fields), press);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const empty = needs.find((name) => !fields[name].value.trim());
    if (empty) fields[empty].focus();
    else done(Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.value.trim()])), made);
  });
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
// As a field of the kind datetime-local takes it.
function localTime(iso) {
  const at = new Date(iso), two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
const dayOf = (iso) => new Date(iso).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
