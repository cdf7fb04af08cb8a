// What a phone keeps until the server has answered it: in localStorage, or in memory where that is not to be had. Each entry
// has an id of its own, so what is sent twice counts once there.
window.doorstepQueue = (key, words) => {
  let memory = [];
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  return {
    load: () => { try { return JSON.parse(localStorage.getItem(key)) ?? []; } catch { return memory; } },
    save: (queue) => {
      memory = queue;
      try { queue.length ? localStorage.setItem(key, JSON.stringify(queue)) : localStorage.removeItem(key); } catch { /* kept in memory */ }
    },
    freshId: () => {
      if (crypto.randomUUID) return crypto.randomUUID();
      return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    // An error with a `word` is one that only a person can help; every other passes by itself.
    ask: async (url, options) => {
      const answer = await fetch(url, { ...options, redirect: "manual", headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json" }, signal: AbortSignal.timeout(15000) });
      if (answer.type === "opaqueredirect") throw Object.assign(new Error("signed out"), { word: words.signed_out });
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) throw Object.assign(new Error("refused"), { word: words.refused, status: answer.status });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return answer.json();
    },
  };
};
