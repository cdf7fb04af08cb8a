// The live stream: one EventSource for all tabs of a browser. The tab that holds the lock streams and tells the others.
// Elements say what they care about:
//   data-live="order:12 stock_item:*"      by what it happened to, or whose timeline it stands on
//   data-live-types="order.placed order.*" by type
// and get a `doorstep:event` of their own (hx-trigger="doorstep:event"), at most once in 400 ms, never while the person
// types inside them. The body gets every event as `doorstep:any`, and one `doorstep:quiet` after each burst.
(() => {
  const body = document.body;
  const url = body.dataset.liveUrl;
  if (!url || !window.EventSource) return;
  const room = body.dataset.liveRoom;
  const light = document.getElementById("live");
  const word = light?.querySelector("[data-live-word]");
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`doorstep.live.${room}`) : null;
  const parse = (cursor) => (cursor || "0-0").split("-").map(Number);
  const later = (a, b) => { const [x, y] = [parse(a), parse(b)]; return x[0] !== y[0] ? x[0] > y[0] : x[1] > y[1]; };
  let seen = body.dataset.liveAfter || "0-0";
  let leading = false;
  let state = "starting";
  const recent = [];

  function show(next) {
    if (next === state || !light) return;
    state = next;
    light.dataset.state = next;
    const words = next === "streaming" ? light.dataset.wordStreaming : light.dataset.wordWaiting;
    light.title = words;
    word.textContent = words;
  }

  const due = new Map();
  function wake(element, detail) {
    if (due.has(element)) { due.get(element).push(detail); return; }
    due.set(element, [detail]);
    const send = () => {
      if (!element.isConnected) { due.delete(element); return; }
      const field = element.contains(document.activeElement) && document.activeElement.closest("input, textarea, select");
      if (field || element.querySelector("dialog[open], details.menu[open]")) { setTimeout(send, 1000); return; }
      const details = due.get(element);
      due.delete(element);
      element.dispatchEvent(new CustomEvent("doorstep:event", { bubbles: false, detail: details }));
    };
    setTimeout(send, 400);
  }
  const fits = (patterns, words) => patterns.split(/\s+/).some((pattern) => words.some((text) =>
    pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern));
  let quiet = 0;
  function tell(detail) {
    body.dispatchEvent(new CustomEvent("doorstep:any", { detail }));
    for (const element of document.querySelectorAll("[data-live]")) {
      if (detail.type === "reset" || fits(element.dataset.live, [detail.subject, detail.timeline])) wake(element, detail);
    }
    for (const element of document.querySelectorAll("[data-live-types]")) {
      if (detail.type === "reset" || fits(element.dataset.liveTypes, [detail.type])) wake(element, detail);
    }
    clearTimeout(quiet);
    quiet = setTimeout(() => body.dispatchEvent(new CustomEvent("doorstep:quiet")), 700);
  }
  function take(message) {
    if (!later(message.cursor, seen)) return;
    seen = message.cursor;
    if (message.detail) tell(message.detail);
  }

  function lead() {
    leading = true;
    let source;
    let wait = 1000;
    let doubt = 0;
    const connect = () => {
      source = new EventSource(`${url}?room=${room}&after=${seen}`);
      const pass = (type) => (event) => {
        const message = { kind: "event", cursor: event.lastEventId, detail: type === "hello" ? null : JSON.parse(event.data) };
        recent.push(message);
        if (recent.length > 300) recent.shift();
        channel?.postMessage(message);
        take(message);
      };
      source.addEventListener("hello", pass("hello"));
      source.addEventListener("message", pass("message"));
      source.addEventListener("open", () => { wait = 1000; clearTimeout(doubt); doubt = 0; announce("streaming"); });
      source.addEventListener("error", () => {
        // The server ends every stream now and then to see the session again; only a longer gap is worth amber.
        doubt ||= setTimeout(() => announce("waiting"), 2500);
        if (source.readyState !== EventSource.CLOSED) return;
        // The browser gave up (a restart answered with an error); the cursor makes sure that nothing is missed.
        setTimeout(connect, wait + Math.random() * 500);
        wait = Math.min(wait * 2, 15000);
      });
    };
    const announce = (next) => { show(next); channel?.postMessage({ kind: "state", state: next }); };
    connect();
    addEventListener("pagehide", () => source.close(), { once: true });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  channel?.addEventListener("message", ({ data }) => {
    if (data.kind === "state" && !leading) show(data.state);
    if (data.kind === "event" && !leading) take(data);
    if (data.kind === "ask" && leading) {
      channel.postMessage({ kind: "state", state });
      const from = recent[0]?.cursor;
      const missed = recent.filter((message) => later(message.cursor, data.after));
      if (from && later(data.after, from)) for (const message of missed) channel.postMessage(message);
      else for (const message of recent) channel.postMessage(message);
    }
  });
  channel?.postMessage({ kind: "ask", after: seen });
  if (navigator.locks && channel) navigator.locks.request(`doorstep.live.${room}`, () => { lead(); return new Promise(() => {}); });
  else lead();
})();
