// The receipt of what was just sold. The house composes it when the sale is booked; until then, or without a connection, the
// same is composed here, of the same words and in the same order: see flows/receipt.py, whose shape this is.
window.doorstepTillPaper = (() => {
  const till = window.doorstepTill;
  if (!till) return null;
  const { told, words, money } = till;
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: told.paper.zone, dateStyle: "short", timeStyle: "short" });
  const moment = (at) => clock.format(new Date(at));
  const row = (word, amount, under = "", is_sum = false) => ({ word, amount, under, is_sum });
  function compose(sale) {
    const number = till.numberOf(sale.client_id);
    const rows = sale.lines.map((line) => {
      const less = line.discount ? ` − ${money(line.discount)}` : "";
      return row(sale.titles[line.sku], money(line.price * line.qty - line.discount), `${line.qty} × ${money(line.price)}${less}`);
    });
    const reasons = [...new Set([sale.reason, ...sale.lines.map((line) => line.reason)])].filter(Boolean).join("; ");
    if (sale.discount || sale.lines.some((line) => line.discount)) {
      rows.push(row(words.discount, sale.discount ? `−${money(sale.discount)}` : "", reasons));
    }
    rows.push(row(words.total, money(sale.total), "", true));
    for (const one of sale.given.filter(({ amount }) => amount)) {
      const change = Math.max(one.handed || 0, one.amount) - one.amount;
      rows.push(row(one.return_id ? words.came_back : words[one.kind], money(one.amount + change)));
      if (change) rows.push(row(words.change, `−${money(change)}`));
    }
    const rate = (one) => (one.rate ? `${one.rate / 100} %` : words.tax_free);
    const taxes = sale.taxes.map((one) => [rate(one), money(one.gross - one.tax), money(one.tax), money(one.gross)]);
    return {
      brand: told.paper.brand, head: told.paper.head, rows,
      meta: [moment(sale.sold_at), told.paper.by ? `${number} · ${told.paper.by}` : number],
      document: {
        number: `${words.receipt}: ${words.number_later}`, at: "", foot: told.paper.foot,
        taxes: taxes.length ? [[words.tax, words.net, words.tax, words.gross], ...taxes] : [],
      },
      foot: [], backs: [], code: number, thanks: words.thanks,
    };
  }

  const make = (tag, className, ...inside) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...inside);
    return made;
  };
  const cells = (tag, texts) => texts.map((text, n) => make(tag, n ? "num" : "", text));
  const lines = (texts) => make("p", "", ...texts.flatMap((text) => [text, make("br")]));
  const rate = (texts, n) => make("tr", "", ...cells(n ? "td" : "th", texts)); // the first are the headings
  const taxesOf = (taxes) => make("table", "till-taxes", ...taxes.map(rate));
  const documentOf = (one) => [
    ...(one.taxes.length ? [taxesOf(one.taxes)] : []),
    make("p", "till-number", one.number, ...(one.at ? [make("br"), one.at] : [])), ...one.foot.map((text) => make("p", "", text)),
  ];
  function draw(slip, place) {
    const table = slip.rows.map((one) => {
      const under = one.under ? [make("br"), make("small", "", one.under)] : [];
      return make("tr", one.is_sum ? "sum" : "", make("td", "", one.word, ...under), make("td", "num", one.amount));
    });
    place.replaceChildren(
      make("h2", "", slip.brand), lines(slip.head), lines(slip.meta), make("table", "", make("tbody", "", ...table)),
      ...(slip.document ? documentOf(slip.document) : []), ...slip.foot.map((text) => make("p", "", text)),
      ...slip.backs.flatMap((one) => [make("hr"), ...documentOf(one)]), window.doorstepTillCode(slip.code) ?? "",
      make("p", "thanks", slip.thanks),
    );
  }
  return { compose, draw };
})();
