// The packing table: a scan ticks a unit of the first open box off, or opens the next order; weights follow what lies in a box.
(() => {
  const scan = document.querySelector("[data-pack-scan]");
  if (!scan) return;
  const codes = JSON.parse(document.getElementById("pack-codes").textContent);
  const input = scan.elements.code;
  const said = scan.querySelector("[data-scan-said]");
  const meant = (code) => Object.keys(codes).filter((line) => window.doorstepCodes.among(codes[line], code));
  const units = (row) => Number(row.querySelector("[name^='u-']")?.value || 0);

  function say(kind, words) {
    said.textContent = words;
    said.dataset.tone = kind;
    window.doorstepSound?.play(kind);
  }
  function tick(lines) {
    for (const box of document.querySelectorAll("[data-box]")) {
      const rows = [...box.querySelectorAll("[data-line]")];
      const row = rows.find((one) => lines.includes(one.dataset.line) && Number(one.dataset.done || 0) < units(one));
      if (!row) continue;
      row.dataset.done = Number(row.dataset.done || 0) + 1;
      const small = row.querySelector("[data-checked]");
      small.hidden = false;
      small.textContent = `${row.dataset.done} /`;
      row.classList.toggle("is-checked", Number(row.dataset.done) >= units(row));
      const all = rows.every((one) => Number(one.dataset.done || 0) >= units(one));
      say(all ? "done" : "good", all ? scan.dataset.all : `${row.querySelector("code").textContent} ${row.dataset.done}/${units(row)} ${scan.dataset.in}`);
      if (all) box.querySelector(".pack-button")?.focus();
      return true;
    }
    return false;
  }
  scan.addEventListener("submit", (event) => {
    const lines = meant(input.value);
    if (!lines.length) return;
    event.preventDefault();
    if (!tick(lines)) say("bad", scan.dataset.over);
    input.value = "";
  });

  // What somebody weighed stays; until then the weight is that of the units and their box.
  for (const box of document.querySelectorAll("[data-box]")) {
    const weight = box.querySelector("[data-weight]");
    if (!weight) continue;
    const sum = () => [...box.querySelectorAll("[data-grams]")].reduce((g, one) => g + Number(one.dataset.grams) * Number(one.value || 0), 0);
    const rest = Number(weight.value) - sum();
    weight.addEventListener("input", () => { weight.dataset.weighed = "yes"; });
    box.addEventListener("input", (event) => {
      if (event.target.matches("[data-grams]") && !weight.dataset.weighed) weight.value = Math.max(100, sum() + Math.max(rest, 0));
    });
  }
  // A wedge scanner types wherever the page is; what nobody else wants is a scan.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
    if (/[0-9A-Z#*]/.test(event.key)) input.focus();
  });
})();
