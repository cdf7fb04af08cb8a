// One conversation: what is typed is kept, what others did meanwhile is shown before anything is sent. Keys: r reply, n note, e resolve and then on to the next, a to me, j k messages.
(() => {
  const answer = document.getElementById("answer");
  const panes = answer ? { reply: document.getElementById("pane-reply"), note: document.getElementById("pane-note") } : {};
  const token = () => document.querySelector("#looking-form [name=csrfmiddlewaretoken]").value;

  function show(name, focus = true) {
    for (const [key, pane] of Object.entries(panes)) {
      pane.hidden = key !== name;
      document.getElementById(`tab-${key}`).setAttribute("aria-selected", String(key === name));
    }
    if (focus) panes[name]?.querySelector("textarea").focus();
  }
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-pane]");
    if (tab) show(tab.dataset.pane);
  });
  if (answer && !panes.reply.querySelector("textarea").value && panes.note.querySelector("textarea").value) show("note", false);

  // Drafts: half a second after the last key, and at once when the page goes away.
  const kept = answer?.querySelector("[data-kept]");
  const saved = new Map();
  const timers = new Map();
  const fields = answer ? [...answer.querySelectorAll("[data-draft]")] : [];
  let sending = false;
  const body = (field) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token());
    data.set("kind", field.dataset.draft);
    data.set("text", field.value);
    return data;
  };
  async function save(field) {
    clearTimeout(timers.get(field));
    if (saved.get(field) === field.value || sending) return;
    const value = field.value;
    try {
      const said = await fetch(answer.dataset.draftUrl, { method: "POST", body: body(field), headers: { "HX-Request": "true" } });
      if (said.status !== 204) return;
      saved.set(field, value);
      kept.textContent = value.trim() ? kept.dataset.kept : "";
    } catch { /* the next key tries again */ }
  }
  // Colleagues who open the page see at once who writes already, before they begin to write too.
  const writing = document.querySelector("#looking-form [name=writing]");
  function tellWriting(now) {
    if (writing.value === now) return;
    writing.value = now;
    document.getElementById("looking").dispatchEvent(new CustomEvent("doorstep:writing"));
  }
  for (const field of fields) {
    saved.set(field, field.value);
    field.addEventListener("input", () => {
      kept.textContent = "";
      tellWriting(field.value.trim() ? "1" : "0");
      clearTimeout(timers.get(field));
      timers.set(field, setTimeout(() => save(field), 600));
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        field.form.requestSubmit(field.form.querySelector(".btn-primary"));
      }
    });
  }
  addEventListener("pagehide", () => {
    for (const field of fields) if (saved.get(field) !== field.value && !sending) navigator.sendBeacon(answer.dataset.draftUrl, body(field));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (Object.values(panes).includes(event.target)) { sending = true; for (const timer of timers.values()) clearTimeout(timer); }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (Object.values(panes).includes(event.target) && !event.detail.xhr.getResponseHeader("HX-Redirect")) sending = false;
  });

  // What others did since this page was read. The server refuses a stale answer in any case; here it is said before.
  const seen = () => Number(document.querySelector("[data-seen-version]")?.value ?? 0);
  const newer = document.getElementById("newer");
  function lookForOthers() {
    if (!answer) return;
    const others = [...document.querySelectorAll("#thread > [data-version]")].filter((line) => Number(line.dataset.version) > seen() && line.dataset.mine === "0");
    const writing = fields.some((field) => field.value.trim());
    const version = document.getElementById("thread-part").dataset.version;
    if (!others.length || !writing) { newer.hidden = true; if (!others.length || !writing) take(version, false); return; }
    if (document.getElementById("collision").children.length) return;
    newer.hidden = false;
    newer.querySelector("[data-who]").textContent = others.at(-1).querySelector(".said-who b")?.textContent ?? others.at(-1).textContent.trim().split(" ")[0];
    newer.querySelector("[data-seen]").dataset.seen = version;
  }
  function take(version, focus = true) {
    for (const field of document.querySelectorAll("[data-seen-version]")) field.value = version;
    newer.hidden = true;
    if (focus) { document.getElementById("collision").replaceChildren(); fields.find((field) => !field.form.hidden)?.focus(); }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-seen]");
    if (button) take(button.dataset.seen);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "collision") return;
    newer.hidden = true;
    event.target.scrollIntoView({ block: "center" });
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "thread-part" || event.detail.elt?.id === "thread-part") lookForOthers(); });

  // Macros and files.
  const notice = (html) => document.getElementById("notices").append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-macro]");
    if (!button) return;
    const menu = button.closest("details");
    if (menu) menu.open = false;
    const said = await fetch(button.dataset.macro, { headers: { "HX-Request": "true" } });
    if (!said.ok) { notice(await said.text()); return; }
    const field = panes.reply.querySelector("textarea");
    const { text, hole, says } = await said.json();
    if (field.selectionEnd === 0) field.setSelectionRange(field.value.length, field.value.length);
    field.setRangeText(field.value && field.selectionStart === field.value.length ? `\n${text}` : text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    show("reply");
    if (hole) {
      const at = field.value.indexOf(hole);
      field.setSelectionRange(at, at + hole.length);
      notice(says);
    }
    if (button.dataset.once) document.getElementById(button.dataset.once).remove();
  });
  document.addEventListener("change", async (event) => {
    const field = event.target.closest("[data-upload]");
    if (!field || !field.files.length) return;
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token());
    for (const file of field.files) data.append("file", file);
    field.value = "";
    let said, html;
    try {
      said = await fetch(field.dataset.upload, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      html = await said.text();
    } catch {
      document.dispatchEvent(new Event("htmx:sendError"));  // the notice of what never reached the server
      return;
    }
    const away = said.headers.get("HX-Redirect");
    if (away) { location.assign(away); return; }
    if (!said.ok) { notice(html); return; }
    const list = new DOMParser().parseFromString(html, "text/html").getElementById("uploads");
    document.getElementById("uploads").replaceWith(list);
    htmx.process(list);
  });

  // Keys.
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "g") { going = Date.now(); return; }
    if (going && Date.now() - going < 1200) { going = 0; return; }
    const act = { r: () => show("reply"), n: () => show("note"), e: () => (document.getElementById("do-resolve") ?? document.getElementById("do-next"))?.click(),
                  a: () => document.querySelector("[data-assign-me]")?.click(), j: () => step(1), k: () => step(-1) }[event.key];
    if (!act || (!answer && "rn".includes(event.key))) return;
    event.preventDefault();
    act();
  });
  let at = -1;
  function step(by) {
    const all = [...document.querySelectorAll("#thread > .said")];
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, at < 0 ? all.length - 1 : at + by));
    for (const one of all) one.removeAttribute("data-here");
    all[at].dataset.here = "";
    all[at].scrollIntoView({ block: "center" });
  }
  document.querySelector("#thread > .said:last-of-type")?.scrollIntoView({ block: "nearest" });
})();
