// A table whose headings sort it and whose rows open: `columns`, `rows` and `picked` of the model; see data_grid.DataGrid.
function make(kind, name, text) {
  const element = document.createElement(kind);
  element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function cell(column, told) {
  const box = make("td", column.text ? "text" : "");
  box.dataset.label = column.label;
  if (told.share === undefined) {
    box.textContent = told.text;
    return box;
  }
  const bar = make("span", "dg-bar");
  const range = make("i", "dg-range"), at = make("i", "dg-at");
  range.style.left = `${100 * told.low}%`;
  range.style.width = `${100 * (told.high - told.low)}%`;
  at.style.left = `${100 * told.share}%`;
  bar.append(range, at);
  box.append(make("span", "dg-number", told.text), bar);
  box.title = told.said;
  return box;
}

function render({ model, el }) {
  let by = -1, down = true;
  el.classList.add("dg");
  const draw = () => {
    const columns = model.get("columns"), rows = [...model.get("rows")];
    if (by >= 0) {
      const side = down ? -1 : 1;
      const key = (row) => row.cells[by].by;
      rows.sort((a, b) => (key(a) < key(b) ? -side : key(a) > key(b) ? side : 0));
    }
    const table = make("table", "dg-table"), head = make("tr", ""), body = make("tbody", "");
    columns.forEach((column, at) => {
      const th = make("th", column.text ? "text" : "");
      const button = make("button", "dg-sort", column.label);
      button.type = "button";
      button.append(make("span", "dg-arrow", at === by ? (down ? " ↓" : " ↑") : ""));
      th.setAttribute("aria-sort", at === by ? (down ? "descending" : "ascending") : "none");
      button.addEventListener("click", () => {
        down = at === by ? !down : !column.text;
        by = at;
        draw();
        el.querySelectorAll(".dg-sort")[at].focus();
      });
      th.append(button);
      head.append(th);
    });
    for (const row of rows) {
      const line = make("tr", row.id === model.get("picked") ? "is-picked" : "");
      line.dataset.id = row.id;
      row.cells.forEach((told, at) => {
        const box = cell(columns[at], told);
        if (at === 0) {
          const open = make("button", "dg-open", told.text);
          open.type = "button";
          box.replaceChildren(open);
        }
        line.append(box);
      });
      line.addEventListener("click", () => {
        model.set("picked", row.id);
        model.save_changes();
      });
      body.append(line);
    }
    const top = make("thead", "");
    top.append(head);
    table.append(top, body);
    el.replaceChildren(table);
  };
  const mark = () => el.querySelectorAll("tbody tr").forEach((line) =>
    line.classList.toggle("is-picked", line.dataset.id === model.get("picked")));
  model.on("change:rows", draw);
  model.on("change:picked", mark);
  draw();
}

export default { render };
