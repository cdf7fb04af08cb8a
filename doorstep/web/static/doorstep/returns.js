// The receiving table. Every form carries the key of its click, so what is sent again after a lost answer counts once.
// Without this file the forms work as they stand: counts are typed, a scanned code looks for a return.
(() => {
  const $ = (id) => document.getElementById(id);
  const read = () => JSON.parse($("receive-words").textContent) || {};
  const { play: sound, show, toggle } = window.doorstepSound;
  let unsent = false;

  function say(kind, word) {
    $("answer").dataset.tone = kind;
    $("answer-word").textContent = word;
    sound(kind);
  }

  // --- counting
  function step(field, by) {
    const was = Number(field.value) || 0;
    const now = Math.min(Number(field.max), Math.max(Number(field.min), was + by));
    field.value = now;
    return now - was;
  }
  function scan(code) {
    const lines = [...document.querySelectorAll("[data-codes]")];
    const mine = lines.filter((line) => window.doorstepCodes.among(line.dataset.codes.split("|"), code));
    if (!mine.length) return false;
    const details = mine[0].closest("details");
    if (details) details.open = true;
    const field = mine.map((line) => line.querySelector("input")).find((one) => step(one, 1));
    if (field) say("good", `${read().counted} · ${field.value} / ${field.max}`);
    else say("bad", read().enough);
    return true;
  }

  // --- sending: the same form with the same key until there is an answer
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  async function send(form, button) {
    const body = new FormData(form, button);
    const buttons = form.querySelectorAll("button");
    for (const one of buttons) one.disabled = true;
    unsent = true;
    say("kept", read().sending);
    for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
      let answer;
      try {
        answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) });
        if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
      } catch {
        say("kept", read().offline);
        await rest(wait);
        continue;
      }
      unsent = false;
      const text = await answer.text();
      const told = new DOMParser().parseFromString(text, "text/html");
      if (answer.headers.get("HX-Redirect")) { say("bad", read().signed_out); return; }
      if (!answer.ok) {
        for (const one of buttons) one.disabled = false;
        say("bad", told.querySelector(".notice p, .notice, p")?.textContent.trim().replace(/\s+/g, " ") || read().failed);
        return;
      }
      const main = told.getElementById("main");
      if (!main) { location.assign(answer.url); return; }
      document.title = told.title;
      history.replaceState(null, "", answer.url);
      $("main").replaceWith(document.adoptNode(main));
      ready();
      scrollTo(0, 0);
      sound($("answer").dataset.tone === "good" ? "good" : "kept");
      return;
    }
  }

  // --- hands
  const suggested = { A: "restocked", B: "restocked", C: "refurbish", D: "liquidate" };
  document.addEventListener("click", (event) => {
    const stepper = event.target.closest("[data-step]");
    if (stepper) { step(stepper.parentElement.querySelector("input"), Number(stepper.dataset.step)); return; }
    if (event.target.closest("[data-all]")) {
      for (const field of document.querySelectorAll("[data-codes] input")) field.value = field.max;
      return;
    }
    if (event.target.closest("#sound")) {
      toggle($("sound"));
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "disposition") event.target.form.dataset.chosen = "yes";
    if (event.target.name !== "grade" || event.target.form.dataset.chosen) return;
    const fate = event.target.form.querySelector(`[name=disposition][value=${suggested[event.target.value]}]`);
    if (fate) fate.checked = true;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id === "scan-form") {
      const field = $("scan-input");
      const code = field.value.trim();
      if (!code || scan(code)) { event.preventDefault(); field.value = ""; return; }
      if (document.querySelector("[data-codes]") && [...document.querySelectorAll("[data-codes] input")].some((one) => Number(one.value))) {
        event.preventDefault();
        field.value = "";
        say("bad", read().unknown);
      }
      return;
    }
    if (!form.matches("[data-once]")) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  document.addEventListener("keydown", (event) => {
    const elsewhere = !event.target.closest("input, textarea, select, dialog");
    if (elsewhere && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) $("scan-input").focus({ preventScroll: true });
  });
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

  function ready() {
    for (const hidden of document.querySelectorAll(".counter [data-step], [data-all], #sound")) hidden.hidden = false;
    show($("sound"));
    if (document.querySelector("[data-codes]") && matchMedia("(pointer: fine)").matches) $("scan-input").focus({ preventScroll: true });
  }
  ready();
})();
