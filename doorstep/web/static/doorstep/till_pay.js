// Taking the money of a basket: cash with change, a card that the provider is asked for, or both. A card that was taken and not
// used for a sale goes back.
window.doorstepTillPay = (() => {
  const till = window.doorstepTill;
  if (!till) return null;
  const { told, words, money, minorOf } = till;
  const $ = (id) => document.getElementById(id);
  const handed = $("field-handed");
  let given = [];
  let wish = null; // the key under which a card is asked for, kept until the provider has said what became of it
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
    $("card-part").hidden = !told.card || till.offline();
  }
  function open() {
    if (!till.basket().lines.length) return;
    given = [];
    handed.value = "";
    $("field-card_amount").value = "";
    $("field-method").value = told.method;
    problem(told.card && till.offline() ? words.card_offline : "");
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
    handed.focus();
  }
  function end(entries, change) {
    const paper = till.finish(entries, $("field-buyer_email").value.trim());
    $("field-buyer_email").value = "";
    given = [];
    credit = 0;
    $("paying").close();
    sold(paper, change);
  }
  function takeCash() {
    const left = due();
    const cash = handed.value.trim() === "" ? left : minorOf(handed.value);
    if (cash === null || cash < left) return;
    const more = left > 0 ? [{ kind: "cash", amount: left, handed: cash }] : [];
    end([...given, ...more], cash - left);
  }
  async function takeCard() {
    const field = $("field-card_amount").value;
    const amount = field.trim() === "" ? due() : minorOf(field);
    if (amount === null || amount <= 0 || amount > due()) { problem(words.too_much); return; }
    if (wish?.amount !== amount) wish = { key: till.freshId(), amount };
    $("take-card").disabled = true;
    problem("");
    try {
      const told = await till.ask(till.root.dataset.chargeUrl, { method: "POST", body: JSON.stringify({ ...wish, method: $("field-method").value.trim() }) });
      if (told.state === "succeeded") {
        wish = null;
        given.push({ kind: "card", amount, charge_id: told.charge_id });
        $("field-card_amount").value = "";
        if (due() === 0) end([...given], 0);
      } else if (told.state === "failed") {
        wish = null;
        problem(words.declined.replace("%s", told.problem));
      } else problem(words.card_unknown);
    } catch (trouble) {
      problem(trouble.word ?? words.card_unknown);
    }
    $("take-card").disabled = false;
    if ($("paying").open) draw();
  }
  function leave() {
    for (const one of given.filter((one) => one.charge_id)) {
      till.ask(told.undo.replace("/1/undo/", `/${one.charge_id}/undo/`), { method: "POST", body: "{}" }).catch(() => { /* the end of day shows it */ });
    }
    given = [];
    $("paying").close();
  }
  handed.addEventListener("input", draw);
  $("paying-form").addEventListener("submit", (event) => { event.preventDefault(); takeCash(); });
  $("take-card").addEventListener("click", takeCard);
  $("paying-close").addEventListener("click", leave);
  $("paying").addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  return { open, draw, onSold: (listener) => { sold = listener; } };
})();
