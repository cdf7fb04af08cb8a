// What the till of a shop knows without a connection: the things that lie there and how many, the basket, and the sales that
// wait. A sale gets its number here, so whatever is sent twice is booked once; it stands in localStorage until it is answered.
// Sales are those of one person at one till: they are sent in that person's name and in no other.
window.doorstepTill = (() => {
  const root = document.querySelector(".till[data-items-url]");
  if (!root || !document.getElementById("lines")) return null;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const told = read("till-told");
  const words = read("till-words");
  const SHOP = `doorstep.till.${root.dataset.room}.${root.dataset.shop}`;
  const KEY = `${SHOP}.${root.dataset.person}`;
  const { load, save, freshId, ask: askOnce } = window.doorstepQueue(`${KEY}.sales`, words);
  const older = window.doorstepQueue(`${SHOP}.sales`, words).load(); // of a version that did not tell people apart
  if (older.length) { save([...load(), ...older]); localStorage.removeItem(`${SHOP}.sales`); }
  const isOthers = (key) => key.startsWith(`${SHOP}.`) && key.endsWith(".sales") && key !== `${KEY}.sales`;
  const others = () => Object.keys(localStorage).filter(isOthers).flatMap((key) => JSON.parse(localStorage.getItem(key)) ?? []);
  const othersWaiting = () => { try { return others(); } catch { return []; } };
  const ask = async (url, options) => {
    try { return await askOnce(url, options); } catch (trouble) {
      if (trouble.status !== 403 || !(await window.doorstepTillKept.renew())) throw trouble;
      return askOnce(url, options);
    }
  };
  const keep = (name, value) => {
    try { localStorage.setItem(`${KEY}.${name}`, JSON.stringify(value)); } catch { /* kept in memory */ }
  };
  const kept = (name, otherwise) => {
    try { return JSON.parse(localStorage.getItem(`${KEY}.${name}`)) ?? otherwise; } catch { return otherwise; }
  };
  const items = new Map(kept("items", []).map((item) => [item.sku, item]));
  let basket = kept("basket", { lines: [], discount: 0, reason: "" });
  let state = navigator.onLine ? "online" : "offline";
  let sending = false;
  let wait = 1000;
  let retry = 0;
  let cursor = ""; // how far what happened to the things here is known
  const listeners = [];
  const changed = () => { for (const listener of listeners) listener(); };
  const NUMBER_USED = "till_number_used";

  // --- money
  const scale = 10 ** told.digits;
  const format = new Intl.NumberFormat(told.language, {
    style: "currency", currency: told.currency, minimumFractionDigits: told.digits, maximumFractionDigits: told.digits,
  });
  const money = (minor) => format.format(minor / scale);
  const minorOf = (text) => {
    const plain = text.trim().replace(/\s/g, "").replace(",", ".");
    if (!/^\d{1,10}(\.\d{0,3})?$/.test(plain)) return null;
    const minor = Math.round(Number(plain) * scale);
    return Math.abs(minor - Number(plain) * scale) < 1e-6 ? minor : null;
  };

  // --- things
  const learn = (found) => {
    for (const item of found) items.set(item.sku, item);
    keep("items", [...items.values()].slice(-3000));
  };
  const known = (code) => [...items.values()].find((item) => window.doorstepCodes.means(item, code));
  const search = (text) => {
    const wanted = text.trim().toLowerCase(), fits = (one) => one.toLowerCase().includes(wanted);
    return [...items.values()].filter((item) => fits(item.title) || fits(item.sku)).slice(0, 40);
  };
  // Units that may still be sold without a connection: those that were here when last seen, less what was sold since.
  const sold = (sku) => [...load(), ...othersWaiting()].flatMap((sale) => sale.lines)
    .filter((line) => line.sku === sku).reduce((sum, line) => sum + line.qty, 0);
  const inBasket = (sku) => basket.lines.find((line) => line.sku === sku)?.qty ?? 0;
  const quota = (sku) => Math.max((items.get(sku)?.here ?? 0) - sold(sku), 0);

  // --- the basket
  // The tax that the basket contains, per rate, as the house reckons it; none where a rate is not known here.
  function taxes() {
    const rates = basket.lines.map((line) => items.get(line.sku)?.rate ?? null);
    if (rates.includes(null)) return [];
    const worths = basket.lines.map(worth), whole = worths.reduce((sum, one) => sum + one, 0), off = Math.min(basket.discount, whole);
    const weights = whole ? worths : worths.map(() => 1), all = whole || worths.length;
    const less = weights.map((one) => Math.floor((off * one) / all));
    const first = weights.map((one, n) => [(off * one) % all, n]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    for (const [, n] of first.slice(0, off - less.reduce((sum, one) => sum + one, 0))) less[n] += 1;
    const sums = new Map();
    worths.forEach((one, n) => sums.set(rates[n], (sums.get(rates[n]) ?? 0) + one - less[n]));
    const taxIn = (gross, rate) => Math.floor((2 * gross * rate + 10000 + rate) / (2 * (10000 + rate)));
    return [...sums].sort((a, b) => b[0] - a[0]).map(([rate, gross]) => ({ rate, gross, tax: taxIn(gross, rate) }));
  }
  const keepBasket = () => { keep("basket", basket); changed(); };
  const worth = (line) => line.price * line.qty - line.discount;
  const subtotal = () => basket.lines.reduce((sum, line) => sum + worth(line), 0);
  const total = () => subtotal() - Math.min(basket.discount, subtotal());
  const offline = () => state === "offline" || !navigator.onLine;
  function add(item, qty = 1) {
    const here = inBasket(item.sku);
    if (qty > 0 && item.currency && item.currency !== told.currency) return "currency"; // nobody has said what it costs here
    if (qty > 0 && offline() && here + qty > quota(item.sku)) return "quota";
    const line = basket.lines.find((one) => one.sku === item.sku);
    if (line) {
      line.qty += qty;
      line.discount = Math.min(line.discount, line.price * line.qty);
    } else if (qty > 0) basket.lines.push({ sku: item.sku, title: item.title, price: item.price, qty, discount: 0, reason: "" });
    basket.lines = basket.lines.filter((one) => one.qty > 0);
    basket.discount = Math.min(basket.discount, subtotal());
    keepBasket();
    return here + qty > quota(item.sku) ? "none" : "";
  }
  function discount(sku, minor, reason) {
    const line = basket.lines.find((one) => one.sku === sku);
    if (line) Object.assign(line, { discount: minor, reason: minor ? reason : "" });
    else Object.assign(basket, { discount: minor, reason: minor ? reason : "" });
    basket.discount = Math.min(basket.discount, subtotal());
    keepBasket();
  }
  function clear() {
    basket = { lines: [], discount: 0, reason: "" };
    keepBasket();
  }
  // The sale joins the queue and leaves the basket in the same breath, so that a reload can never sell it again.
  function finish(given, email, number = freshId()) {
    const sale = saleOf(given, email, number);
    const paper = { ...sale, titles: titles(), total: total(), taxes: taxes() };
    save([...load(), sale]);
    keep("booking", null);
    clear();
    send();
    return paper;
  }
  // A sale that store credit or a return pays is booked while the customer stands there: another till may have spent it. What
  // became of one whose answer got lost is found out by its number, so it joins the queue.
  async function bookNow(given, email) {
    const number = kept("booking", null) ?? freshId();
    keep("booking", number); // should the page go before the answer comes, the same basket is booked under the same number
    try {
      const body = JSON.stringify({ sales: [saleOf(given, email, number)] });
      const { answers } = await ask(root.dataset.salesUrl, { method: "POST", body });
      const [{ problem, word }] = answers;
      if (problem === NUMBER_USED) keep("booking", null); // what was in the basket then is booked: this is another sale
      if (problem) return { problem: word, code: problem };
    } catch (trouble) { if (trouble.word) return { problem: trouble.word }; }
    return { number };
  }
  const titles = () => Object.fromEntries(basket.lines.map((line) => [line.sku, line.title]));
  const saleOf = (given, email, number) => ({
    client_id: number, sold_at: new Date().toISOString(), given, email, discount: basket.discount, reason: basket.reason,
    lines: basket.lines.map(({ sku, qty, price, discount, reason }) => ({ sku, qty, price, discount, reason })),
  });
  const numberOf = (clientId) => `${told.code}-${clientId.replaceAll("-", "").slice(0, 10).toUpperCase()}`;

  // --- sending, one request at a time, in order; a sale that is refused waits for a person and holds up no other
  let answered = () => {};
  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      let due = load().filter((sale) => !sale.refused).slice(0, 20);
      while (due.length) {
        const { answers } = await ask(root.dataset.salesUrl, { method: "POST", body: JSON.stringify({ sales: due }) });
        state = "online";
        wait = 1000;
        const by = new Map(answers.map((answer) => [answer.client_id, answer]));
        const marked = (sale, answer) => (answer?.problem ? { ...sale, refused: answer.word, code: answer.problem } : sale);
        const left = load().filter((sale) => by.get(sale.client_id)?.problem !== "");
        save(left.map((sale) => marked(sale, by.get(sale.client_id))));
        for (const answer of answers) answered(answer);
        due = load().filter((sale) => !sale.refused && !by.has(sale.client_id)).slice(0, 20);
        if (!due.length) refresh();
      }
      changed();
    } catch (trouble) {
      state = trouble.word ? "online" : "offline";
      changed();
      if (trouble.word) { answered({ problem: "trouble", word: trouble.word }); return; }
      retry = setTimeout(send, wait);
      wait = Math.min(wait * 2, 15000);
    } finally {
      sending = false;
    }
  }
  // A sale whose number another one bears gets one of its own, but only where a person has read so.
  function retryRefused(asked = false) {
    const again = ({ refused, code, ...sale }) => (code === NUMBER_USED ? { ...sale, client_id: freshId() } : sale);
    save(load().map((sale) => (sale.code === NUMBER_USED && !asked ? sale : again(sale))));
    send();
  }
  async function refresh() {
    try {
      const found = await ask(root.dataset.itemsUrl, { method: "GET" });
      learn(found.items);
      cursor = found.cursor;
      state = "online";
    } catch (trouble) {
      if (!trouble.word) state = "offline";
    }
    changed();
  }
  // What is otherwise here than when it was last heard; where nothing was heard yet, all of it.
  async function follow() {
    if (!cursor) { await refresh(); return; }
    try {
      let found = { more: true };
      while (found.more) {
        found = await ask(`${root.dataset.itemsUrl}?after=${cursor}`, { method: "GET" });
        cursor = found.cursor;
        if (found.items.length) { learn(found.items); changed(); }
      }
      if (state === "offline") { state = "online"; changed(); }
    } catch (trouble) {
      if (!trouble.word && state !== "offline") { state = "offline"; changed(); }
    }
  }
  async function lookUp(query) {
    try {
      const found = (await ask(`${root.dataset.itemsUrl}?${query}`, { method: "GET" })).items;
      state = "online";
      learn(found);
      return found;
    } catch (trouble) {
      if (!trouble.word) state = "offline";
      changed();
      return null;
    }
  }
  window.addEventListener("online", () => { state = "online"; changed(); send(); refresh(); });
  window.addEventListener("offline", () => { state = "offline"; changed(); });

  return {
    root, told, words, money, minorOf, ask, freshId, known, search, lookUp, refresh, follow, learn, quota,
    add, discount, clear, finish, bookNow, total, subtotal, worth, numberOf, send, retryRefused, offline, waiting: load,
    othersWaiting, kept, keep, basket: () => basket, state: () => state,
    redraw: changed, onChange: (listener) => listeners.push(listener), onAnswer: (listener) => { answered = listener; },
  };
})();
