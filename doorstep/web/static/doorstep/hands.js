// The floor's pages by keyboard and by scanner alone: a key or a barcode between stars presses the button that bears it, and ? tells
// which there are. A scanner types like a keyboard and ends by Enter, wherever the page is.
(() => {
  const COMMAND = /^\*([A-Z0-9]+)\*$/;
  const inField = (target) => target.closest?.("input:not([type=number], [type=radio], [type=checkbox]), textarea, select, [contenteditable]") != null;
  const opened = () => [...document.querySelectorAll("dialog[open]")].at(-1);
  const usable = (one) => !one.disabled && one.checkVisibility();
  const bearing = (name, value) => [...(opened() ?? document).querySelectorAll(`[data-${name}="${CSS.escape(value)}"]`)].find(usable);

  function obey(text) {
    const code = COMMAND.exec(text.trim().toUpperCase())?.[1];
    if (!code) return false;
    const dialog = opened();
    if (dialog && code === "CLOSE") dialog.close();
    else if (dialog && code === "OK") (dialog.querySelector(".dialog-foot .btn-primary, .dialog-foot .btn-danger"))?.click();
    else bearing("code", code)?.click();
    return true; // one that nothing here bears is no item either
  }
  // A command that was scanned into a field is no item: it is taken out before the page counts it.
  document.addEventListener("submit", (event) => {
    const field = [...event.target.elements].find((one) => one === document.activeElement && one.tagName === "INPUT");
    if (!field || !COMMAND.test(field.value.trim().toUpperCase())) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = field.value;
    field.value = "";
    obey(text);
  }, true);
  // Where no field for words listens, what is typed between two stars within a moment is a command too.
  let typed = "", at = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (/^F\d+$/.test(event.key)) {
      const button = bearing("key", event.key);
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    const field = inField(event.target);
    if (event.key === "?" && (!field || (event.target.id === "scan-input" && !event.target.value)) && !opened()) {
      event.preventDefault();
      help();
      return;
    }
    if (field) return;
    if (event.timeStamp - at > 1500) typed = "";
    at = event.timeStamp;
    if (event.key === "Enter") {
      const text = typed;
      typed = "";
      if (COMMAND.test(text.toUpperCase())) { event.preventDefault(); event.stopImmediatePropagation(); obey(text); }
    } else if (event.key.length === 1 && (typed || event.key === "*")) {
      typed += event.key;
      event.stopImmediatePropagation(); // the letters of a command are no shortcuts, and none of a number's
      if (event.target.type === "number") event.preventDefault();
    }
  }, true);

  // What this page can do by key and by code, read from its own buttons.
  function help() {
    const dialog = document.getElementById("keys") ?? document.getElementById("help");
    if (!dialog || dialog.open) return;
    const plan = dialog.querySelector("[data-key-row]");
    for (const old of dialog.querySelectorAll("[data-key-of]")) old.remove();
    for (const button of plan ? document.querySelectorAll("[data-key]") : []) {
      const row = plan.cloneNode(true);
      row.hidden = false;
      row.removeAttribute("data-key-row");
      row.setAttribute("data-key-of", "");
      row.querySelector("kbd").textContent = button.dataset.key;
      row.querySelector("span").textContent = button.textContent.trim() || button.getAttribute("aria-label");
      const code = row.querySelector("code");
      if (button.dataset.code) code.textContent = `*${button.dataset.code}*`;
      else code.remove();
      plan.before(row);
    }
    dialog.showModal();
  }
})();
