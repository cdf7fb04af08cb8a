// Scanning. Every scan and every short pick gets an id of its own and stands in localStorage until the server has answered
// it; what is sent twice is counted once there, so a lost answer costs nothing. The page shows the server's count plus what waits here.
(() => {
  const root = document.querySelector(".scan");
  if (!root) return;
  const $ = (id) => document.getElementById(id);
  const read = (id) => JSON.parse($(id).textContent);
  const words = read("scan-words");
  const KEY = `doorstep.scans.${root.dataset.room}.${root.dataset.list}`;
  const AT_ONCE = 50;
  let tasks = read("scan-tasks");
  let gone = read("scan-gone"); // what was wanted until its order was cancelled
  const asked = new URLSearchParams(location.search).get("part"); // the packing table sends for one order's units
  let last = tasks.find((task) => String(task.part) === asked && task.picked < task.qty)?.id ?? null; // id of the task scanned last
  let shown = null;       // the task on the screen
  let countedLast = "";  // client id of the scan that counted last: what an undo means
  let sending = false;
  let wait = 1000;
  let retry = 0;
  let stale = false;     // something happened elsewhere that this page has not asked about yet
  let state = navigator.onLine ? "online" : "offline";
  const tried = new Set(); // ids that may have reached the server
  const judged = new Map(); // what this page said of a scan before the server did

  const { load, save, freshId, ask, light } = window.doorstepQueue(KEY, words);
  const { means } = window.doorstepCodes;

  // --- which task a code counts for, as the server decides it: the first on the walk that needs a unit and is not held
  function counted() {
    const seen = tasks.map((task) => ({ ...task }));
    for (const scan of load()) {
      if ("found" in scan) {
        const short = seen.find((one) => one.id === scan.task_id);
        if (short && !short.on_hold) short.qty = Math.min(short.qty, Math.max(scan.found, short.picked));
        continue;
      }
      const task = seen.find((one) => means(one, scan.code) && one.picked < one.qty && !one.on_hold);
      if (task) task.picked += 1;
    }
    return seen;
  }
  function judge(code) {
    const mine = counted().filter((task) => means(task, code));
    if (!mine.length && gone.some((task) => means(task, code))) return { problem: "cancelled", sure: true };
    if (!mine.length) return { problem: "not_on_list", sure: false };
    const needed = mine.filter((task) => task.picked < task.qty);
    if (!needed.length) return { problem: "already_complete", sure: true };
    const free = needed.find((task) => !task.on_hold);
    return free ? { problem: "", sure: true, task: free } : { problem: "on_hold", sure: true };
  }

  // --- what the picker hears, feels and sees
  const { say, show, toggle } = window.doorstepSound;

  // --- drawing
  const left = (task) => task.qty - task.picked;
  const put = (id, text) => { $(id).textContent = text; };
  function draw() {
    const seen = counted();
    const todo = seen.filter((task) => left(task) > 0 && !task.on_hold);
    const now = todo.find((task) => task.id === last) ?? todo[0];
    const then = todo.find((task) => task !== now && !(root.dataset.method === "batch" && task.sku === now?.sku && task.bin === now?.bin));
    const units = seen.reduce((sum, task) => sum + task.qty, 0);
    const picked = seen.reduce((sum, task) => sum + task.picked, 0);
    put("picked", picked);
    put("units", units);
    $("progress").max = units || 1;
    $("progress").value = picked;
    $("item").hidden = !now;
    $("done").hidden = Boolean(now);
    $("next").hidden = !then;
    $("undo").disabled = picked === 0 && !load().length;
    shown = now ?? null;
    // A batch is sorted afterwards: what lies in one bin is fetched in one go, whoever ordered it.
    const together = root.dataset.method === "batch" && now ? todo.filter((task) => task.sku === now.sku && task.bin === now.bin) : [];
    if (now) drawItem(now, together.length > 1 ? together : [now]);
    else drawDone(seen);
    if (then) { put("next-bin", then.bin); put("next-title", `${left(then)} × ${then.title}`); }
    light(state);
  }
  function drawItem(task, together) {
    put("item-title", task.title);
    put("item-sku", task.sku);
    put("item-order", together.length > 1 ? together.map((one) => one.order).join(", ") : task.part_of ? `${task.order} · ${task.part_of}` : task.order);
    put("item-lot", task.lot);
    put("item-tote-number", task.tote || "");
    $("item-tote").hidden = !task.tote || together.length > 1;
    put("item-bin", task.bin || "–");
    put("item-left", together.reduce((sum, one) => sum + left(one), 0));
    const picture = $("item-picture");
    if (task.picture && picture.getAttribute("src") !== task.picture) picture.src = task.picture;
    picture.hidden = !task.picture || camera.isOn();
    $("no-picture").hidden = Boolean(task.picture) || camera.isOn();
  }
  function drawDone(seen) {
    const held = seen.some((task) => left(task) > 0);
    put("done-word", held ? words.held : words.done);
    const list = $("pack-links");
    list.replaceChildren();
    for (const [order, pack] of new Map(seen.filter((task) => !task.on_hold && task.qty > 0).map((task) => [task.order, task.pack]))) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.className = list.children.length ? "btn" : "btn btn-primary";
      link.href = pack;
      link.textContent = `${words.pack} ${order}`;
      item.append(link);
      list.append(item);
    }
  }

  // --- sending, one request at a time, in order
  function adopt(told) {
    const known = new Map(tasks.map((task) => [task.id, task]));
    if (told.tasks.some((one) => !known.has(one.id))) { location.reload(); return; }
    tasks = told.tasks.map((one) => Object.assign(known.get(one.id), one));
    gone = told.gone;
    const lost = gone.find((one) => one.id === shown?.id);
    if (!lost) return;
    if ($("short").open && $("short").dataset.task === String(lost.id)) $("short").close();
    say("kept", words.cancelled, lost.order);
  }
  // A cancellation elsewhere. The stream wakes the light, not the whole page: the scanner's field has the focus all day.
  async function refresh() {
    if (sending || load().length) { stale = true; return; } // the answer to what waits here tells it too
    stale = false;
    try { adopt(await ask(root.dataset.scansUrl, { method: "GET" })); draw(); } catch { stale = true; }
  }
  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      let queue = load();
      while (queue.length) {
        const batch = queue.slice(0, AT_ONCE);
        for (const scan of batch) tried.add(scan.client_id);
        const told = await ask(root.dataset.scansUrl, { method: "POST", body: JSON.stringify({ scans: batch }) });
        state = "online";
        wait = 1000;
        const sent = new Set(batch.map((scan) => scan.client_id));
        save(load().filter((scan) => !sent.has(scan.client_id)));
        adopt(told);
        answerAll(told.answers);
        queue = load();
      }
      draw();
    } catch (trouble) {
      state = "offline";
      draw();
      if (trouble.word) { say("bad", trouble.word); return; } // only a person can help: the next scan asks again
      retry = setTimeout(send, wait);
      wait = Math.min(wait * 2, 15000);
    } finally {
      sending = false;
      if (stale && !load().length) refresh();
    }
  }
  function answerAll(answers) {
    for (const answer of answers) {
      const before = judged.get(answer.client_id);
      judged.delete(answer.client_id);
      if ("missing" in answer) {
        if (before !== answer.problem) tellShort(answer.problem, answer.missing);
        continue;
      }
      if (answer.task_id && !answer.problem) { last = answer.task_id; countedLast = answer.client_id; }
      if (before === answer.problem) continue;
      if (answer.problem) refuse(answer.problem);
      else praise(answer.task_id);
    }
  }
  function refuse(problem) {
    say(problem === "cancelled" ? "kept" : "bad", words[problem] ?? problem); // no mistake of the picker's
  }
  function praise(id) {
    const seen = counted();
    const task = seen.find((one) => one.id === id);
    if (!seen.some((one) => left(one) > 0 && !one.on_hold)) say("done", words.done);
    else if (task && left(task) === 0) say("good", words.next);
    else say("good", words[""], task ? `${task.picked} / ${task.qty}` : "");
  }
  function scan(code, typed) {
    code = code.trim();
    if (!code) return;
    const told = judge(code);
    const entry = { client_id: freshId(), code, typed, at: new Date().toISOString() };
    const offline = state === "offline" || !navigator.onLine;
    if (told.sure || offline) judged.set(entry.client_id, told.problem);
    save([...load(), entry]);
    if (!told.problem) { last = told.task.id; praise(told.task.id); }
    else if (told.sure || offline) refuse(told.problem);
    draw();
    send();
  }

  // --- too few on the shelf
  function tellShort(problem, missing) {
    if (problem) refuse(problem);
    else say("kept", words.short, `${missing} ${words.missing}`);
  }
  function askShort() {
    if (!shown) return;
    const field = $("short-found");
    $("short").dataset.task = shown.id;
    put("short-bin", shown.bin);
    put("short-item", shown.title);
    put("short-of", `/ ${shown.qty}`);
    field.min = shown.picked;
    field.max = shown.qty - 1;
    field.value = shown.picked;
    $("short").showModal();
    field.select();
  }
  function report() {
    const task = counted().find((one) => String(one.id) === $("short").dataset.task);
    const found = Number($("short-found").value);
    if (!task || found >= task.qty) return;
    const entry = { client_id: freshId(), task_id: task.id, found, at: new Date().toISOString() };
    judged.set(entry.client_id, "");
    save([...load(), entry]);
    tellShort("", task.qty - Math.max(found, task.picked));
    draw();
    send();
  }

  // --- not from here: the whole order goes elsewhere, which only the server can say
  function askReject() {
    if (!shown) return;
    if (load().length || !navigator.onLine || state === "offline") { say("bad", words.reject_later); return; }
    if (tasks.some((task) => task.part === shown.part && task.picked > 0)) { say("bad", words.begun); return; }
    $("reject").dataset.part = shown.part;
    put("reject-order", shown.order);
    $("reject-note").value = "";
    $("reject").showModal();
    $("reject-title").focus(); // not a reason: the Enter of a scan that comes now would give it
  }
  async function reject(reason) {
    try {
      const told = await ask(root.dataset.rejectUrl, { told: true, method: "POST", body: JSON.stringify({ part: Number($("reject").dataset.part), reason, note: $("reject-note").value.trim() }) });
      adopt(told);
      say("kept", told.says);
    } catch (trouble) {
      say("bad", trouble.word ?? words.reject_later);
      refresh();
    }
    draw();
  }

  // --- taking back
  async function undo() {
    const queue = load();
    const newest = queue.at(-1);
    if (newest && !tried.has(newest.client_id)) {
      save(queue.slice(0, -1));
      say("kept", words.undone);
      draw();
      return;
    }
    if (queue.length || !navigator.onLine) { say("bad", words.undo_later); return; }
    $("undo").disabled = true;
    try {
      const told = await ask(root.dataset.undoUrl, { method: "POST", body: JSON.stringify({ client_id: countedLast }) });
      adopt(told);
      last = told.task_id;
      countedLast = "";
      say(told.task_id ? "kept" : "bad", told.task_id ? words.undone : words.nothing_to_undo);
    } catch (trouble) {
      say("bad", trouble.word ?? words.undo_later);
    }
    draw();
  }

  // --- the camera, where the browser can read barcodes
  const camera = window.doorstepCamera({ onCode: (code) => scan(code, false), onTrouble: () => say("bad", words.no_camera), onTurn: () => { draw(); focus(); } });

  // --- hands
  const input = $("scan-input");
  const focus = () => { if (!document.querySelector("dialog[open]")) input.focus({ preventScroll: true }); };
  $("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value;
    input.value = "";
    scan(code, false);
  });
  $("type-form").addEventListener("submit", () => {
    const field = $("field-typed");
    scan(field.value, true);
    field.value = "";
  });
  $("type").addEventListener("close", focus);
  $("short-button").addEventListener("click", askShort);
  $("short-form").addEventListener("submit", report);
  $("short").addEventListener("close", focus);
  $("reject-button").addEventListener("click", askReject);
  // Enter in the note says no reason: only a reason's own button does.
  $("reject-note").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  $("reject-form").addEventListener("submit", (event) => { reject(event.submitter?.value ?? ""); });
  $("reject").addEventListener("close", focus);
  for (const [id, step] of [["short-less", "stepDown"], ["short-more", "stepUp"]]) $(id).addEventListener("click", () => $("short-found")[step]());
  input.addEventListener("blur", () => setTimeout(() => {
    if (document.activeElement === document.body || document.activeElement === null) focus();
  }, 50));
  document.addEventListener("keydown", (event) => {
    const elsewhere = !event.target.closest("input, textarea, dialog");
    if (elsewhere && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) focus();
  });
  $("undo").addEventListener("click", () => { undo(); focus(); });
  $("sound").addEventListener("click", () => {
    toggle($("sound"));
    focus();
  });
  show($("sound"));
  addEventListener("online", () => { state = "online"; wait = 1000; draw(); send(); });
  addEventListener("offline", () => { state = "offline"; draw(); });
  addEventListener("storage", (event) => { if (event.key === KEY) draw(); });
  $("queue-light").addEventListener("doorstep:event", refresh);
  draw();
  focus();
  if (load().length) send();
})();
