// Rows of items in a form: one more at a press, many by pasting from a sheet. A page with a list to fetch prints it.
(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  const rows = document.querySelector("[data-item-rows]");
  if (!rows) return;
  const add = () => {
    const made = rows.lastElementChild.cloneNode(true);
    for (const field of made.querySelectorAll("input")) field.value = "";
    rows.append(made);
    return made;
  };
  const more = document.querySelector("[data-add-row]");
  more.hidden = false;
  more.addEventListener("click", () => add().querySelector("input").focus());
  rows.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2 && !text.includes("\t")) return;
    event.preventDefault();
    let row = event.target.closest(".item-row");
    for (const line of lines) {
      row ??= add();
      const cells = line.split(/\t|;|,(?=\s)|\s{2,}/);
      row.querySelectorAll("input").forEach((field, n) => { field.value = cells[n]?.trim() ?? ""; });
      row = row.nextElementSibling;
    }
  });
  rows.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // a scanner ends each code so, and the form is not done yet
    const fields = [...rows.querySelectorAll("input")];
    (fields[fields.indexOf(event.target) + 1] ?? add().querySelector("input")).focus();
  });
})();
