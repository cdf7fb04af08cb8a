// Behaviour of the shared components: dialogs, menus, notices, copying, ticking times. No state of its own.
(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target.closest?.(selector);
      if (found) act(found, event);
    });

  on("click", "[data-open]", (button, event) => {
    const dialog = document.getElementById(button.dataset.open);
    if (!dialog || dialog.open) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("[autofocus], .dialog-in input, .dialog-in select, .palette-line input")?.focus();
  });
  for (const dialog of document.querySelectorAll("dialog[data-open-now]")) {
    dialog.showModal();
    dialog.querySelector("[autofocus], .dialog-in :is(input, select, textarea):not([type=hidden])")?.focus();
  }

  // A dialog that the server draws when it is asked for: what it says is true now.
  on("click", "[data-in-place]", async (button) => {
    const said = await fetch(button.dataset.inPlace, { headers: { "HX-Request": "true" } });
    const parsed = new DOMParser().parseFromString(await said.text(), "text/html");
    const dialog = parsed.querySelector("dialog");
    if (!dialog) {
      document.getElementById("notices").append(...parsed.body.childNodes);
      return;
    }
    document.getElementById(dialog.id)?.remove();
    document.getElementById("main").append(dialog);
    htmx.process(dialog);
    dialog.showModal();
    const first = dialog.querySelector(".dialog-in :is(input, select, textarea):not([type=hidden], :disabled)");
    first?.focus();
    if (first?.type === "number") first.select();
  });
  on("click", "[data-close]", (button) => button.closest("dialog").close());
  document.addEventListener("click", (event) => {
    if (event.target.tagName === "DIALOG" && event.target.open) event.target.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  on("click", "[data-dismiss]", (button) => button.closest(".notice").remove());
  on("click", "[data-back]", (link, event) => {
    if (history.length > 1) { event.preventDefault(); history.back(); }
  });
  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    const words = button.querySelector("span") ?? button;
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 1600);
  });
  // The open tab is in sight however many stand before it; whoever scrolled the tabs by hand keeps their place when a list draws itself anew.
  const bring = (tabs, from) => {
    if (from !== undefined) tabs.scrollLeft = from;
    const open = from === undefined && tabs.querySelector("[aria-current]");
    if (!open) return;
    const [all, own] = [tabs.getBoundingClientRect(), open.getBoundingClientRect()];
    if (own.left < all.left || own.right > all.right) tabs.scrollLeft += own.left - all.left - (all.width - own.width) / 2;
  };
  const opened = (tabs) => tabs.querySelector("[aria-current]")?.getAttribute("href");
  let scrolled = null;
  for (const tabs of document.querySelectorAll(".tabs, .phone-places, .subnav")) bring(tabs);
  document.addEventListener("htmx:beforeSwap", () => {
    const tabs = document.querySelector(".list-tabs");
    scrolled = tabs && { open: opened(tabs), left: tabs.scrollLeft };
  });
  document.addEventListener("htmx:afterSwap", () => {
    const tabs = document.querySelector(".list-tabs");
    if (tabs) bring(tabs, scrolled?.open === opened(tabs) ? scrolled.left : undefined);
  });
  on("change", "[data-submit]", (field) => field.form.requestSubmit());
  on("click", "[data-toggle-rail]", () => {
    const small = document.documentElement.classList.toggle("rail-small");
    try { localStorage.setItem("doorstep.rail", small ? "small" : "wide"); } catch { /* not remembered */ }
  });
  on("click", "[data-theme-to]", (button, event) => {
    event.preventDefault();
    document.documentElement.dataset.themeChoice = button.dataset.themeTo;
    for (const other of button.form.querySelectorAll("[data-theme-to]")) {
      other.toggleAttribute("aria-current", other === button);
      if (other === button) other.setAttribute("aria-current", "true");
    }
    fetch(button.form.action, { method: "POST", body: new FormData(button.form, button), headers: { "HX-Request": "true" } });
  });

  // A tick in the head of a table ticks every row; the bulk bar shows itself while any row is ticked.
  on("change", "table.rows input[type=checkbox]", (tick) => {
    const table = tick.closest("table");
    const all = table.querySelector("thead input[type=checkbox]");
    const rows = [...table.querySelectorAll("tbody input[type=checkbox]")];
    if (tick === all) for (const row of rows) row.checked = all.checked;
    const count = rows.filter((row) => row.checked).length;
    if (all) { all.checked = count > 0 && count === rows.length; all.indeterminate = count > 0 && count < rows.length; }
    for (const bar of document.querySelectorAll(".bulk-bar")) {
      bar.hidden = count === 0;
      for (const words of bar.querySelectorAll("[data-ticked]")) words.textContent = count;
    }
  });

  // While rows are ticked, a list does not change under the hand; a bulk button shows what it would do before it does it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-rows-live]") && event.target.querySelector("tbody input[type=checkbox]:checked")) event.preventDefault();
  });
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!event.target.matches("[data-bulk-form]") || !button?.matches("[data-bulk]")) return;
    event.preventDefault();
    const answer = await fetch(event.target.action, {
      method: "POST", body: new FormData(event.target, button), headers: { "HX-Request": "true" },
    });
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const dialog = parsed.querySelector("dialog");
    if (!dialog) {
      document.getElementById("notices").append(...parsed.body.childNodes);
      return;
    }
    document.getElementById("bulk")?.remove();
    document.getElementById("main").append(dialog);
    dialog.showModal();
    dialog.querySelector(".dialog-in input:not([type=hidden])")?.focus();
  });

  // Notices of success leave by themselves; refusals stay until they are read.
  const settle = (notice) => {
    if (!notice.matches(".notice-refused, .notice-error")) setTimeout(() => notice.remove(), 6000);
  };
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".notice")) settle(node);
  }).observe(document.getElementById("notices") ?? document.createElement("i"), { childList: true });
  for (const notice of document.querySelectorAll(".notice")) settle(notice);

  // htmx: a request that never reached the server, or broke there, is said aloud; nothing typed is lost.
  const failed = () => {
    const notice = document.createElement("div");
    notice.className = "notice notice-error";
    notice.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent = document.body.dataset.failed ?? "";
    const close = document.createElement("button");
    close.type = "button";
    close.dataset.dismiss = "";
    close.textContent = "×";
    notice.append(document.createElement("i"), words, close);
    document.getElementById("notices")?.append(notice);
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterRequest", (event) => {
    const dialog = event.target.matches?.(".dialog-box") && event.target.closest("dialog");  // its fields may ask for a preview
    const done = event.detail.successful && event.detail.xhr.status < 400;
    if (dialog && dialog.open && done && event.detail.requestConfig.verb !== "get") dialog.close();
  });
  // A refusal of what a dialog sent stands in the dialog, which stays open with everything that was typed: the notices
  // lie below it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const box = event.detail.requestConfig.elt.closest("dialog[open]")?.querySelector(".dialog-box");
    if (!box || event.detail.xhr.status < 400 || event.detail.xhr.status >= 500) return;
    let place = box.querySelector(":scope > .dialog-refusal");
    if (!place) {
      place = document.createElement("div");
      place.className = "dialog-refusal";
      place.setAttribute("role", "alert");
      box.querySelector(".dialog-head").after(place);
    }
    place.replaceChildren();
    event.detail.target = place;
  });

  for (const dot of document.querySelectorAll("[data-accent]")) dot.style.setProperty("--brand", dot.dataset.accent);

  // Relative times keep ticking on a page that stays open.
  const language = document.documentElement.lang || "en";
  const relative = new Intl.RelativeTimeFormat(language, { style: language === "en" ? "short" : "long" });
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const passed = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const step = steps.find(([, seconds]) => Math.abs(passed) >= seconds);
      if (!step) continue;
      const words = relative.format(Math.trunc(passed / step[1]), step[0]);
      if (words !== time.textContent) time.textContent = words;
    }
  }, 30000);
})();
