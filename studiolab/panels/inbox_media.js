// What was sent along comes from the kernel when somebody presses, and stays while the conversation is open.
function alongside({ ask, redraw }) {
  const fetched = new Map();
  let fetchedOf = "";

  function turned(to) {
    if (fetchedOf !== to) forget();
    fetchedOf = to;
  }

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
        redraw();
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
    redraw();
  }

  function forget() {
    for (const known of fetched.values()) if (known.url) URL.revokeObjectURL(known.url);
    fetched.clear();
  }

  return { sentAlong, arrived, forget, turned };
}
