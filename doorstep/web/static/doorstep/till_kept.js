// The worker that keeps the till for when there is no connection, and a page that comes from it and is used with one again.
window.doorstepTillKept = ((root) => {
  const worker = root?.dataset.workerUrl ? navigator.serviceWorker : null; // there is none where the address is not secure
  async function keep() {
    await worker.register(root.dataset.workerUrl, { scope: "/till/", updateViaCache: "none" });
    const { active } = await worker.ready;
    const tell = (more) => active.postMessage({ verb: "keep", files: [], ...more });
    tell({ page: location.href });
    // A picture that was asked for before there was a worker may come when there is one.
    const seen = (read) => tell({ files: [...new Set(read.getEntries().map((one) => one.name))] });
    new PerformanceObserver(seen).observe({ type: "resource", buffered: true });
  }
  if (worker) addEventListener("load", () => keep().catch(() => { /* the till works, but only while the page stays open */ }));
  return {
    // A page that was kept may bear a token of an earlier visit: the same person is given a new one, nobody else is.
    renew: async () => {
      const answer = await fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout(15000) });
      if (!answer.ok) return false;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const other = fresh.querySelector(".till")?.dataset ?? {};
      if (other.room !== root.dataset.room || other.person !== root.dataset.person) return false;
      document.body.setAttribute("hx-headers", fresh.body.getAttribute("hx-headers"));
      return true;
    },
  };
})(document.querySelector(".till"));
