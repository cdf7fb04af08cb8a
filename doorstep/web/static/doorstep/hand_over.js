// The hand-over: the sentence above the button follows the ticks.
(() => {
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-hand-over]");
    if (!form) return;
    queueMicrotask(() => {
      const ticked = [...form.querySelectorAll("input[name=parcels]:checked")];
      form.querySelector("[data-parcels]").textContent = ticked.length;
      form.querySelector("[data-units-sum]").textContent = ticked.reduce((sum, box) => sum + Number(box.dataset.units), 0);
      form.querySelector("button.btn-primary").disabled = ticked.length === 0;
    });
  });
})();
