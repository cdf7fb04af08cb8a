// A browser that prints what comes: takes one job, shows its pages to the print dialog, says what became of it, takes the next.
(() => {
  const root = document.querySelector("[data-station]");
  if (!root) return;
  const paper = document.querySelector("[data-paper]");
  const says = root.querySelector("[data-says]");
  const light = root.querySelector("[data-light]");
  const silent = root.querySelector("[data-silent]");
  const KEY = "doorstep.station.silent";
  const EVERY_MS = 2000;
  try { silent.checked = localStorage.getItem(KEY) === "yes"; } catch { /* not remembered */ }
  silent.addEventListener("change", () => { try { localStorage.setItem(KEY, silent.checked ? "yes" : "no"); } catch { /* not remembered */ } });

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  async function post(url, fields = {}) {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token(), "Accept": "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }
  function show(tone, words) { light.dataset.tone = tone; says.textContent = words; }
  const drawn = (image) => new Promise((done, failed) => { image.onload = done; image.onerror = failed; });

  async function print(job) {
    show("busy", `${root.dataset.prints}: ${job.says}`);
    paper.dataset.kind = job.paper;
    const images = job.pages.map((url) => { const image = new Image(); image.src = url; image.alt = ""; return image; });
    await Promise.all(images.map(drawn));
    paper.replaceChildren(...images);
    const closed = new Promise((done) => window.addEventListener("afterprint", done, { once: true }));
    window.print();
    await closed;
    paper.replaceChildren();
    await post(root.dataset.settle.replace("/0/", `/${job.id}/`), { certain: silent.checked ? "yes" : "no" });
  }
  async function list() {
    const answer = await fetch(root.dataset.jobs);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("station-jobs");
    document.getElementById("station-jobs").replaceWith(document.adoptNode(fresh));
  }
  async function turn() {
    try {
      const { job } = await post(root.dataset.take);
      if (job) { await print(job); await list(); setTimeout(turn, 0); return; }
      show("", root.dataset.waits);
    } catch { show("away", root.dataset.away); }
    setTimeout(turn, EVERY_MS);
  }
  turn();
})();
