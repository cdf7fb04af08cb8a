// The till follows its shop: the live stream says that something happened, and what is otherwise is fetched, twice a second at most.
// Without the stream it asks now and then.
(() => {
  const till = window.doorstepTill;
  if (!till) return;
  const GAP = 400;
  const SELDOM = 20000;
  let due = 0;
  let busy = false;
  let again = false;
  async function look() {
    clearTimeout(due);
    if (busy) { again = true; return; }
    busy = true;
    again = false;
    if (navigator.onLine) await till.follow();
    setTimeout(() => { busy = false; if (again) look(); else due = setTimeout(look, SELDOM); }, GAP);
  }
  due = setTimeout(look, SELDOM);
  const url = till.root.dataset.eventsUrl;
  if (!url || !window.EventSource) return;
  let source = null;
  let wait = 1000;
  const connect = () => {
    source = new EventSource(`${url}?room=${till.root.dataset.room}`);
    source.addEventListener("hello", () => { wait = 1000; look(); }); // what happened while nobody listened
    source.addEventListener("message", look);
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(connect, wait + Math.random() * 500); // the browser gave up: a restart answered with an error
      wait = Math.min(wait * 2, 15000);
    });
  };
  connect();
})();
