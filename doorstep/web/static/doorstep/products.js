// The product form: rows of variants, check digits of barcodes, option columns, picture preview.
(() => {
  const form = document.getElementById("product-form");
  if (!form) return;
  const table = form.querySelector("table.variants");
  const lines = document.getElementById("lines");
  let next = lines.querySelectorAll("[data-line]").length;

  // Source: GS1 General Specifications, 7.9.
  const digit = (body) => (10 - [...body].reverse().reduce((sum, d, i) => sum + Number(d) * (i % 2 ? 1 : 3), 0) % 10) % 10;
  function judge(input) {
    const code = input.value.replace(/[\s-]/g, "");
    const words = input.parentElement.querySelector(".gtin");
    const shaped = /^(\d{8}|\d{12,14})$/.test(code);
    const good = shaped && digit(code.slice(0, -1)) === Number(code.slice(-1));
    words.classList.toggle("good", good);
    words.textContent = !shaped ? "" : good ? (document.activeElement === input ? table.dataset.good : "") : table.dataset.mistyped;
  }
  function columns() {
    for (const name of form.querySelectorAll("[data-option-name]")) {
      const shown = name.value.trim() !== "";
      for (const cell of table.querySelectorAll(`[data-option="${name.dataset.optionName}"]`)) {
        cell.hidden = !shown;
        if (cell.tagName === "TH") cell.textContent = name.value;
      }
    }
  }
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-gtin]")) judge(event.target);
    if (event.target.matches("[data-option-name]")) columns();
  });
  form.addEventListener("focusout", (event) => { if (event.target.matches("[data-gtin]")) setTimeout(() => judge(event.target)); });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      const row = document.getElementById("fresh-line").content.firstElementChild.cloneNode(true);
      for (const input of row.querySelectorAll("[name]")) input.name = input.name.replace("n__", `n${next}`);
      next += 1;
      const last = lines.querySelector("[data-line]:last-child");
      for (const part of ["price", "weight_g", "country_of_origin", "hs_code"]) {
        const above = last?.querySelector(`[name$="-${part}"]`);
        if (above) row.querySelector(`[name$="-${part}"]`).value = above.value;
      }
      lines.append(row);
      columns();
      row.querySelector("input").focus();
    }
    const drop = event.target.closest("[data-drop-line]");
    if (drop && lines.querySelectorAll("[data-line]").length > 1) drop.closest("[data-line]").remove();
  });
  // Enter moves on instead of sending half a product: a wedge scanner ends each barcode with it.
  lines.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    const inputs = [...lines.querySelectorAll("input:not([type=checkbox])")].filter((input) => !input.closest("[hidden]"));
    inputs[inputs.indexOf(event.target) + 1]?.focus();
  });
  columns();
  for (const input of table.querySelectorAll("[data-gtin]")) judge(input);

  const chosen = document.querySelector("[data-picture]");
  chosen?.addEventListener("change", () => {
    const [file] = chosen.files;
    if (!file) return;
    const image = document.createElement("img");
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    document.querySelector("[data-preview]").replaceChildren(image);
    document.querySelector("[data-picture-save]").hidden = false;
  });
})();
