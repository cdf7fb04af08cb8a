// Taking the money of a basket: cash with change, a card that the provider is asked for, a card on a terminal of the shop's own,
// or some of each. What is asked of a card has one key, which outlives a reload: whoever does not know what became of it asks
// again under that key, and never a second time under another. A card that was taken and not used for a sale goes back.
window.doorstepTillPay = (() => {
  const till = window.doorstepTill;
  if (!till) return null;
  const { told, words, money, minorOf } = till;
  const $ = (id) => document.getElementById(id);
  const handed = $("field-handed");
  const PATIENCE_MS = 60000, PAUSE_MS = 1500; // how long the terminal is asked by itself, and how often
  let given = till.kept("given", []); // what was paid of the basket; a page that comes back finds it here
  let wish = till.kept("wish", null); // what a card is asked for, until the provider has said what became of it
  let waiting = false;
  const note = () => { till.keep("given", given); till.keep("wish", wish); };
  let credit = told.credit;
  let sold = () => {};

  const due = () => till.total() - given.reduce((sum, one) => sum + one.amount, 0);
  const problem = (word) => { $("paying-problem").textContent = word; };
  function draw() {
    const left = due();
    $("due").textContent = money(left);
    $("given").replaceChildren(...given.map((one) => {
      const item = document.createElement("li");
      item.textContent = `${words[one.kind]} ${money(one.amount)}`;
      return item;
    }));
    $("credit").hidden = !credit;
    $("credit").textContent = credit ? `− ${money(Math.min(credit, left))} → ${money(Math.max(left - credit, 0))}` : "";
    const cash = handed.value.trim() === "" ? left : minorOf(handed.value);
    const back = cash === null ? 0 : cash - left;
    $("change").textContent = back > 0 ? `${words.change} ${money(back)}` : "";
    $("take-cash").disabled = cash === null || back < 0;
    const locked = waiting || wish !== null;
    for (const id of ["take-cash", "take-card", "take-own"]) $(id).disabled ||= locked;
    if (!locked) { $("take-card").disabled = false; $("take-own").disabled = false; }
    $("take-card").hidden = $("method-part").hidden = !told.card || till.offline();
    $("voucher-part").hidden = till.offline();
    $("card-waits").hidden = !wish;
    $("card-word").textContent = wish && !waiting ? words.card_unknown : words.card_waits.replace("%s", wish ? money(wish.amount) : "");
    $("card-waits").dataset.state = waiting ? "waiting" : "unknown";
    $("ask-again").hidden = $("give-up").hidden = waiting;
  }
  function open() {
    if (!till.basket().lines.length) return;
    handed.value = "";
    $("field-card_amount").value = "";
    $("field-method").value = told.method;
    problem(told.card && till.offline() ? words.card_offline : "");
    if (due() < 0) { leave(); return; } // the basket shrank below what a card has paid: that goes back, and it is taken anew
    const exact = [till.total(), ...told.notes.filter((note) => note > till.total())].slice(0, 5);
    $("notes-row").replaceChildren(...exact.map((minor) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.dataset.note = minor;
      button.textContent = money(minor);
      button.addEventListener("click", () => { handed.value = String(minor / 10 ** told.digits); draw(); });
      return button;
    }));
    draw();
    $("paying").showModal();
    if (wish) ask(); else if (due() === 0) end([...given], 0); else handed.focus();
  }
  async function end(entries, change) {
    if (waiting) return;
    const email = $("field-buyer_email").value.trim();
    let number;
    if (entries.some((one) => one.kind === "voucher")) {
      waiting = true;
      const booked = await till.bookNow(entries, email);
      waiting = false;
      if (booked.problem) {
        given = given.filter((one) => one.kind !== "voucher");
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
    credit = 0;
    $("paying").close();
    sold(paper, change);
    settleDropped();
  }
  function takeCash() {
    const left = due();
    const cash = handed.value.trim() === "" ? left : minorOf(handed.value);
    if (cash === null || cash < left) return;
    const more = left > 0 ? [{ kind: "cash", amount: left, handed: cash }] : [];
    end([...given, ...more], cash - left);
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
    if (due() === 0) end([...given], 0);
  }
  function takeCard() {
    const amount = cardAmount();
    if (wish || waiting || amount === null) return;
    wish = { key: till.freshId(), amount, method: $("field-method").value.trim() };
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
    else problem(answer ? words.declined.replace("%s", answer.problem) : trouble);
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
      till.ask(told.undo.replace("/1/undo/", `/${one.charge_id}/undo/`), { method: "POST", body: "{}" }).catch(() => { /* the end of day shows it */ });
    }
    given = [];
    note();
    $("paying").close();
  }
  $("take-own").addEventListener("click", takeOwn);
  $("take-voucher").addEventListener("click", takeVoucher);
  $("field-voucher").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); takeVoucher(); } });
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
  return { open, draw, onSold: (listener) => { sold = listener; } };
})();
