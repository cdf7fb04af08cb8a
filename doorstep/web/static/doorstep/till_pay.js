// Taking the money of a basket: cash with change, a card that the provider is asked for, a card on a terminal of the shop's own,
// or some of each. What is asked of a card has one key, which outlives a reload: whoever does not know what became of it asks
// again under that key, and never a second time under another. A card that was taken and not used for a sale goes back.
window.doorstepTillPay = (() => {
  const till = window.doorstepTill;
  const exchange = window.doorstepTillExchange;
  if (!till || !exchange) return null;
  const { told, words, money, minorOf } = till;
  const $ = (id) => document.getElementById(id);
  const handed = $("field-handed");
  const PATIENCE_MS = 60000, PAUSE_MS = 1500; // how long the terminal is asked by itself, and how often
  let given = till.kept("given", []); // what was paid of the basket; a page that comes back finds it here
  let wish = till.kept("wish", null); // what a card is asked for, until the provider has said what became of it
  let waiting = false;
  const note = () => { till.keep("given", given); till.keep("wish", wish); };
  let sold = () => {};
  let noted = null; // for which amount the banknotes are shown

  const paidBy = () => [...exchange.entries(), ...given];
  const due = () => till.total() - paidBy().reduce((sum, one) => sum + one.amount, 0);
  const wordOf = (one) => (one.return_id ? words.exchange.replace("%s", one.name) : words[one.kind]);
  const problem = (word) => { $("paying-problem").textContent = word; };
  function draw() {
    const left = due();
    $("due").textContent = money(left);
    $("given").replaceChildren(...paidBy().map((one) => {
      const item = document.createElement("li");
      item.textContent = `${wordOf(one)} ${money(one.handed || one.amount)}`;
      return item;
    }));
    if (left !== noted) drawNotes(left);
    for (const id of ["notes-row", "handed-part", "card-part"]) $(id).hidden = left <= 0;
    const cash = left <= 0 || handed.value.trim() === "" ? left : minorOf(handed.value);
    const back = cash === null ? 0 : cash - left + exchange.rest();
    $("change").textContent = back > 0 ? `${words.change} ${money(back)}` : "";
    $("take-cash").disabled = cash === null || cash < left;
    const done = exchange.rest() ? words.hand_out.replace("%s", money(exchange.rest())) : words.book;
    $("take-cash").textContent = left > 0 ? words.take_cash : done;
    const locked = waiting || wish !== null;
    for (const id of ["take-cash", "take-card", "take-own"]) $(id).disabled ||= locked;
    if (!locked) { $("take-card").disabled = false; $("take-own").disabled = false; }
    $("take-card").hidden = $("method-part").hidden = !told.card || till.offline();
    $("voucher-part").hidden = till.offline() || left <= 0;
    $("card-waits").hidden = !wish;
    const waits = words.card_waits.replace("%s", wish ? money(wish.amount) : "");
    $("card-word").textContent = wish && !waiting ? words.card_unknown : waits;
    $("card-waits").dataset.state = waiting ? "waiting" : "unknown";
    $("ask-again").hidden = $("give-up").hidden = waiting;
  }
  // What is left to pay, and the notes with which it can be paid.
  function drawNotes(left) {
    noted = left;
    const sums = [left, ...told.notes.filter((note) => note > left)].slice(0, 5);
    $("notes-row").replaceChildren(...sums.map((minor) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.dataset.note = minor;
      button.textContent = money(minor);
      button.addEventListener("click", () => { handed.value = String(minor / 10 ** told.digits); draw(); });
      return button;
    }));
  }
  function open() {
    if (!till.basket().lines.length) return;
    handed.value = "";
    $("field-card_amount").value = "";
    problem(told.card && till.offline() ? words.card_offline : "");
    if (due() < 0) { leave(); return; } // the basket shrank below what a card has paid: that goes back, and it is taken anew
    draw();
    $("paying").showModal();
    if (wish) ask();
    else if (due() > 0) handed.focus();
    else if (exchange.entries().length) $("take-cash").focus();
    else end([...given], 0);
  }
  async function end(entries, change) {
    if (waiting) return;
    const email = $("field-buyer_email").value.trim();
    let number;
    const back = entries.filter((one) => one.return_id).map((one) => one.return_id);
    if (back.length && till.offline()) { problem(words.exchange_lost); return; } // it is booked before the customer leaves
    if (back.length || entries.some((one) => one.kind === "voucher")) {
      waiting = true;
      const booked = await till.bookNow(entries, email);
      waiting = false;
      if (booked.problem) {
        if (booked.code === "till_exchange_changed") exchange.forget(back);
        else given = given.filter((one) => one.kind !== "voucher");
        note();
        problem(booked.problem);
        draw();
        return;
      }
      number = booked.number;
    }
    const paper = till.finish(entries, email, number);
    $("field-buyer_email").value = "";
    given = [];
    note();
    $("paying").close();
    exchange.forget(back);
    exchange.setAside(); // what nothing was left to pay for waits for a person
    sold(paper, change);
    settleDropped();
  }
  function takeCash() {
    const left = due();
    const cash = left <= 0 || handed.value.trim() === "" ? left : minorOf(handed.value);
    if (cash === null || cash < left) return;
    const more = left > 0 ? [{ kind: "cash", amount: left, handed: cash }] : [];
    end([...paidBy(), ...more], cash - left + exchange.rest());
  }
  function cardAmount() {
    const field = $("field-card_amount").value;
    const amount = field.trim() === "" ? due() : minorOf(field);
    if (amount !== null && amount > 0 && amount <= due()) return amount;
    problem(words.too_much);
    return null;
  }
  function paid(entry) {
    given.push(entry);
    note();
    $("field-card_amount").value = "";
    if (due() === 0) end(paidBy(), exchange.rest());
  }
  function takeCard() {
    const amount = cardAmount();
    if (wish || waiting || amount === null) return;
    wish = { key: till.freshId(), amount, method: $("field-method")?.value ?? "" };
    note();
    ask();
  }
  // Asks for what is wished until it is known what became of it; after a while a person says how it goes on.
  async function ask() {
    if (waiting || !wish) return;
    waiting = true;
    problem("");
    draw();
    const until = Date.now() + PATIENCE_MS;
    let answer = null, trouble = "";
    while (!answer && !trouble && Date.now() < until) {
      try {
        const said = await till.ask(till.root.dataset.chargeUrl, { method: "POST", body: JSON.stringify(wish) });
        if (said.state === "succeeded" || said.state === "failed") answer = said;
      } catch (other) { trouble = other.word ?? ""; }
      if (!answer && !trouble) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    waiting = false;
    const { amount } = wish;
    if (answer) { wish = null; note(); }
    if (answer?.state === "succeeded") paid({ kind: "card", amount, charge_id: answer.charge_id });
    else problem(answer ? answer.problem : trouble);
    if ($("paying").open) draw();
  }
  // Who waits no longer goes on with the sale at once; should the card have been taken after all, it is given back as soon as
  // that can be found out. Until then the end of day shows it.
  function giveUp() {
    if (waiting || !wish) return;
    till.keep("dropped", [...till.kept("dropped", []), wish]);
    wish = null;
    note();
    problem("");
    draw();
    settleDropped();
  }
  async function settleDropped() {
    for (const one of till.kept("dropped", [])) {
      try {
        const said = await till.ask(till.root.dataset.giveUpUrl, { method: "POST", body: JSON.stringify(one) });
        if (said.over) till.keep("dropped", till.kept("dropped", []).filter((other) => other.key !== one.key));
      } catch { return; /* asked again when the page opens, the connection is back, or something is sold */ }
    }
  }
  async function takeVoucher() {
    const code = $("field-voucher").value.trim();
    if (!code || wish || waiting) return;
    problem("");
    try {
      const said = await till.ask(till.root.dataset.voucherUrl, { method: "POST", body: JSON.stringify({ code }) });
      const used = given.filter((one) => one.code === said.code).reduce((sum, one) => sum + one.amount, 0);
      const amount = Math.min(said.balance - used, due());
      if (said.problem || amount <= 0) { problem(said.problem || words.voucher_empty); return; }
      $("field-voucher").value = "";
      paid({ kind: "voucher", amount, code: said.code });
    } catch (trouble) { problem(trouble.word ?? words.connection); }
    if ($("paying").open) draw();
  }
  function takeOwn() {
    const amount = cardAmount();
    if (!wish && !waiting && amount !== null) { problem(""); paid({ kind: "own_terminal", amount }); if ($("paying").open) draw(); }
  }
  function leave() {
    if (waiting || wish) { problem(words.card_unknown); return; } // first it must be known what became of the card
    for (const one of given.filter((one) => one.charge_id)) {
      const undo = told.undo.replace("/1/undo/", `/${one.charge_id}/undo/`);
      till.ask(undo, { method: "POST", body: "{}" }).catch(() => { /* the end of day shows it */ });
    }
    given = [];
    note();
    $("paying").close();
  }
  $("take-own").addEventListener("click", takeOwn);
  $("take-voucher").addEventListener("click", takeVoucher);
  $("field-voucher").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    takeVoucher();
  });
  $("ask-again").addEventListener("click", ask);
  $("give-up").addEventListener("click", giveUp);
  addEventListener("online", settleDropped);
  addEventListener("load", () => { // the page was reloaded while somebody paid
    if (till.basket().lines.length) { if (wish || given.length) open(); } else { giveUp(); leave(); }
    settleDropped();
  });
  handed.addEventListener("input", draw);
  $("paying-form").addEventListener("submit", (event) => { event.preventDefault(); takeCash(); });
  $("take-card").addEventListener("click", takeCard);
  $("paying-close").addEventListener("click", leave);
  $("paying").addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  return { open, draw, wordOf, onSold: (listener) => { sold = listener; } };
})();
