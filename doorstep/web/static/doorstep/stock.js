// Booking: the dialog of a variant shows what becomes of the available units before anything is booked; the form of many
// lines grows, moves on at Enter and asks what it would do; a new count shows only what its choice asks.
(() => {
  const effect = document.querySelector("[data-effect]");
  const form = effect?.closest("form");
  const show = () => {
    const { doing, location, qty } = Object.fromEntries(new FormData(form));
    const units = Number(qty) || 0;
    const here = Number(effect.getAttribute(`data-at-${location}`)) || 0;
    const step = { receive: units, count: qty === "" ? 0 : units - here }[doing];
    effect.querySelector("[data-after]").textContent = Number(effect.dataset.available) + step;
  };
  form?.addEventListener("input", show);
  form?.addEventListener("change", show);

  const booking = document.querySelector("[data-booking]");
  if (booking) {
    const more = booking.querySelector("[data-more-lines]");
    const lines = () => [...booking.querySelectorAll("[data-line]")];
    const grow = () => {
      const fresh = lines().at(-1).cloneNode(true);
      fresh.classList.remove("field-wrong");
      fresh.querySelector(".field-about")?.remove();
      for (const input of fresh.querySelectorAll("input")) { input.value = ""; input.removeAttribute("value"); }
      more.before(fresh);
      return fresh;
    };
    more.addEventListener("click", () => grow().querySelector("input").focus());
    let later = 0;
    const ask = () => { clearTimeout(later); later = setTimeout(() => booking.dispatchEvent(new Event("booking")), 300); };
    booking.addEventListener("input", ask);
    booking.addEventListener("change", ask);
    booking.addEventListener("keydown", (event) => { // a scanner ends what it types with Enter
      const line = event.target.closest("[data-line]");
      if (event.key !== "Enter" || !line) return;
      event.preventDefault();
      if (event.target.name === "code") { line.querySelector("[name=qty]").focus(); return; }
      const all = lines();
      (all[all.indexOf(line) + 1] ?? grow()).querySelector("input").focus();
    });
  }

  const chosen = document.querySelector("[data-count-new]");
  const how = chosen?.querySelector("[name=how]");
  const fit = () => { for (const part of chosen.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== how.value; };
  how?.addEventListener("change", fit);
  if (how) fit();
})();
