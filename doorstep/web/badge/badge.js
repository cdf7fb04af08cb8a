/* Stock badges: put <script src="https://HOUSE/badge/badge.js?brand=SLUG" defer></script> into a page, and
   <span data-doorstep-sku="SKU"></span> wherever one shall stand. What it says is told again every half a minute while the page is seen. */
(() => {
  "use strict";
  const house = new URL(document.currentScript.src);
  const brand = house.searchParams.get("brand") || "";
  const asked = (document.currentScript.dataset.language || document.documentElement.lang || navigator.language || "en").slice(0, 2);
  const language = asked === "ko" ? "ko" : "en";
  const EVERY_MS = 30000;
  const AT_ONCE = 50;

  const tell = async () => {
    const places = [...document.querySelectorAll("[data-doorstep-sku]")];
    const skus = [...new Set(places.map((place) => place.dataset.doorstepSku))];
    for (let n = 0; n < skus.length; n += AT_ONCE) {
      const query = new URLSearchParams({ brand, language });
      for (const sku of skus.slice(n, n + AT_ONCE)) query.append("sku", sku);
      const answer = await fetch(`${house.origin}/badge/stock?${query}`, { credentials: "omit" });
      if (!answer.ok) return;
      const { items } = await answer.json();
      for (const place of places) {
        const item = items[place.dataset.doorstepSku];
        if (!item) continue;
        place.dataset.doorstepState = item.state;
        if (place.textContent !== item.says) place.textContent = item.says;
      }
    }
  };
  const again = () => {
    if (document.visibilityState === "visible") tell().catch(() => {}); // what stands there stays
  };
  again();
  setInterval(again, EVERY_MS);
  document.addEventListener("visibilitychange", again);
})();
