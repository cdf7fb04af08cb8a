// Putting away: an item's code, then its bin's. Each put-away has an id of its own and stands in localStorage until the server has
// answered it; what is sent twice is counted once there. The page shows what waits less what waits here to be sent.
(() => {
  const root = document.querySelector(".put-away");
  if (!root) return;
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const words = read("put-words"), free = read("put-free"), bins = new Map(read("put-bins").map((code) => [code.toUpperCase(), code]));
  const KEY = `doorstep.put_away.${root.dataset.room}.${root.dataset.location}`;
  const AT_ONCE = 50;
  let items = read("put-items");
  let now = null; // id of the item in the hand
  let last = "";  // client id of what counted last: what an undo means
  let state = navigator.onLine ? "online" : "offline";
  let sending = false, wait = 1000, retry = 0;
  const tried = new Set();
  const { load, save, freshId, ask, light } = window.doorstepQueue(KEY, words);
  const { means } = window.doorstepCodes;
  const { play, say, show, toggle } = window.doorstepSound;

  function left() { // what still waits, by this phone's own lights
    const seen = items.map((item) => ({ ...item }));
    for (const entry of load()) {
      const item = seen.find((one) => means(one, entry.code));
      if (item) { item.qty -= entry.qty; item.bin = entry.bin; }
    }
    return seen.filter((item) => item.qty > 0);
  }
  const put = (id, text) => { $(id).textContent = text; };

  function draw() {
    const seen = left();
    const item = seen.find((one) => one.id === now);
    $("item").hidden = !item && !camera.isOn();
    if (item) {
      put("item-title", item.title);
      put("item-sku", item.sku);
      put("item-left", item.qty);
      put("item-where", item.bin ? $("item-where").dataset.bin : free.length ? words.free : words.any);
      put("item-bin", item.bin || free[0] || "–");
      const picture = $("item-picture");
      if (item.picture && picture.getAttribute("src") !== item.picture) picture.src = item.picture;
      picture.hidden = !item.picture || camera.isOn();
      $("no-picture").hidden = Boolean(item.picture) || camera.isOn();
      $("qty").max = item.qty;
    }
    const list = $("list");
    list.replaceChildren(...seen.map((one) => {
      const line = document.createElement("li"), button = document.createElement("button"), what = document.createElement("span");
      const title = document.createElement("b"), sku = document.createElement("small"), bin = document.createElement("code"), qty = document.createElement("em");
      title.textContent = one.title; sku.textContent = one.sku; bin.textContent = one.bin || "–"; qty.textContent = one.qty;
      what.append(title, sku);
      button.type = "button";
      button.append(what, bin, qty);
      button.addEventListener("click", () => { choose(one); focus(); });
      line.append(button);
      return line;
    }));
    $("undo").disabled = !now && !last && !load().length;
    light(state);
  }

  function choose(item) {
    now = item.id;
    $("qty").value = item.qty;
    say("good", words.item, item.bin);
    draw();
  }
  function scan(code) {
    code = code.trim();
    if (!code) return;
    const seen = left();
    const item = seen.find((one) => means(one, code));
    const bin = bins.get(code.toUpperCase());
    if (item && !(bin && now)) { choose(item); return; }
    const held = seen.find((one) => one.id === now);
    if (!held) { say("bad", bin ? words.first : words.nothing_waits); return; }
    if (!bin) { say("bad", words.unknown_bin); return; }
    if (held.bin && held.bin !== bin) { elsewhere(held, bin); return; }
    keep(held, bin, false);
  }
  function elsewhere(item, bin) {
    put("elsewhere-own", item.bin);
    put("elsewhere-new", bin);
    $("elsewhere").dataset.bin = bin;
    play("bad");
    $("elsewhere").showModal();
  }
  function keep(item, bin, moves) {
    const qty = Math.min(Math.max(Math.trunc(Number($("qty").value)) || 0, 0), item.qty);
    if (!qty) { say("bad", words.too_many); return; }
    save([...load(), { client_id: freshId(), code: item.sku, bin, qty, moves, at: new Date().toISOString() }]);
    if (free[0] === bin) free.shift();
    now = null;
    say(left().length ? "good" : "done", left().length ? words[""] : words.done, `${qty} → ${bin}`);
    draw();
    send();
  }

  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      let queue = load();
      while (queue.length) {
        const batch = queue.slice(0, AT_ONCE);
        for (const entry of batch) tried.add(entry.client_id);
        const told = await ask(root.dataset.url, { method: "POST", body: JSON.stringify({ scans: batch }) });
        state = "online";
        wait = 1000;
        const sent = new Set(batch.map((entry) => entry.client_id));
        save(load().filter((entry) => !sent.has(entry.client_id)));
        items = told.items;
        for (const answer of told.answers) {
          if (answer.problem) say("bad", words[answer.problem] ?? answer.problem, answer.problem === "other_bin" ? answer.bin : "");
          else last = answer.client_id;
        }
        queue = load();
      }
      draw();
    } catch (trouble) {
      state = "offline";
      draw();
      if (trouble.word) { say("bad", trouble.word); return; }
      retry = setTimeout(send, wait);
      wait = Math.min(wait * 2, 15000);
    } finally {
      sending = false;
    }
  }
  async function undo() {
    if (now) { now = null; say("kept", words.undone); draw(); return; }
    const queue = load(), newest = queue.at(-1);
    if (newest && !tried.has(newest.client_id)) { save(queue.slice(0, -1)); say("kept", words.undone); draw(); return; }
    if (queue.length || !navigator.onLine) { say("bad", words.undo_later); return; }
    if (!last) { say("bad", words.nothing_to_undo); return; }
    try {
      const told = await ask(root.dataset.undoUrl, { method: "POST", body: JSON.stringify({ client_id: last }) });
      items = told.items;
      last = "";
      say("kept", words.undone);
    } catch (trouble) {
      say("bad", trouble.word ?? words.undo_later);
    }
    draw();
  }

  const camera = window.doorstepCamera({ onCode: scan, onTrouble: () => say("bad", words.no_camera), onTurn: () => { draw(); focus(); }, ready: () => !$("elsewhere").open });
  const input = $("scan-input");
  const focus = () => { if (!document.querySelector("dialog[open]")) input.focus({ preventScroll: true }); };
  $("item-where").dataset.bin = $("item-where").textContent;
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value;
    input.value = "";
    scan(code);
  });
  $("elsewhere-form").addEventListener("submit", () => {
    const held = left().find((one) => one.id === now);
    if (held) keep(held, $("elsewhere").dataset.bin, true);
  });
  $("elsewhere").addEventListener("close", focus);
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const [id, step] of [["qty-less", "stepDown"], ["qty-more", "stepUp"]]) $(id).addEventListener("click", () => { $("qty")[step](); focus(); });
  $("qty").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); focus(); } });
  $("undo").addEventListener("click", () => { undo(); focus(); });
  $("sound").addEventListener("click", () => { toggle($("sound")); focus(); });
  show($("sound"));
  document.addEventListener("keydown", (event) => {
    const away = !event.target.closest("input, textarea, dialog");
    if (away && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) focus();
  });
  addEventListener("online", () => { state = "online"; wait = 1000; draw(); send(); });
  addEventListener("offline", () => { state = "offline"; draw(); });
  addEventListener("storage", (event) => { if (event.key === KEY) draw(); });
  draw();
  focus();
  if (load().length) send();
})();
