// Comforts of the organisers' desk. Every page works without this file.
"use strict";

// --- Keyboard short-cuts: data-key="/" focuses a field, data-key="n" follows a link. They can be turned off (WCAG 2.1.4).
const SHORTCUTS_OFF = "desk-shortcuts-off";

function shortcutsAreOff() {
  try { return localStorage.getItem(SHORTCUTS_OFF) === "1"; } catch { return false; }
}

for (const hint of document.querySelectorAll("[data-shortcuts]")) {
  const button = hint.querySelector("button");
  const show = () => { button.textContent = shortcutsAreOff() ? button.dataset.off : button.dataset.on; };
  button.addEventListener("click", () => {
    try { localStorage.setItem(SHORTCUTS_OFF, shortcutsAreOff() ? "0" : "1"); } catch { /* private mode: nothing is kept */ }
    show();
  });
  hint.hidden = false;
  show();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || shortcutsAreOff()) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) { target.focus(); target.select(); } else { target.click(); }
});

// --- Tick all rows of a table, and say how many are ticked.
for (const all of document.querySelectorAll("input[data-tick-all]")) {
  const boxes = () => [...document.querySelectorAll(`input[name="${all.dataset.tickAll}"]`)];
  const counter = document.querySelector("[data-ticked]");
  const count = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    if (counter) counter.textContent = String(ticked);
  };
  all.closest("[data-tick-all-holder]")?.removeAttribute("hidden");
  all.addEventListener("change", () => { for (const box of boxes()) box.checked = all.checked; count(); });
  document.addEventListener("change", (event) => { if (event.target.name === all.dataset.tickAll) count(); });
  count();
}

// --- Rows of the event form: the same buttons, without a journey to the server.
const template = document.getElementById("session-template");

function renumber() {
  document.querySelectorAll("#sessions > [data-row] [data-position]").forEach((place, index) => { place.textContent = index + 1; });
}

function freeNumber(name) {
  const taken = [...document.querySelectorAll(`input[type="hidden"][name="${CSS.escape(name)}"]`)].map((input) => Number(input.value));
  return Math.max(-1, ...taken) + 1;
}

// A copy of the empty row, its placeholders filled in. The text comes from our own template, so it is safe to parse.
function copyOf(html, names) {
  const holder = document.createElement("template");
  holder.innerHTML = Object.entries(names).reduce((text, [from, to]) => text.replaceAll(from, to), html);
  return holder.content.firstElementChild;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-add], button[data-remove]");
  if (!button || !template) return;
  event.preventDefault();
  if (button.dataset.add === "session") {
    const row = copyOf(template.innerHTML, { "__key__": freeNumber("sessions"), "__position__": "" });
    row.querySelector("[data-rows]").replaceChildren();
    document.getElementById("sessions").append(row);
    renumber();
    row.querySelector("input:not([type=hidden])").focus();
  } else if (button.dataset.add === "speaker") {
    const key = button.closest("[data-key-of-session]").dataset.keyOfSession;
    const speaker = template.content.querySelector(".speaker-row").outerHTML;
    const row = copyOf(speaker, { "__key__": key, "__number__": freeNumber(`sessions-${key}-speakers`) });
    button.parentElement.querySelector("[data-rows]").append(row);
    row.querySelector("input:not([type=hidden])").focus();
  } else {
    const row = button.closest("[data-row]");
    const rows = row.parentElement;
    row.remove();
    renumber();
    rows.parentElement.querySelector("button[data-add]").focus();
  }
});

// The last day follows the first where it would be earlier; an end follows its start where it is empty.
document.addEventListener("change", (event) => {
  if (event.target.name !== "starts_day") return;
  const last = document.getElementById("id_ends_day");
  if (last && last.value && last.value < event.target.value) last.value = event.target.value;
});

// After a row was added by the server, go on where it was added.
const focus = document.querySelector("form[data-focus]")?.dataset.focus;
if (focus) document.getElementById(focus)?.focus();

// What was typed is not lost by a slip.
const sheet = document.querySelector("form.event-form");
if (sheet) {
  let isChanged = document.querySelector(".error-summary") !== null || sheet.dataset.focus !== undefined;
  sheet.addEventListener("input", () => { isChanged = true; });
  sheet.addEventListener("submit", () => { isChanged = false; });
  window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
}

// On a slow line a list is replaced by what was searched while somebody in it is checked in. The answer goes to the row as it
// stands now; htmx would give it to the one that is gone.
document.addEventListener("htmx:beforeSend", ({ detail: { xhr, target } }) => {
  xhr.addEventListener("readystatechange", () => { // comes before htmx has looked at the answer
    if (xhr.readyState !== XMLHttpRequest.DONE || xhr.status !== 200 || target.isConnected || !target.id) return;
    const row = document.getElementById(target.id);
    if (row) htmx.swap(row, xhr.responseText, { swapStyle: "outerHTML" });
  });
});

// Lists for the door.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
