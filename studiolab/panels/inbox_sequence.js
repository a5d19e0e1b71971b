// A follow-up, to be read or changed: its steps, when each is due, and the template that WhatsApp takes after a day.
function sequenceSteps(told) {
  const made = make("ol", "ib-steps");
  for (const one of told.steps) made.append(make("li", "", `After ${one.after_hours} hours: ${one.text}${one.template ? ` (template ${one.template.name})` : ""}`));
  return made;
}

function stepFields(one, number) {
  const hours = input(`Hours before step ${number}`, "number"), text = input(`Text of step ${number}`, "area"), template = input(`Template of step ${number}`);
  const language = input(`Language of the template of step ${number}`), values = input(`Gaps of the template of step ${number}`, "area");
  Object.assign(hours, { value: one.after_hours ?? 24, min: 0, step: "any", placeholder: "24" });
  Object.assign(text, { value: one.text || "", rows: 2, placeholder: "Hi {first_name}, …" });
  Object.assign(template, { value: one.template ? one.template.name : "", placeholder: "only after a day, over WhatsApp" });
  Object.assign(language, { value: one.template ? one.template.language : "", placeholder: "en" });
  Object.assign(values, { value: one.template ? one.template.values.join("\n") : "", rows: 2, placeholder: "a line each; {first_name} is filled in" });
  const made = make("fieldset", "ib-step"), approved = folded("Template outside WhatsApp’s 24 hours", labelled("Its name", template),
    labelled("Its language", language), labelled("What fills its gaps, in order", values));
  approved.dataset.title += number;
  made.append(make("legend", "", `Step ${number}`), labelled("Hours after the one before", hours), labelled("Text", text), approved);
  const told = () => ({ after_hours: Number(hours.value || 0), text: text.value.trim(), template: template.value.trim() ? {
    name: template.value.trim(), language: language.value.trim() || "en",
    values: values.value.split("\n").map((each) => each.trim()).filter(Boolean) } : null });
  return { made, told };
}

function sequenceForm(told, ask) {
  const made = make("form", "ib-form"), name = input("Name of the follow-up"), list = make("div", "ib-steps"), save = make("button", "ib-button", "Save");
  let steps = [];
  name.value = told ? told.name : "";
  name.readOnly = Boolean(told);
  const add = (one = {}) => {
    steps.push(stepFields(one, steps.length + 1));
    list.append(steps[steps.length - 1].made);
  };
  for (const one of told ? told.steps : [{}]) add(one);
  const fewer = button("One step less", () => { if (steps.length > 1) steps.pop().made.remove(); });
  made.append(labelled("Name", name), list, save, button("One step more", () => add()), fewer);
  if (told) made.append(button("Take away", () => ask(made, "end", { name: told.name })));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(made, "sequence", { name: name.value.trim(), steps: steps.map((one) => one.told()) }, () => {
      if (told) return;
      name.value = "";
      list.replaceChildren();
      steps = [];
      add();
    });
  });
  return made;
}
