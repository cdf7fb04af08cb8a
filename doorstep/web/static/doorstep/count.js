// Counting. Every number gets an id of its own and stands in localStorage until the server has answered it; what is sent
// twice is kept once there. How old a number is goes by the phone's own clock, so a clock set wrong does no harm.
(() => {
  const root = document.querySelector(".count");
  if (!root) return;
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const words = read("count-words");
  const KEY = `doorstep.counts.${root.dataset.room}.${root.dataset.sheet}`;
  const AT_ONCE = 50;
  let lines = read("count-lines");
  let now = null;      // the line on the screen
  let sending = false;
  let wait = 1000;
  let retry = 0;
  let state = navigator.onLine ? "online" : "offline";

  const { load, save, freshId, ask, light } = window.doorstepQueue(KEY, words);
  const { means } = window.doorstepCodes;

  // --- which line a code means, as the server decides it
  const seen = () => {
    const queue = load();
    return lines.map((line) => {
      const mine = queue.filter((entry) => means(line, entry.code)).at(-1);
      return mine ? { ...line, todo: false, counted: mine.counted } : line;
    });
  };

  // --- what the counter hears, feels and sees
  const { play: sound, say } = window.doorstepSound;

  // --- drawing
  const put = (id, text) => { $(id).textContent = text; };
  function draw() {
    const all = seen();
    const todo = all.filter((line) => line.todo);
    put("counted", all.length - todo.length);
    put("lines", all.length);
    $("progress").max = all.length || 1;
    $("progress").value = all.length - todo.length;
    const done = !todo.length && !now;
    $("done").hidden = !done;
    $("item").hidden = !now;
    $("count-form").hidden = !now;
    $("skip").disabled = !todo.length;
    $("finish-form").hidden = load().length > 0;
    if (now) drawItem(all.find((line) => line.id === now.id) ?? now);
    light(state);
  }
  function drawItem(line) {
    put("item-title", line.title);
    put("item-sku", line.sku);
    put("item-bin", line.bin || "–");
    put("item-told", line.counted === null ? "" : `${words.counted}: ${line.counted}`);
    const picture = $("item-picture");
    if (line.picture && picture.getAttribute("src") !== line.picture) picture.src = line.picture;
    picture.hidden = !line.picture || camera.isOn();
    $("no-picture").hidden = Boolean(line.picture) || camera.isOn();
  }

  // --- one line after the other
  function open(line, word) {
    now = line;
    $("count-units").value = "";
    draw();
    if (line) { say("none", word ?? (line.todo ? words.how_many : words.again)); $("count-units").focus({ preventScroll: true }); }
    else { if (!seen().some((one) => one.todo)) say("good", words.done); $("scan-input").focus({ preventScroll: true }); }
  }
  function next() {
    const all = seen();
    const from = now ? all.findIndex((line) => line.id === now.id) : -1;
    const order = [...all.slice(from + 1), ...all.slice(0, from + 1)];
    open(order.find((line) => line.todo && line.id !== now?.id) ?? null);
  }
  function find(code) {
    code = code.trim();
    if (!code) return;
    const line = seen().find((one) => means(one, code));
    open(line ?? { id: 0, code, sku: code, barcode: "", title: words.added, bin: "", picture: "", todo: true, counted: null });
    sound("good");
  }
  function keep() {
    const field = $("count-units");
    const counted = Number(field.value);
    if (!now || field.value.trim() === "" || counted > 1000000) { field.focus(); return; }
    save([...load(), { client_id: freshId(), code: now.code ?? now.sku, counted, at: Date.now() }]);
    const told = `${counted} × ${now.title}`;
    next();
    say(state === "offline" ? "kept" : "good", words.kept, told);
    send();
  }

  // --- sending, one request at a time, in order
  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      let queue = load();
      while (queue.length) {
        const batch = queue.slice(0, AT_ONCE);
        const entries = batch.map(({ at, ...entry }) => ({ ...entry, age_ms: Math.max(0, Date.now() - at) }));
        const told = await ask(root.dataset.url, { method: "POST", body: JSON.stringify({ entries }) });
        state = "online";
        wait = 1000;
        const sent = new Set(batch.map((entry) => entry.client_id));
        save(load().filter((entry) => !sent.has(entry.client_id)));
        lines = told.lines;
        const wrong = told.answers.find((one) => one.problem);
        if (wrong) say("bad", words[wrong.problem] ?? wrong.problem, batch.find((entry) => entry.client_id === wrong.client_id)?.code);
        queue = load();
      }
      draw();
    } catch (trouble) {
      state = "offline";
      draw();
      if (trouble.word) { say("bad", trouble.word); return; } // only a person can help: the next count asks again
      retry = setTimeout(send, wait);
      wait = Math.min(wait * 2, 15000);
    } finally {
      sending = false;
    }
  }

  // --- the camera, where the browser can read barcodes
  const camera = window.doorstepCamera({ onCode: find, onTrouble: () => say("bad", words.no_camera), onTurn: () => { draw(); if (camera.isOn()) $("item").hidden = false; } });

  // --- hands
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = $("scan-input").value;
    $("scan-input").value = "";
    find(code);
  });
  $("count-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // A scanner types into whatever has the focus: what is no short number is the next item's code, not a count.
    const typed = $("count-units").value.trim();
    if (/^\d{0,7}$/.test(typed)) { keep(); return; }
    $("count-units").value = "";
    find(typed);
  });
  for (const [id, step] of [["count-less", -1], ["count-more", 1]]) $(id).addEventListener("click", () => { $("count-units").value = Math.max(0, (Number($("count-units").value) || 0) + step); });
  $("skip").addEventListener("click", next);
  addEventListener("online", () => { state = "online"; wait = 1000; draw(); send(); });
  addEventListener("offline", () => { state = "offline"; draw(); });
  addEventListener("storage", (event) => { if (event.key === KEY) draw(); });
  next();
  if (load().length) send();
})();
