// What a phone keeps until the server has answered it: in localStorage, or in memory where that is not to be had. Each entry
// has an id of its own, so what is sent twice counts once there.
window.doorstepQueue = (key, words) => {
  let memory = [];
  const load = () => { try { return JSON.parse(localStorage.getItem(key)) ?? []; } catch { return memory; } };
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  return {
    load,
    save: (queue) => {
      memory = queue;
      try { queue.length ? localStorage.setItem(key, JSON.stringify(queue)) : localStorage.removeItem(key); } catch { /* kept in memory */ }
    },
    freshId: () => {
      if (crypto.randomUUID) return crypto.randomUUID();
      return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    // The light in the page's head: whether the server is reached, and how much waits to be sent.
    light: (state) => {
      const waiting = load().length, shown = waiting && state === "online" ? "sending" : state;
      const light = document.getElementById("queue-light");
      light.dataset.state = shown;
      light.dataset.waiting = waiting;
      light.title = words[shown];
      document.getElementById("queue-word").textContent = waiting ? `${waiting} ${words.waiting}` : shown === "online" ? "" : words.offline;
      light.setAttribute("aria-label", waiting ? `${words[shown]}: ${waiting} ${words.waiting}` : words[shown]);
    },
    // An error with a `word` is one that only a person can help; every other passes by itself. `told`: the word is the server's own.
    ask: async (url, { told = false, ...options }) => {
      const answer = await fetch(url, { ...options, redirect: "manual", headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json", ...(told ? { "HX-Request": "true" } : {}) }, signal: AbortSignal.timeout(15000) });
      if (answer.type === "opaqueredirect" || answer.headers.get("HX-Redirect")) throw Object.assign(new Error("signed out"), { word: words.signed_out });
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
        const page = told ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
        const said = page?.querySelector(".notice p")?.textContent.trim().replace(/\s+/g, " ");
        throw Object.assign(new Error("refused"), { word: said || words.refused, status: answer.status });
      }
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return answer.json();
    },
  };
};
