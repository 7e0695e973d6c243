// The desk's scanning page. A scan is first kept on this device, then sent; so it makes no difference whether there is a
// network, and what was sent twice counts once (each scan has a number). Without this file the form sends a typed code.
"use strict";

(() => {
  const page = document.querySelector("[data-scan]");
  const settings = JSON.parse(document.getElementById("scan-settings").textContent);
  const part = (name) => page.querySelector(`[data-${name}]`);
  const say = (name, values = {}) => Object.entries(values)
    .reduce((text, [key, value]) => text.replaceAll(`{${key}}`, String(value)), settings.words[name]);
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: settings.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const time = (moment) => clock.format(new Date(moment));
  if (!window.indexedDB || !window.crypto?.subtle) return; // an address without https: the form does it

  const BATCH = 200;
  const RENEW = 60_000; // milliseconds between two looks for a newer list
  const RETRY = [2_000, 5_000, 10_000, 30_000];
  const AGAIN = 4_000; // the same ticket still in front of the camera

  let kept = null; // {session, list, etag, offset, at}
  let offset = 0; // our clock is ahead of the device's by so many milliseconds, as far as we could tell
  let line = navigator.onLine ? "online" : "offline";
  let waiting = [];
  let stamped = 0; // no two scans of this device have the same moment
  let shown = null; // the scan that the panel is about
  let sending = null;
  let failures = 0;
  let timer = null;
  let isForgotten = false;
  const device = deviceName();

  function deviceName() {
    try {
      const name = localStorage.getItem("check-in-device") ?? `desk ${crypto.randomUUID().slice(0, 4)}`;
      localStorage.setItem("check-in-device", name);
      return name;
    } catch { return ""; }
  }

  // --- What the page shows

  function tell() {
    const badge = part("line");
    badge.textContent = line === "trouble" ? say("trouble", { status: failures }) : say(line);
    badge.className = `badge badge-${line === "online" ? "good" : line === "offline" ? "care" : "bad"}`;
    const count = waiting.length;
    part("waiting").textContent = count === 0 ? say("waiting_none") : count === 1 ? say("waiting_one") : say("waiting", { count });
    part("list").textContent = kept
      ? say("list_of", { time: time(kept.at), count: Object.keys(kept.list.people).length })
      : say("no_list");
    part("kept").hidden = !kept;
  }

  function element(name, text, css = "") {
    const made = document.createElement(name);
    made.textContent = text;
    if (css) made.className = css;
    return made;
  }

  function panel(style, title, { name = "", organisation = "", details = [], undo = null } = {}) {
    const box = element("div", "", `scan-panel scan-${style}`);
    box.append(element("p", title, "scan-title"));
    if (name) box.append(element("p", name, "scan-name"));
    if (organisation) box.append(element("p", organisation));
    for (const detail of details.filter(Boolean)) box.append(element("p", detail));
    if (undo) {
      const button = element("button", say("undo"), "button");
      button.type = "button";
      button.addEventListener("click", undo);
      box.append(button);
    }
    part("result").replaceChildren(box);
    navigator.vibrate?.(style === "good" ? 60 : [60, 60, 60]);
  }

  function remember(scan, text) {
    const list = part("recent");
    list.hidden = false;
    const row = element("li", `${time(scan.at)} ${text}`);
    list.querySelector("ol").prepend(row);
    while (list.querySelectorAll("li").length > 10) list.querySelector("li:last-child").remove();
  }

  function complain(scan, who, detail) {
    const list = part("refused");
    list.hidden = false;
    const row = element("li", "", "notice notice-bad");
    row.append(element("strong", `${time(scan.at)} ${who}`), element("p", detail));
    list.querySelector("ul").prepend(row);
  }

  // --- Noting scans

  // The moment of a scan: later than what this device noted before, and than the check-in that it shows to whom undoes it.
  function moment(seen) {
    stamped = Math.max(Date.now() + offset, stamped + 1, seen ? Date.parse(seen) + 1 : 0);
    return new Date(stamped).toISOString();
  }

  // Our clock showed `now` between the device's `before` and `after`. A slow line leaves much room in between: what the
  // device's clock may be wrong by for sure is corrected, and no more, for most devices' clocks are right. What a quicker
  // answer has told holds as long as nothing speaks against it.
  function compareClocks(now, before, after) {
    offset = Math.min(Math.max(offset, now - after), now - before);
  }

  async function note(key, present, record) {
    const scan = { id: crypto.randomUUID(), session: settings.session, key, present, at: moment(kept?.list.present[key]) };
    await CheckInStore.addScan(scan);
    waiting.push(scan);
    if (kept && record && !record.problem) {
      if (present) kept.list.present[key] ??= scan.at; else delete kept.list.present[key];
    }
    shown = { id: scan.id, key, record };
    tell();
    return scan;
  }

  async function read(text) {
    const code = CheckInList.codeIn(text);
    shown = null;
    if (code === null) { panel("bad", say("not_found"), { details: [say("misread")] }); return; }
    const key = await CheckInList.keyOf(settings.salt, code);
    const sealed = kept?.list.people[key];
    const record = sealed ? await CheckInList.open(settings.salt, code, sealed).catch(() => null) : null;
    if (kept && Date.now() + offset < Date.parse(kept.list.opens_at)) {
      panel("bad", say("refused"), { ...record, details: [say("too_early")] });
      return;
    }
    const since = kept?.list.present[key];
    if (record && since) {
      panel("care", say("already", { time: time(since) }), { ...record, undo: () => undo(key, record) });
      return;
    }
    const scan = await note(key, true, record);
    const isOff = line !== "online";
    if (record && !record.problem) {
      panel("good", say("done"), { ...record, details: [isOff && say("kept")], undo: () => undo(key, record) });
      remember(scan, record.name);
    } else if (record) {
      panel("bad", say("refused"), { ...record, details: [record.words, isOff && say("kept_problem", { time: time(kept.at) })] });
    } else if (isOff) {
      panel("care", say("unknown_person"), { details: [say("kept_unknown")] });
    } else {
      panel("note", say("looking_up"));
    }
    send();
  }

  async function undo(key, record) {
    const scan = await note(key, false, record);
    panel("note", say("undone"), { ...record, details: [line !== "online" && say("kept")] });
    remember(scan, `${record.name}: ${say("undone")}`);
    send();
  }

  // --- Sending them

  const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

  function send() {
    if (isForgotten) return Promise.resolve();
    sending ??= flush().finally(() => { sending = null; tell(); });
    return sending;
  }

  async function flush() {
    clearTimeout(timer);
    try {
      do {
        waiting = await CheckInStore.scans(settings.session);
        const batch = waiting.slice(0, BATCH);
        const before = Date.now();
        const response = await fetch(settings.scans, {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
          body: JSON.stringify({ device, scans: batch.map(({ id, key, present, at }) => ({ id, key, present, at })) }),
        });
        if (!response.ok) throw response;
        const { now, answers } = await response.json();
        compareClocks(Date.parse(now), before, Date.now());
        await CheckInStore.dropScans(batch.map((scan) => scan.id));
        waiting = await CheckInStore.scans(settings.session);
        line = "online";
        failures = 0;
        for (const answer of answers) answered(batch.find((scan) => scan.id === answer.id), answer);
        if (kept) overlay(); // what was noted while the answer was on its way comes after it
        if (waiting.length === 0) await renew();
      } while (waiting.length > 0); // somebody else may have come while the list was on its way
    } catch (error) {
      later(error);
      return;
    }
    timer = setTimeout(send, RENEW);
  }

  function later(error) {
    const status = error instanceof Response ? error.status : 0;
    failures = status >= 400 && status < 500 && status !== 429 ? status : failures + 1;
    line = status === 401 || status === 403 ? "signed_out" : status >= 400 && status < 500 && status !== 429 ? "trouble" : "offline";
    const wait = Number(error.headers?.get("Retry-After") ?? 0) * 1000;
    timer = setTimeout(send, Math.max(wait, line === "offline" ? RETRY[Math.min(failures, RETRY.length) - 1] : RENEW));
  }

  function answered(scan, answer) {
    const record = answer.person ? { name: answer.person.name, organisation: answer.person.organisation ?? "" } : null;
    const isShown = shown?.id === answer.id;
    if (kept) {
      if (answer.present) kept.list.present[scan.key] = answer.checked_in_at; else delete kept.list.present[scan.key];
    }
    if (answer.problem) {
      complain(scan, record?.name ?? say("unknown_person"), answer.detail);
      if (isShown) panel("bad", say(record ? "refused" : "not_found"), { ...record, details: [answer.detail] });
    } else if (isShown && scan.present && answer.present) {
      const isEarlier = Date.parse(answer.checked_in_at) < Date.parse(answer.at);
      const title = isEarlier ? say("already", { time: time(answer.checked_in_at) }) : say("done");
      panel(isEarlier ? "care" : "good", title, { ...record, undo: () => undo(scan.key, record) });
      if (!shown.record) remember(scan, record.name);
    } else if (isShown && !scan.present) {
      panel("note", say("undone"), { ...record });
    }
  }

  // --- The list

  async function renew() {
    const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
    const response = await fetch(settings.list, { credentials: "same-origin", headers });
    if (response.status === 304) kept.at = new Date(Date.now() + offset).toISOString();
    else if (response.ok) {
      kept = {
        session: settings.session,
        list: await response.json(),
        etag: response.headers.get("ETag"),
        at: new Date(Date.now() + offset).toISOString(),
      };
      waiting = await CheckInStore.scans(settings.session);
      overlay(); // what was noted while the list was on its way
    } else throw response;
    kept.offset = offset;
    if (!isForgotten) await CheckInStore.keepList(kept);
  }

  // What waits counts as done on this device, in the order in which it was noted.
  function overlay() {
    for (const scan of [...waiting].sort((one, other) => one.at.localeCompare(other.at))) {
      if (!(scan.key in kept.list.people)) continue;
      if (scan.present) kept.list.present[scan.key] ??= scan.at; else delete kept.list.present[scan.key];
    }
  }

  async function forget() {
    isForgotten = true;
    clearTimeout(timer);
    await CheckInStore.dropScans(waiting.map((scan) => scan.id));
    await CheckInStore.forgetList(settings.session);
    await caches?.delete(`check-in ${settings.session}`);
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.unregister();
    kept = null;
    waiting = [];
  }

  const mayForget = () => waiting.length === 0 || window.confirm(say(waiting.length === 1 ? "forget_one" : "forget_waiting", { count: waiting.length }));

  part("forget").addEventListener("click", async () => {
    if (!mayForget()) return;
    await forget();
    panel("note", say("forgotten"));
    tell();
  });

  // Signing out on this page deletes the list from the device.
  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("form[action$='/logout/']")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!mayForget()) return;
    await forget();
    event.target.submit();
  }, true);

  window.addEventListener("beforeunload", (event) => { if (waiting.length > 0 && !isForgotten) event.preventDefault(); });

  // --- Typing, and the camera

  page.querySelector(".scan-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const field = document.getElementById("id_code");
    const typed = field.value;
    field.value = "";
    field.focus();
    await read(typed);
  });

  let stop = null;
  let last = { text: "", at: 0 };
  const video = page.querySelector("video");
  const button = part("camera-button");

  button.addEventListener("click", async () => {
    if (stop) {
      stop();
      stop = null;
      video.hidden = true;
      button.textContent = say("camera_start");
      part("camera-words").textContent = "";
      return;
    }
    button.disabled = true;
    video.hidden = false;
    try {
      stop = await CheckInCamera.start(video, page.dataset.decoder, async (text, looked) => {
        const isSame = text === last.text && looked - last.at < AGAIN;
        if (!isSame) await read(text);
        last = { text, at: Date.now() }; // a device that is slow to look, or to keep a scan, took no ticket away meanwhile
      });
      button.textContent = say("camera_stop");
      part("camera-words").textContent = say("camera_on");
    } catch (trouble) {
      video.hidden = true;
      part("camera-words").textContent = say(typeof trouble === "string" ? trouble : "camera_broken");
    }
    button.disabled = false;
  });

  // --- To begin with

  async function stay() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(settings.worker);
    const { active } = await navigator.serviceWorker.ready;
    const own = new URL("/static/", location.origin).pathname;
    const parts = performance.getEntriesByType("resource").map((one) => new URL(one.name)).filter((one) => one.origin === location.origin)
      .map((one) => one.pathname).filter((path) => path.startsWith(own));
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { page.dataset.stays = ""; };
    active.postMessage({ keep: [...new Set([...parts, page.dataset.decoder, page.dataset.decoderParts])] }, [channel.port2]);
  }

  async function begin() {
    const now = Date.now();
    for (const old of await CheckInStore.lists()) {
      if (Date.parse(old.list.expires_at) < now + (old.offset ?? 0)) {
        await CheckInStore.forgetList(old.session);
        await caches?.delete(`check-in ${old.session}`);
      } else if (old.session === settings.session) {
        kept = old;
        offset = old.offset ?? 0;
      }
    }
    waiting = await CheckInStore.scans(settings.session);
    if (kept) overlay();
    for (const name of ["state", "camera"]) part(name).hidden = false;
    tell();
    page.dataset.ready = "";
    stay().catch(() => { /* the page works as long as it stays open */ });
    await send();
  }

  window.addEventListener("online", () => { failures = 0; send(); });
  window.addEventListener("offline", () => { line = "offline"; tell(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  begin();
})();
