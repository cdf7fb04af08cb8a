// What came back and is not paid out yet. It goes towards the sale, and the house books both in one go; it says itself what it
// is worth. Kept with the basket, so that a reload keeps it, until it is booked or paid out otherwise.
window.doorstepTillExchange = (() => {
  const till = window.doorstepTill;
  if (!till) return null;
  const { told, words, money } = till;
  const list = document.getElementById("exchanges");
  let all = till.kept("exchanges", []); // id, name, worth, href, and `on`: whether it goes towards this sale
  const note = () => { till.keep("exchanges", all); };
  const asked = new URLSearchParams(location.search).has("return");
  if (told.exchange) {
    all = [...all.filter((one) => one.id !== told.exchange.id), { ...told.exchange, on: true }];
    note();
  }
  if (told.exchange || told.exchange_over) history.replaceState(null, "", location.pathname + location.hash); // said once
  // What of the sale each pays, the first one first; none pays more than is left to pay, and the rest is handed out in cash.
  function entries() {
    let left = till.total();
    return all.filter((one) => one.on).flatMap(({ id, name, worth }) => {
      const amount = Math.min(worth, left);
      left -= amount;
      return amount ? [{ kind: "cash", amount, handed: worth, return_id: id, name }] : [];
    });
  }
  const rest = () => entries().reduce((sum, one) => sum + one.handed - one.amount, 0);
  function set(change) {
    all = all.flatMap(change);
    note();
    till.redraw();
  }
  const forget = (ids) => set((one) => (ids.includes(one.id) ? [] : [one]));
  const setAside = () => set((one) => [{ ...one, on: false }]);
  function row(one) {
    const item = document.createElement("li");
    const word = document.createElement("span");
    const swap = document.createElement("button");
    const pay = document.createElement("a");
    item.dataset.on = one.on;
    word.textContent = `${(one.on ? words.exchange_on : words.exchange_off).replace("%s", one.name)} ${money(one.worth)}`;
    swap.type = "button";
    swap.className = pay.className = "btn";
    swap.textContent = one.on ? words.exchange_leave : words.exchange_use;
    swap.addEventListener("click", () => set((other) => [other.id === one.id ? { ...other, on: !one.on } : other]));
    pay.href = one.href;
    pay.textContent = words.exchange_pay;
    pay.addEventListener("click", () => { if (one.on) swap.click(); });
    item.append(word, swap, pay);
    return item;
  }
  // Somebody may have paid it out since: the house knows.
  async function verify() {
    if (!all.length) return;
    try {
      const found = await till.ask(`${told.exchanges}?ids=${all.map((one) => one.id).join(",")}`, { method: "GET" });
      const left = new Map(found.exchanges.map((one) => [one.id, one]));
      set((one) => (left.has(one.id) ? [{ ...one, ...left.get(one.id) }] : []));
    } catch { /* then the sale itself finds out */ }
  }
  addEventListener("load", verify);
  addEventListener("online", verify);
  function draw() {
    list.hidden = !all.length;
    list.replaceChildren(...all.map(row));
  }
  const problem = told.exchange_over ? words.exchange_over : asked && !told.exchange ? words.exchange_lost : "";
  return { entries, rest, forget, setAside, draw, problem };
})();
