// The counter: what is scanned or searched for goes into the basket, what is paid goes into the queue.
(() => {
  const till = window.doorstepTill;
  const exchange = window.doorstepTillExchange;
  const pay = window.doorstepTillPay;
  const papers = window.doorstepTillPaper;
  if (!till || !exchange || !pay || !papers) return;
  const { told, words, money } = till;
  const $ = (id) => document.getElementById(id);
  const put = (id, text) => { $(id).textContent = text; };
  const { play: sound, show, toggle } = window.doorstepSound;
  const make = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      name in made && name !== "list" ? (made[name] = value) : made.setAttribute(name, value);
    }
    made.append(...inside);
    return made;
  };
  const say = (tone, word) => { $("said").dataset.tone = tone; put("said", word); };

  // --- drawing
  function tile(item) {
    const here = till.quota(item.sku);
    const without = make("span", { className: "till-nopicture" });
    const picture = item.picture ? make("img", { src: item.picture, alt: "", loading: "lazy" }) : without;
    picture.addEventListener("error", () => picture.replaceWith(without)); // one that was never seen while there was a connection
    const left = make("small", { className: here ? "till-here" : "till-here out" }, words.left.replace("%s", here));
    const price = make("span", { className: "money" }, item.currency === told.currency ? money(item.price) : item.currency);
    const said = [picture, make("b", {}, item.title), make("small", {}, item.sku), price, left];
    const button = make("button", { type: "button", className: "till-item" }, ...said);
    button.dataset.sku = item.sku;
    button.addEventListener("click", () => take(item));
    return make("li", {}, button);
  }
  let shown = null; // what a search found; null: what lies here
  const drawItems = () => $("items").replaceChildren(...(shown ?? till.search("")).map(tile));
  function row(line) {
    const named = (word) => word.replace("%s", line.title);
    const press = (className, word, text) => make("button", { type: "button", className, ariaLabel: named(word) }, text);
    const fewer = press("btn till-step", words.fewer, "−");
    const more = press("btn till-step", words.more, "+");
    const discount = line.discount ? `−${money(line.discount)} · ${line.reason}` : words.discount;
    const off = press("till-off", words.line_discount, discount);
    fewer.addEventListener("click", () => till.add(line, -1));
    more.addEventListener("click", () => take(line));
    off.addEventListener("click", () => askDiscount(line));
    const small = make("small", {}, `${line.sku} · ${money(line.price)}`);
    const item = make(
      "li", {},
      make("span", { className: "till-what" }, make("b", {}, line.title), small, off),
      make("span", { className: "till-qty" }, fewer, make("b", {}, String(line.qty)), more),
      make("span", { className: "money" }, money(till.worth(line))),
    );
    item.dataset.sku = line.sku;
    return item;
  }
  function draw() {
    const { lines, discount } = till.basket();
    const had = document.activeElement?.closest("#lines button, #items button");
    const place = had && { list: had.closest("ol, ul").id, sku: had.closest("[data-sku]").dataset.sku, kind: had.className };
    $("lines").replaceChildren(...lines.map(row));
    $("none").hidden = lines.length > 0;
    for (const id of ["clear", "whole-discount", "pay"]) $(id).disabled = !lines.length;
    const back = exchange.entries(), left = till.total() - back.reduce((sum, one) => sum + one.amount, 0);
    put("pay-total", lines.length ? money(left) : "");
    const sums = [
      ...(discount ? [[words.discount, `−${money(discount)}`]] : []), [words.total, money(till.total())],
      ...back.map((one) => [pay.wordOf(one), `−${money(one.handed)}`]),
    ];
    if (back.length) sums.push(exchange.rest() ? [words.change, money(exchange.rest())] : [words.due, money(left)]);
    const pair = ([word, amount]) => [make("dt", {}, word), make("dd", { className: "money" }, amount)];
    $("sums").replaceChildren(...(lines.length ? sums.flatMap(pair) : []));
    drawItems();
    const isOf = (one, sku) => one.closest("[data-sku]").dataset.sku === sku;
    const isIt = (one) => one.className === place.kind && isOf(one, place.sku) && one.ariaLabel === had.ariaLabel;
    if (place) [...$(place.list).querySelectorAll("button")].find(isIt)?.focus({ preventScroll: true });
    drawLight();
    exchange.draw();
    pay.draw();
  }
  function drawLight() {
    const waiting = till.waiting();
    const refused = waiting.find((sale) => sale.refused);
    const state = till.offline() ? "offline" : waiting.length ? "sending" : "online";
    const light = $("queue-light");
    light.dataset.state = state;
    light.dataset.waiting = waiting.length;
    light.title = words[state];
    put("queue-word", waiting.length ? `${waiting.length} ${words.waiting}` : "");
    $("offline").hidden = state !== "offline" && !refused;
    $("again").hidden = !refused || state === "offline";
    const others = till.othersWaiting().length;
    $("others").hidden = !others;
    put("others-word", words.others.replace("%s", others));
    const offline = `${words.offline}${waiting.length ? ` · ${waiting.length} ${words.waiting}` : ""}`;
    put("offline-word", refused ? refused.refused : offline);
  }

  // --- into the basket
  function take(item) {
    const problem = till.add(item);
    if (problem === "quota") { say("bad", words.quota); sound("bad"); return; }
    if (problem === "currency") { say("bad", words.other_currency.replace("%s", item.currency)); sound("bad"); return; }
    say(problem ? "waiting" : "good", problem ? words.none : `${words.added}: ${item.title}`);
    sound("good");
  }
  async function scan(text) {
    const code = text.trim();
    if (!code) { shown = null; drawItems(); return; }
    let item = till.known(code);
    if (!item && !till.offline()) item = (await till.lookUp(`code=${encodeURIComponent(code)}`))?.[0];
    if (item) { endSearch(); take(item); return; }
    const found = await look(code);
    if (!found.length) { say("bad", words.unknown_code); sound("bad"); $("search").select(); }
  }
  let asked = 0; // which search is the newest
  function endSearch() {
    clearTimeout(typing);
    asked += 1;
    $("search").value = "";
    shown = null;
    drawItems();
  }
  async function look(text) {
    const mine = till.search(text), number = (asked += 1);
    const found = till.offline() ? mine : (await till.lookUp(`q=${encodeURIComponent(text)}`)) ?? mine;
    if (number !== asked) return found;
    shown = found;
    drawItems();
    if (!shown.length) say("bad", words.nothing);
    return shown;
  }
  let typing = 0;
  $("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    scan($("search").value);
  });
  $("search").addEventListener("input", () => {
    clearTimeout(typing);
    const text = $("search").value.trim();
    if (!text) { shown = null; drawItems(); } else if (text.length > 1) typing = setTimeout(() => look(text), 350);
  });

  // --- discounts
  let about = null;
  function askDiscount(line) {
    about = line;
    $("discount-form").reset();
    put("discount-problem", "");
    put("discount-title", line ? words.line_discount.replace("%s", line.title) : words.discount);
    $("discount").showModal();
  }
  $("discount-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const whole = about ? about.price * about.qty : till.subtotal();
    const text = $("field-off").value.trim();
    const part = /^(\d{1,3})(?:[.,](\d))?\s*%$/.exec(text);
    const minor = part ? Math.round((whole * Number(`${part[1]}.${part[2] ?? 0}`)) / 100) : till.minorOf(text || "0");
    const reason = $("discount-form").querySelector("[name=reason]:checked")?.value ?? "";
    if (minor === null || minor > whole) { put("discount-problem", words.too_much); return; }
    if (minor && !reason) { put("discount-problem", words.reason); return; }
    till.discount(about?.sku ?? "", minor, reason);
    $("discount").close();
  });
  $("whole-discount").addEventListener("click", () => askDiscount(null));

  // --- the receipt, printed here so that it needs no connection
  pay.onSold((paper, change) => {
    endSearch();
    say("", "");
    papers.draw(papers.compose(paper), $("paper"));
    put("done-change", change ? `${words.change} ${money(change)}` : money(paper.total));
    put("done-number", till.numberOf(paper.client_id));
    put("done-state", till.offline() ? words.offline : "");
    $("done").dataset.sale = paper.client_id;
    $("done").showModal();
    sound("done");
  });
  till.onAnswer((answer) => {
    if (answer.problem) { say("bad", answer.word); sound("bad"); return; }
    if (answer.moved) say("waiting", words.moved);
    if ($("done").dataset.sale !== answer.client_id) return;
    put("done-state", words.online);
    papers.draw(answer.slip, $("paper"));
  });
  $("print").addEventListener("click", () => window.print());
  $("next").addEventListener("click", () => { $("done").close(); say("", ""); focus(); });
  $("done").addEventListener("cancel", () => focus());
  $("pay").addEventListener("click", pay.open);
  $("clear").addEventListener("click", () => { till.clear(); exchange.setAside(); }); // what came back is to be paid out otherwise
  $("again").addEventListener("click", () => till.retryRefused(true));
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }

  // --- the camera, where the browser can read barcodes
  window.doorstepCamera({ onCode: scan, onTrouble: () => say("bad", words.no_camera) });

  // --- a scanner types into whatever has the focus
  const focus = () => { if (!document.querySelector("dialog[open]")) $("search").focus({ preventScroll: true }); };
  document.addEventListener("keydown", (event) => {
    const isCommand = event.key === " " || event.ctrlKey || event.metaKey || event.altKey;
    if ($("done").open && event.key.length === 1 && !isCommand) $("next").click(); // the next customer's first item
    const elsewhere = !event.target.closest("input, textarea, select, dialog[open]");
    if (elsewhere && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) focus();
  });
  show($("sound"));
  $("sound").addEventListener("click", (event) => toggle(event.currentTarget));
  till.onChange(draw);
  draw();
  if (location.hash === "#connection") { say("bad", words.connection); history.replaceState(null, "", location.pathname); }
  if (exchange.problem) say("bad", exchange.problem); // a page that was kept knows nothing of it: the address still does
  till.refresh();
  till.retryRefused(); // the till may have been opened again since
  if (matchMedia("(hover: hover)").matches) focus();
})();
