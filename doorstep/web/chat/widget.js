/* The chat of a page: put <script src="https://HOUSE/chat/widget.js?brand=SLUG" defer></script> into it; data-language where known,
   data-stead: a form without JavaScript in whose stead it stands. */
(() => {
  "use strict";
  const me = document.currentScript;
  const house = new URL(me.src);
  const brand = house.searchParams.get("brand") || "";
  const order = me.dataset.order || "";
  const asked = (me.dataset.language || document.documentElement.lang || navigator.language || "en").slice(0, 2);
  const language = asked === "ko" ? "ko" : "en";
  const WORDS = {
    en: {
      open: "Chat with us", close: "Close chat", send: "Send", write: "Write a message", hello: "Hello! How can we help?",
      away: "Nobody is here right now. Leave your e-mail address and we answer there.",
      later: "Leave your e-mail address, so that we can answer when you are gone.",
      address: "Your e-mail address", keep: "Keep", kept: "We answer to your e-mail address when you are gone.",
      lost: "No connection. Your messages are sent as soon as there is one.", waiting: "Sending …", failed: "Not sent. Try again",
      log: "Messages", you: "You",
    },
    ko: {
      open: "채팅 상담", close: "채팅 닫기", send: "보내기", write: "메시지를 입력하십시오", hello: "안녕하세요. 무엇을 도와드릴까요?",
      away: "지금은 상담 시간이 아닙니다. 이메일 주소를 남겨 주시면 이메일로 답변드립니다.",
      later: "이메일 주소를 남겨 주시면 자리를 비우셔도 답변드릴 수 있습니다.",
      address: "이메일 주소", keep: "저장", kept: "자리를 비우시면 이메일로 답변드립니다.",
      lost: "연결이 끊겼습니다. 다시 연결되면 메시지를 보냅니다.", waiting: "보내는 중 …", failed: "보내지 못했습니다. 다시 시도하기",
      log: "메시지", you: "나",
    },
  }[language];
  const KEPT = `doorstep.chat.${brand}.${order.slice(-12)}`;
  const STYLE = `
:host{all:initial;--accent:#2f6f5e;position:fixed;right:20px;bottom:20px;z-index:2147483000;word-break:keep-all;font:15px/1.5 -apple-system,"Segoe UI","Apple SD Gothic Neo","Malgun Gothic",sans-serif;color:#1d2422}
*{box-sizing:border-box;font:inherit}[hidden]{display:none!important}
button{cursor:pointer;border:0;border-radius:10px;background:var(--accent);color:#fff;padding:10px 16px;font-weight:600}
button:focus-visible,input:focus-visible,textarea:focus-visible{outline:3px solid #1d2422;outline-offset:2px}
.open{border-radius:999px;padding:14px 20px;box-shadow:0 6px 24px rgba(0,0,0,.24)}
.open b{display:inline-block;min-width:20px;margin-left:8px;border-radius:10px;background:#fff;color:#1d2422;padding:0 6px}
:host(.within){position:static;display:block}.within .open{width:100%;border-radius:8px;padding:12px;box-shadow:none}.within .panel{position:fixed;right:20px;bottom:20px;z-index:2147483000}
.panel{display:flex;flex-direction:column;width:min(360px,calc(100vw - 24px));height:min(540px,calc(100vh - 40px));background:#fff;border-radius:16px;overflow:hidden;box-shadow:0 12px 48px rgba(0,0,0,.28)}
header{display:flex;align-items:center;justify-content:space-between;background:var(--accent);color:#fff;padding:10px 8px 10px 18px;font-weight:700}
header button{background:transparent;font-size:22px;line-height:1;padding:8px 14px}
.log{flex:1;overflow-y:auto}.log:focus-visible{outline:3px solid #1d2422;outline-offset:-3px}
ol{list-style:none;margin:0;padding:16px;display:flex;flex-direction:column;gap:8px}
li{max-width:84%;padding:9px 13px;border-radius:14px;background:#eef1ef;white-space:pre-wrap;overflow-wrap:anywhere;align-self:flex-start}
li.mine{align-self:flex-end;background:var(--accent);color:#fff}
li small{display:block;font-size:12px;opacity:.75}li button{display:block;background:transparent;color:inherit;text-decoration:underline;padding:2px 0;font-size:13px}
form{display:flex;gap:8px;padding:12px;border-top:1px solid #e3e6e4;align-items:flex-end}
form.mail{flex-wrap:wrap;background:#f7f8f7}form.mail p{flex-basis:100%;margin:0;font-size:13px}
textarea,input{flex:1;min-width:0;border:1px solid #7d8884;border-radius:10px;padding:9px 12px;background:#fff;color:#1d2422;resize:none}
.note{margin:0;padding:8px 16px;font-size:13px;background:#fff6df}
@media (max-width:480px){:host,.within .panel{right:12px;bottom:12px}.panel{height:calc(100dvh - 24px)}}
@media (prefers-color-scheme:dark){.panel,textarea,input{background:#1d2422;color:#eef1ef}li{background:#333c39;color:#eef1ef}form{border-color:#3a4440}form.mail{background:#262e2b}.note{background:#4a3d14}button:focus-visible,input:focus-visible,textarea:focus-visible{outline-color:#fff}}
`;
  const kept = (() => {
    try { return JSON.parse(localStorage.getItem(KEPT) || "{}"); } catch { return {}; }
  })();
  const state = { token: kept.token || "", waiting: kept.waiting || [], last: 0, unread: 0, seen: kept.seen || 0, begun: false, source: null, heard: 0 };
  const SOON_MS = 600000;
  const keep = () => {
    try { localStorage.setItem(KEPT, JSON.stringify({ token: state.token, waiting: state.waiting, seen: state.seen })); } catch { /* private mode */ }
  };
  const make = (name, properties, ...inside) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...inside);
    return node;
  };

  const host = make("div", { lang: language });
  const root = host.attachShadow({ mode: "open" });
  const count = make("b", { hidden: true });
  const opener = make("button", { className: "open", type: "button" }, WORDS.open, count);
  const title = make("span", { textContent: WORDS.open });
  const closer = make("button", { type: "button", textContent: "×" });
  closer.setAttribute("aria-label", WORDS.close);
  const list = make("ol", {});
  const log = make("div", { className: "log", tabIndex: 0 }, list);
  log.setAttribute("role", "log");
  log.setAttribute("aria-label", WORDS.log);
  const lost = make("p", { className: "note", hidden: true, textContent: WORDS.lost });
  lost.setAttribute("role", "status");
  const text = make("textarea", { rows: 2, maxLength: 2000, placeholder: WORDS.write });
  text.setAttribute("aria-label", WORDS.write);
  const form = make("form", {}, text, make("button", { type: "submit", textContent: WORDS.send }));
  const why = make("p", { textContent: WORDS.later });
  const mail = make("input", { type: "email", required: true, autocomplete: "email", placeholder: WORDS.address });
  mail.setAttribute("aria-label", WORDS.address);
  const mailForm = make("form", { className: "mail", hidden: true }, why, mail, make("button", { type: "submit", textContent: WORDS.keep }));
  const panel = make("div", { className: "panel", hidden: true }, make("header", {}, title, closer), log, lost, mailForm, form);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", WORDS.open);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const place = make("div", {}, opener, panel);
  root.append(place);
  const bubbles = new Map();

  const post = async (path, body) => {
    const answer = await fetch(new URL(path, house), { method: "POST", body: JSON.stringify({ language, ...body }), credentials: "omit" });
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.says || ""), { status: answer.status });
    if (said.token) { state.token = said.token; keep(); }
    return said;
  };
  const scroll = () => { log.scrollTop = log.scrollHeight; };
  const bubble = (isMine, said, name) => {
    const line = make("li", { className: isMine ? "mine" : "" }, said);
    if (!isMine && name) line.append(make("small", { textContent: name }));
    list.append(line);
    scroll();
    return line;
  };
  const unread = () => { count.hidden = !state.unread; count.textContent = String(state.unread); };
  const told = (line) => {
    if (line.n <= state.last) return;
    state.last = line.n;
    const own = bubbles.get(line.id);
    if (!line.mine) { state.heard = Math.max(state.heard, Date.parse(line.at)); why.textContent = wording(why.textContent === WORDS.later); }
    if (own) { own.mark.remove(); bubbles.delete(line.id); } else { bubble(line.mine, line.text, line.name); }
    if (line.mine || !panel.hidden) { state.seen = Math.max(state.seen, line.n); keep(); }
    else if (line.n > state.seen) { state.unread += 1; unread(); }
  };
  // The browser comes back by itself with Last-Event-ID; after an answer that ends it, we do, after the last line we have.
  const hear = () => {
    if (state.source) state.source.close();
    const address = new URL("hear", house);
    address.search = new URLSearchParams({ token: state.token, after: String(state.last) });
    const source = new EventSource(address);
    state.source = source;
    source.onmessage = (event) => told(JSON.parse(event.data));
    source.onopen = () => { lost.hidden = true; flush(); };
    source.onerror = () => {
      lost.hidden = panel.hidden;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (state.source === source) hear(); }, 5000);
    };
  };
  // Who was answered a moment ago is not told that nobody is here, whatever the hours say.
  const wording = (isStaffed) => (isStaffed || Date.now() - state.heard < SOON_MS ? WORDS.later : WORDS.away);
  const ask = (said) => {
    mailForm.hidden = said.has_address || !(said.conversation || !said.staffed);
    why.textContent = wording(said.staffed);
  };
  let isFlushing = false;
  const flush = async () => {
    if (isFlushing || !state.begun) return;
    isFlushing = true;
    try {
      while (state.waiting.length) {
        const next = state.waiting[0];
        const one = bubbles.get(next.id);
        try {
          const said = await post("say", { token: state.token, text: next.text, client_id: next.id });
          if (one) one.mark.remove();
          state.waiting.shift(); keep(); ask(said);
          if (!state.source) hear();
        } catch (trouble) {
          if (one) one.mark.textContent = trouble.status ? `${trouble.message} ${WORDS.failed}` : WORDS.waiting;
          lost.hidden = Boolean(trouble.status);
          setTimeout(flush, trouble.status === 429 ? 20000 : 5000);
          return;
        }
      }
      lost.hidden = true;
    } finally { isFlushing = false; }
  };
  const say = (said) => {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");
    state.waiting.push({ id, text: said }); keep(); show(id, said); flush();
  };
  const show = (id, said) => {
    const line = bubble(true, said, "");
    const mark = make("small", { textContent: WORDS.waiting });
    line.append(mark);
    bubbles.set(id, { mark });
  };
  const begin = async () => {
    if (state.begun) return;
    try {
      const said = await post("begin", { brand, order, token: state.token });
      state.begun = true;
      host.style.setProperty("--accent", said.accent);
      title.textContent = said.brand;
      ask(said);
      if (said.conversation) hear();
      flush();
    } catch { lost.hidden = false; setTimeout(begin, 5000); }
  };
  opener.addEventListener("click", () => {
    panel.hidden = false; opener.hidden = true; state.unread = 0; state.seen = Math.max(state.seen, state.last); keep(); unread();
    begin(); scroll(); text.focus();
  });
  const close = () => { panel.hidden = true; opener.hidden = false; opener.focus(); };
  closer.addEventListener("click", close);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said) { say(said); text.value = ""; }
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  mailForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      ask(await post("address", { token: state.token, address: mail.value }));
      if (!state.source) hear();
      bubble(false, WORDS.kept, "");
      text.focus();
    } catch (trouble) { why.textContent = trouble.message || WORDS.lost; mail.focus(); }
  });
  bubble(false, WORDS.hello, "");
  state.waiting.forEach((one) => show(one.id, one.text));
  // One place to ask: where a page has a form of its own, the chat stands where that stood.
  const stead = me.dataset.stead ? document.querySelector(me.dataset.stead) : null;
  if (stead) {
    host.className = place.className = "within"; stead.hidden = true; stead.after(host);
    const colour = getComputedStyle(document.body).getPropertyValue("--by-day").trim();
    if (colour) host.style.setProperty("--accent", colour);
  } else { document.body.append(host); }
  if (state.token) begin();
})();
