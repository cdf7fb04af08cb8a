// Receiving deliveries and transfers. Every scan gets an id of its own and stands in localStorage until the server has
// answered it; what is sent twice is booked once there. The page shows what the server counts plus what waits here.
(() => {
  const root = document.querySelector(".inbound");
  if (!root) return;
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const words = read("receive-words");
  const KEY = `doorstep.receipts.${root.dataset.room}.${root.dataset.key}`;
  const AT_ONCE = 50;
  const blind = root.dataset.blind === "yes";
  let lines = read("receive-lines");
  let sending = false;
  let wait = 1000;
  let retry = 0;
  let state = navigator.onLine ? "online" : "offline";
  let last = null; // the variant scanned last
  let countedLast = ""; // client id of the last receipt that was booked
  const tried = new Set(); // ids that may have reached the server
  const seen = new Map(); // entries sent, until they are answered
  const labels = new Map(); // the lot typed last, by variant

  const { load, save, freshId, ask, light } = window.doorstepQueue(KEY, words);
  const { means } = window.doorstepCodes;
  const lineOf = (code) => lines.find((line) => means(line, code));

  // --- sound and words
  const { play: sound, show, toggle } = window.doorstepSound;
  function say(kind, word, more = "") {
    $("answer").dataset.tone = kind;
    $("answer-word").textContent = more ? `${word} · ${more}` : word;
    sound(kind);
  }

  // --- drawing
  function counted() {
    const now = lines.map((line) => ({ ...line, waits: 0 }));
    for (const entry of load()) {
      const line = now.find((one) => one.variant === lineOf(entry.code)?.variant);
      if (line) line.waits += entry.qty;
    }
    return now;
  }
  function part(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function drawLine(line) {
    const item = part("li", line.variant === last ? "is-last" : "");
    const got = line.received + line.waits;
    if (!blind && line.expected && got >= line.expected) item.classList.add("is-whole");
    if (!blind && got > (line.expected ?? 0)) item.classList.add("is-over");
    const picture = line.picture ? part("img", "inbound-picture") : part("span", "inbound-picture");
    if (line.picture) { picture.src = line.picture; picture.alt = ""; }
    const middle = part("div", "inbound-words");
    middle.append(part("b", "", line.title), part("code", "", line.sku));
    const count = part("p", "inbound-count");
    count.append(part("b", "", got));
    if (!blind && line.expected) count.append(part("span", "", ` / ${line.expected}`));
    item.append(picture, middle, count);
    return item;
  }
  function draw() {
    const now = counted();
    const order = blind ? now.filter((line) => line.received + line.waits > 0) : now;
    order.sort((a, b) => (b.variant === last) - (a.variant === last));
    $("lines").replaceChildren(...order.map(drawLine));
    light(state);
    const whole = !blind && now.length > 0 && now.every((line) => line.received + line.waits >= (line.expected ?? 0));
    $("done").classList.toggle("btn-primary", whole);
  }

  // --- sending, one request at a time, in order
  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      for (let queue = load(); queue.length; queue = load()) {
        const batch = queue.slice(0, AT_ONCE);
        for (const entry of batch) { tried.add(entry.client_id); seen.set(entry.client_id, entry); }
        const told = await ask(root.dataset.url, { told: true, method: "POST", body: JSON.stringify({ receipts: batch }) });
        state = "online";
        wait = 1000;
        const sent = new Set(batch.map((entry) => entry.client_id));
        save(load().filter((entry) => !sent.has(entry.client_id)));
        lines = told.lines;
        told.answers.forEach(hear);
      }
    } catch (trouble) {
      if (trouble.word) say("bad", trouble.word); // only a person can help: the next scan asks again
      else {
        state = "offline";
        retry = setTimeout(send, wait);
        wait = Math.min(wait * 2, 15000);
      }
    } finally {
      sending = false;
      draw();
    }
  }
  function hear(answer) {
    const entry = seen.get(answer.client_id);
    seen.delete(answer.client_id);
    if (!answer.problem) {
      countedLast = answer.client_id;
      last = answer.variant;
      const line = lines.find((one) => one.variant === answer.variant);
      if (answer.over && line && !line.expected) say("kept", words.extra, line.sku);
      else if (answer.over) say("kept", words.surplus, `${answer.over} ${words.units}`);
      return;
    }
    const transfer = root.dataset.transfer === "yes";
    say("bad", answer.problem === "over" && transfer ? words.surplus_transfer : words[answer.problem] ?? answer.problem, entry?.code);
    if (!entry || $("ask").open) return;
    if (answer.problem === "over" && !transfer) open(entry, ["reason"]);
    else if (answer.problem === "needs_lot" || answer.problem === "lot_expiry_differs") open(entry, ["lot"]);
    else if (answer.problem === "needs_serials" || answer.problem === "serial_known") open(entry, ["serials"]);
  }

  // --- taking
  let pending = null;
  function take(code) {
    code = code.trim();
    if (!code) return;
    const qty = Math.max(1, Math.trunc(Number($("scan-qty").value)) || 1);
    const condition = document.querySelector("[name=condition]:checked").value;
    const entry = { client_id: freshId(), code, qty, condition };
    $("scan-qty").value = 1;
    const line = lineOf(code);
    const parts = [...(line?.by_lot ? ["lot"] : []), ...(line?.by_serial ? ["serials"] : [])];
    if (parts.length) open(entry, parts);
    else keep(entry);
  }
  function keep(entry) {
    save([...load(), entry]);
    const line = lineOf(entry.code);
    if (line) {
      last = line.variant;
      const now = counted().find((one) => one.variant === line.variant);
      const got = now.received + now.waits;
      say("good", words.good, blind || !line.expected ? `${got}` : `${got} / ${line.expected}`);
    } else if (!navigator.onLine || state === "offline") say("kept", words.offline);
    draw();
    send();
  }
  function open(entry, parts) {
    pending = { entry, parts };
    $("ask-title").textContent = `${entry.qty} × ${lineOf(entry.code)?.title ?? entry.code}`;
    for (const one of document.querySelectorAll("[data-part]")) one.hidden = !parts.includes(one.dataset.part);
    const known = labels.get(entry.code) ?? {};
    $("ask-reason").value = entry.reason ?? "";
    $("ask-lot").value = entry.lot ?? known.lot ?? "";
    $("ask-expires").value = entry.expires_on ?? known.expires_on ?? "";
    $("ask-serials").value = (entry.serials ?? []).join("\n");
    leftToScan();
    $("ask").showModal();
    $({ reason: "ask-reason", lot: "ask-lot", serials: "ask-serials" }[parts[0]]).focus();
  }
  const serials = () => [...new Set($("ask-serials").value.split(/\s+/).filter(Boolean))];
  function leftToScan() {
    const left = pending ? pending.entry.qty - serials().length : 0;
    $("serials-left").textContent = left > 0 ? `${left} ${words.serials_left}` : "";
  }
  $("ask-serials").addEventListener("input", leftToScan);
  // A scanner ends what it reads by Enter: the next item shall not become the reason for the one before.
  $("ask-reason").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  $("ask-form").addEventListener("submit", (event) => {
    const { entry, parts } = pending;
    const made = { ...entry, client_id: freshId() };
    if (parts.includes("reason")) made.reason = $("ask-reason").value.trim();
    if (parts.includes("lot")) {
      made.lot = $("ask-lot").value.trim();
      made.expires_on = $("ask-expires").value;
      labels.set(entry.code, { lot: made.lot, expires_on: made.expires_on });
    }
    if (parts.includes("serials")) made.serials = serials();
    const isAnItem = (part, text) => parts.includes(part) && text && lineOf(text);
    if (isAnItem("reason", made.reason) || isAnItem("lot", made.lot)) {
      $(made.reason && lineOf(made.reason) ? "ask-reason" : "ask-lot").value = "";
      event.preventDefault();
      sound("bad");
      return;
    }
    const lacks = (parts.includes("reason") && !made.reason) || (parts.includes("lot") && !made.lot) || (parts.includes("serials") && made.serials.length !== made.qty);
    if (lacks) { event.preventDefault(); leftToScan(); sound("bad"); return; }
    pending = null;
    keep(made);
  });

  // --- taking back
  async function undo() {
    const queue = load();
    const newest = queue.at(-1);
    if (newest && !tried.has(newest.client_id)) {
      save(queue.slice(0, -1));
      say("kept", words.taken_back);
      draw();
      return;
    }
    if (!countedLast) { say("bad", words.nothing_to_undo); return; }
    if (queue.length || !navigator.onLine) { say("bad", words.undo_later); return; }
    $("undo").disabled = true;
    try {
      const told = await ask(root.dataset.undoUrl, { told: true, method: "POST", body: JSON.stringify({ client_id: countedLast }) });
      lines = told.lines;
      countedLast = "";
      say("kept", words.taken_back);
    } catch (trouble) {
      say("bad", trouble.word ?? words.undo_later);
    }
    $("undo").disabled = false;
    draw();
  }

  // --- hands
  const form = $("scan-form");
  if (form) {
    const input = $("scan-input");
    const focus = () => { if (!document.querySelector("dialog[open]")) input.focus({ preventScroll: true }); };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = input.value;
      input.value = "";
      take(code);
      focus();
    });
    $("ask").addEventListener("close", focus);
    $("undo").addEventListener("click", () => { undo(); focus(); });
    document.addEventListener("keydown", (event) => {
      const elsewhere = !event.target.closest("input, textarea, dialog");
      if (elsewhere && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) focus();
    });
    window.doorstepCamera({ onCode: take, onTrouble: () => say("bad", words.no_camera), onTurn: focus, ready: () => !$("ask").open });
    focus();
  }
  $("sound").addEventListener("click", () => {
    toggle($("sound"));
  });
  show($("sound"));
  addEventListener("online", () => { state = "online"; wait = 1000; draw(); send(); });
  addEventListener("offline", () => { state = "offline"; draw(); });
  addEventListener("storage", (event) => { if (event.key === KEY) draw(); });
  draw();
  if (load().length) send();
})();
