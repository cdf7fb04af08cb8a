// Keeps the page on which a shop sells, the files it is made of and the pictures it shows, so that a till that is reloaded or
// opened again without a connection goes on selling. It answers for nothing else: what is asked of the server is asked of the
// server. The page is asked for anew whenever there is a connection, and is forgotten as soon as the server no longer shows it to
// this person.
const KEPT = "doorstep.till.1";
const COUNTER = /^\/till\/\d+\/$/;
const FILES = "/static/";
const PICTURES = "/products/pictures/";
const MOST_PICTURES = 300;
const PATIENCE_MS = 5000;
const AWAY = new Set([502, 503, 504]); // a server that starts again is one that cannot be reached

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin()));
async function begin() {
  for (const name of await caches.keys()) if (name.startsWith("doorstep.till.") && name !== KEPT) await caches.delete(name);
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isKept(url)) event.respondWith(file(request));
  else if (request.mode === "navigate" || COUNTER.test(url.pathname)) event.respondWith(page(event, url));
});

// Files and pictures bear a fingerprint in their address, so one that is kept is never an old one.
const isKept = ({ pathname }) => pathname.startsWith(FILES) || pathname.startsWith(PICTURES);
async function file(request) {
  const known = await (await caches.open(KEPT)).match(request.url);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") await keepFile(request.url, answer.clone());
  return answer;
}
async function keepFile(address, answer) {
  const cache = await caches.open(KEPT);
  for (const other of await cache.keys(address, { ignoreSearch: true })) if (other.url !== address) await cache.delete(other);
  await cache.put(address, answer);
  const pictures = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith(PICTURES));
  for (const oldest of pictures.slice(0, -MOST_PICTURES)) await cache.delete(oldest);
}

async function page(event, url) {
  const cache = await caches.open(KEPT);
  const kept = COUNTER.test(url.pathname) ? await cache.match(url.pathname) : null;
  const asked = fetch(event.request).then((answer) => (AWAY.has(answer.status) ? null : note(cache, url, answer)));
  event.waitUntil(asked.catch(() => null));
  if (kept) return (await Promise.race([asked, pause()]).catch(() => null)) ?? kept;
  try {
    return (await asked) ?? Response.error();
  } catch (trouble) {
    const [counter] = (await cache.keys()).map((one) => new URL(one.url).pathname).filter((path) => COUNTER.test(path));
    if (!counter || event.request.mode !== "navigate") throw trouble;
    return Response.redirect(url.pathname === "/till/" ? counter : `${counter}#connection`);
  }
}
const pause = () => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
// The server says of a page whether it may be kept: that of a till that is open. To be sent away means to be signed out.
async function note(cache, url, answer) {
  if (!COUNTER.test(url.pathname) || answer.status >= 500) return answer;
  if (!answer.ok || !answer.headers.has("X-Till-Kept")) await cache.delete(url.pathname);
  else if (!url.search) await cache.put(url.pathname, answer.clone());
  return answer;
}

// The page, and what it read without this worker.
self.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
async function keep(told) {
  if (told?.verb !== "keep") return;
  const cache = await caches.open(KEPT);
  for (const address of told.files) {
    if (new URL(address).origin !== self.location.origin || !isKept(new URL(address))) continue;
    if (await cache.match(address)) continue;
    const answer = await fetch(address);
    if (answer.ok) await keepFile(address, answer);
  }
  if (!told.page) return;
  const url = new URL(told.page);
  if (COUNTER.test(url.pathname) && !(await cache.match(url.pathname))) {
    await note(cache, url, await fetch(url.pathname, { redirect: "manual" }));
  }
}
