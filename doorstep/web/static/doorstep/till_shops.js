// Which shop this browser stands in is remembered on it; a receipt is printed by whatever printer the browser has.
(() => {
  const list = document.getElementById("till-shops");
  if (list) {
    const key = `doorstep.till.${list.dataset.room}.shop`;
    let here = null;
    try { here = localStorage.getItem(key); } catch { /* nothing is remembered */ }
    for (const item of list.querySelectorAll("[data-shop]")) {
      if (item.dataset.shop === here) list.prepend(item);
      item.classList.toggle("here", item.dataset.shop === here);
      item.addEventListener("click", () => { try { localStorage.setItem(key, item.dataset.shop); } catch { /* not remembered */ } });
    }
  }
  document.getElementById("print-receipt")?.addEventListener("click", () => window.print());
})();
