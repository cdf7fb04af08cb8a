// The orders list: ticks stay while rows change by themselves; a bulk button shows what it would do before it does it.
(() => {
  const ticked = () => document.querySelector("#orders tbody input[type=checkbox]:checked");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "orders" && ticked()) event.preventDefault();
  });
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (event.target.id !== "orders" || !button?.matches("[data-bulk]")) return;
    event.preventDefault();
    const answer = await fetch(event.target.action, {
      method: "POST", body: new FormData(event.target, button), headers: { "HX-Request": "true" },
    });
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const dialog = parsed.querySelector("dialog");
    if (!dialog) {
      document.getElementById("notices").append(...parsed.body.childNodes);
      return;
    }
    document.getElementById("bulk-place").replaceChildren(dialog);
    dialog.showModal();
  });
})();
