// Lets the desk's scanning page open without a network. It governs this page's address and nothing else.
"use strict";

const PAGE = "{{ page|escapejs }}";
const CACHE = "check-in {{ session.pk }}";
const PATIENCE = 5000; // a network that hangs is no network

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says which files it is made of; they are kept with the page itself, as it is without anybody's name.
self.addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep([PAGE, ...event.data.keep]).then(() => event.ports[0]?.postMessage("kept")));
});

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  await Promise.all(addresses.map(async (address) => {
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      if (response.ok && !response.redirected) await cache.put(address, response);
    } catch { /* what was kept before is still there */ }
  }));
  const wanted = new Set(addresses.map((address) => new URL(address, self.location.origin).href));
  for (const old of await cache.keys()) if (!wanted.has(old.url)) await cache.delete(old);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(open(request));
  else if (["script", "style", "font", "image"].includes(request.destination)) event.respondWith(part(request));
});

async function open(request) {
  const kept = await (await caches.open(CACHE)).match(PAGE);
  if (!kept) return fetch(request);
  try {
    return await Promise.race([fetch(request), new Promise((_done, fail) => setTimeout(fail, PATIENCE))]);
  } catch {
    return kept;
  }
}

async function part(request) {
  const kept = await (await caches.open(CACHE)).match(request);
  return kept ?? fetch(request);
}
