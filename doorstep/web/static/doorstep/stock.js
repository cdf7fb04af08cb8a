// The booking dialog shows what becomes of the available units before anything is booked.
(() => {
  const effect = document.querySelector("[data-effect]");
  const form = effect?.closest("form");
  if (!form) return;
  const show = () => {
    const { doing, location, qty } = Object.fromEntries(new FormData(form));
    const units = Number(qty) || 0;
    const here = Number(effect.getAttribute(`data-at-${location}`)) || 0;
    const step = { receive: units, adjust: units, damage: -units, count: qty === "" ? 0 : units - here }[doing];
    effect.querySelector("[data-after]").textContent = Number(effect.dataset.available) + step;
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
})();
