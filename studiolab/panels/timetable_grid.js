// A week of classes: `week` and `selected` of the model in, `selected` out. See timetable_week.drawn.
const NARROW = 720, LOWEST = 0.62, HIGHEST = 1.9; // pixels of width; pixels a minute

function make(kind, name, text) {
  const element = document.createElement(kind);
  element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

const FOLDED = 20; // pixels of hours without a class

// CSS length from the top of the day to a minute, folded hours being FOLDED pixels high.
function depth(week, minute) {
  let minutes = minute - week.first, pixels = 0;
  for (const [start, end] of week.folds) {
    const inside = Math.min(minute, end) - start;
    if (inside <= 0) continue;
    minutes -= inside;
    pixels += (FOLDED * inside) / (end - start);
  }
  return `(${minutes} * var(--minute) + ${pixels}px)`;
}

function span(element, week, from, to) {
  element.style.top = `calc(${depth(week, from)})`;
  element.style.height = `calc(${depth(week, to)} - ${depth(week, from)})`;
  return element;
}

const hour = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:00`;

const folded = (week, minute) => week.folds.some(([from, to]) => from <= minute && minute < to);

function block(one, week, choose) {
  const marks = ["red", "pinned", "moved", "few"].filter((mark) => one[mark]).map((mark) => `is-${mark}`);
  const button = make("button", ["tt-block", ...marks].join(" "));
  button.type = "button";
  button.dataset.id = one.id;
  button.dataset.minutes = one.minutes;
  const said = [one.said, one.pinned && "pinned", one.moved && "moved", one.red && "breaks a rule",
                one.few && "fewer than it needs"].filter(Boolean).join("; ");
  button.title = said;
  button.setAttribute("aria-label", said);
  button.style.setProperty("--hue", one.colour);
  button.style.top = `calc(${depth(week, one.start)} + 1px)`;
  button.style.height = `calc(${one.minutes} * var(--minute) - 2px)`;
  button.style.left = `calc(${100 * one.left}% + 1px)`;
  button.style.width = `calc(${100 * one.width}% - 2px)`;
  const words = make("span", "tt-words");
  const note = make("span", "tt-note", one.begins);
  note.append(make("span", "tt-places", one.places));
  words.append(make("b", "tt-name", one.name), make("span", "tt-who", one.who), note);
  words.append(...["moved", "pinned", "red"].filter((mark) => one[mark]).map((mark) => make("i", `tt-icon is-${mark}`)));
  button.append(words);
  if (one.fill !== null) {
    const fill = make("span", "tt-fill");
    fill.style.width = `${100 * one.fill}%`;
    button.append(fill);
  }
  button.onclick = () => choose(one.id);
  return button;
}

function column(day, week, choose) {
  const body = make("div", "tt-day"), [opens, closes] = day.open || [week.last, week.last];
  body.dataset.day = day.key;
  body.style.height = `calc(${depth(week, week.last)})`;
  for (let minute = week.first; minute < week.last; minute += 60) {
    if (!folded(week, minute)) body.append(span(make("div", "tt-line"), week, minute, minute + 60));
  }
  for (const [from, to] of [[week.first, opens], [closes, week.last]]) {
    if (to > from) body.append(span(make("div", "tt-shut"), week, from, to));
  }
  week.folds.forEach(([from, to]) => body.append(span(make("div", "tt-fold"), week, from, to)));
  day.blocks.forEach((one) => body.append(block(one, week, choose)));
  return body;
}

function hours(week) {
  const box = make("div", "tt-hours");
  for (let minute = week.first; minute < week.last; minute += 60) {
    if (!folded(week, minute)) box.append(span(make("span", "", hour(minute)), week, minute, minute + 60));
  }
  week.folds.forEach(([from, to]) => box.append(span(make("span", "tt-folded", `${from / 60}–${to / 60}`), week, from, to)));
  return box;
}

const width = (day) => day.lanes.reduce((sum, lane) => sum + lane.width, 0) || 1;

function head(day, several) {
  const box = make("div", "tt-head"), rooms = make("div", "tt-rooms"), count = day.blocks.length;
  box.dataset.day = day.key;
  box.append(make("b", "", count ? day.name : day.name.slice(0, 3)), make("span", "tt-count", count ? `${count} class${count > 1 ? "es" : ""}` : "free"));
  rooms.style.gridTemplateColumns = day.lanes.map((lane) => `${lane.width}fr`).join(" ");
  day.lanes.forEach((lane) => rooms.append(make("span", "", lane.name)));
  if (several) box.append(rooms);
  return box;
}

// The smallest minute at which every block holds its words; blocks too short for all of them keep the first ones.
function fit(table) {
  const blocks = [...table.querySelectorAll(".tt-block")].filter((one) => one.offsetParent);
  blocks.forEach((one) => one.classList.remove("no-note", "no-who"));
  const needs = blocks.map((one) => (one.firstChild.offsetHeight + 8) / Number(one.dataset.minutes));
  table.style.setProperty("--minute", `${Math.min(HIGHEST, Math.max(LOWEST, ...needs))}px`);
  ["no-note", "no-who"].forEach((less) => blocks.forEach((one) => {
    if (one.firstChild.offsetHeight + 6 > one.clientHeight) one.classList.add(less);
  }));
}

function render({ model, el }) {
  let shown = null, chosen = null; // days: the one shown in a narrow window, the one of the class that is open
  const table = make("div", "tt"), tabs = make("div", "tt-tabs"), scroll = make("div", "tt-scroll");
  scroll.append(table);
  el.append(tabs, scroll);
  const choose = (id) => {
    model.set("selected", model.get("selected") === id ? "" : id);
    model.save_changes();
  };

  function show(day) {
    shown = day;
    el.querySelectorAll("[data-day]").forEach((part) => part.classList.toggle("is-shown", part.dataset.day === day));
    fit(table);
  }

  function mark() {
    const id = model.get("selected");
    el.querySelectorAll(".tt-block").forEach((one) => one.setAttribute("aria-pressed", one.dataset.id === id));
  }

  // What opens a class covers a part of a narrow window: its block moves to where it is seen.
  function reveal() {
    mark();
    el.querySelector('.tt-block[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  }

  function draw() {
    const week = model.get("week");
    if (!week.days) return;
    const focused = document.activeElement?.dataset?.id;
    const widths = week.days.map((day) => {
      const lanes = width(day);
      return day.lanes.length ? `minmax(calc(${lanes} * var(--lane)), ${lanes}fr)` : "minmax(44px, .5fr)";
    });
    const several = week.days.some((day) => day.lanes.length > 1);
    table.style.setProperty("--days", widths.join(" "));
    table.replaceChildren(make("div", "tt-corner"), ...week.days.map((day) => head(day, several)), hours(week),
                          ...week.days.map((day) => column(day, week, choose)));
    tabs.replaceChildren(...week.days.map((day) => {
      const tab = make("button", "tt-tab", day.name.slice(0, 3));
      tab.type = "button";
      tab.dataset.day = day.key;
      tab.append(make("small", day.blocks.some((one) => one.red) ? "is-red" : "", String(day.blocks.length)));
      tab.onclick = () => show(day.key);
      return tab;
    }));
    mark();
    const day = el.querySelector('.tt-block[aria-pressed="true"]')?.closest("[data-day]").dataset.day;
    if (day && day !== chosen) shown = day;
    chosen = day;
    show(shown || (week.days.find((day) => day.blocks.length) || week.days[0]).key);
    if (focused) el.querySelector(`.tt-block[data-id="${CSS.escape(focused)}"]`)?.focus();
  }

  let was = 0;
  const watch = new ResizeObserver(() => {
    if (el.clientWidth === was) return;
    was = el.clientWidth;
    el.classList.toggle("tt-narrow", was < NARROW);
    fit(table);
  });
  watch.observe(el);
  model.on("change:week", draw);
  model.on("change:selected", reveal);
  draw();
  return () => watch.disconnect();
}

export default { render };
