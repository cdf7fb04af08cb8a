// Keyboard: / the list's own search (else the palette), Ctrl-K the palette, g + letter to a screen, j k move in lists, Enter opens, x ticks, [ folds the rail, ? help.
(() => {
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };
  let going = 0;

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape" && !event.isComposing && event.target.matches(".filter-search input")) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (going && Date.now() - going < 1200) {
      going = 0;
      const link = document.querySelector(`.rail-link[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const act = { "g": () => { going = Date.now(); }, "/": search, "?": () => open("help"), "j": () => move(1), "k": () => move(-1),
                  "Enter": openRow, "x": tickRow, "[": () => document.querySelector("[data-toggle-rail]")?.click() }[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  // The search of a list is where / leads; a page without a list searches everything.
  function search() {
    const own = document.querySelector(".filter-search input");
    if (!own?.offsetParent) { openPalette(); return true; }
    own.focus();
    own.select();
    return true;
  }

  const rows = () => [...document.querySelectorAll("table.rows tbody tr")].filter((row) => row.offsetParent);
  const current = () => document.querySelector("table.rows tbody tr.current");
  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const was = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, was < 0 ? 0 : was + step))];
    current()?.classList.remove("current");
    next.classList.add("current");
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function openRow() {
    if (document.activeElement !== document.body && document.activeElement.closest("a, button, summary")) return false;
    const link = current()?.querySelector("a[href]");
    if (!link) return false;
    link.click();
    return true;
  }
  // A list that changes by itself keeps the row that somebody stands on.
  const address = (row) => row?.querySelector("a[href]")?.getAttribute("href");
  let stood;
  document.addEventListener("htmx:beforeSwap", () => { stood = address(current()) ?? stood; });
  document.addEventListener("htmx:afterSwap", () => {
    if (stood && !current()) rows().find((row) => address(row) === stood)?.classList.add("current");
  });
  // Enter on a tick opens the row; it never presses the first button of the bulk bar.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("table.rows input[type=checkbox]")) event.preventDefault();
  }, true);
  function tickRow() {
    const box = current()?.querySelector("input[type=checkbox]");
    if (!box) return false;
    box.click();
    return true;
  }

  // The palette: what is fixed is filtered here, what is stored is searched on the server.
  const palette = document.getElementById("palette");
  const field = palette?.querySelector("input");
  const list = palette?.querySelector(".palette-list");
  function openPalette() {
    open("palette");
    field.select();
    filter();
  }
  const shown = () => [...list.querySelectorAll(".palette-item")].filter((item) => !item.hidden);
  function choose(item) {
    for (const other of list.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
    if (!item) { field.removeAttribute("aria-activedescendant"); return; }
    item.id ||= `palette-item-${[...list.querySelectorAll(".palette-item")].indexOf(item)}`;
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", item.id);
  }
  function filter() {
    const wanted = field.value.trim().toLowerCase();
    for (const group of list.querySelectorAll("[data-palette-fixed]")) {
      const items = [...group.querySelectorAll(".palette-item")];
      for (const [n, item] of items.entries()) {
        item.dataset.at ??= n;
        const [called, says] = [item.querySelector("span").textContent, `${item.textContent} ${item.dataset.words ?? ""}`];
        item.hidden = !says.toLowerCase().includes(wanted);
        item.style.display = item.hidden ? "none" : "";
        const found = wanted ? called.toLowerCase().indexOf(wanted) : 0;  // what is called so comes before what only has to do with it
        item.dataset.rank = found === 0 ? 0 : found > 0 ? 1 : 2;
      }
      items.sort((a, b) => a.dataset.rank - b.dataset.rank || a.dataset.at - b.dataset.at);
      group.append(...items);
      group.hidden = items.every((item) => item.hidden);
    }
    if (!wanted) document.getElementById("palette-found").replaceChildren();
    list.querySelector(".palette-none").hidden = shown().length > 0;
    choose(shown()[0]);
  }
  if (palette) {
    field.addEventListener("input", filter);
    document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "palette-found") filter(); });
    list.addEventListener("mousemove", (event) => { const item = event.target.closest(".palette-item"); if (item) choose(item); });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const items = shown();
      const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") choose(items[Math.min(at + 1, items.length - 1)]);
      else if (event.key === "ArrowUp") choose(items[Math.max(at - 1, 0)]);
      else if (event.key === "Enter") items[at]?.click();
      else return;
      event.preventDefault();
    });
  }
})();
