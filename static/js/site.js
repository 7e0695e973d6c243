// Small comforts on top of pages that work without any script.
"use strict";

// Buttons that copy: <button type="button" hidden data-copy="#id-of-the-text" data-copied="Copied">Copy</button>
function prepareCopy(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    if (navigator.clipboard) button.hidden = false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  const before = button.dataset.label ?? button.textContent;
  button.dataset.label = before;
  button.textContent = button.dataset.copied;
  const status = document.getElementById("announcer");
  if (status) status.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 2500);
});

// Menus and lists of parts close with Escape, menus also with a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open], details.parts-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// After a form came back with errors, start reading at their summary.
document.querySelector(".error-summary")?.focus();

// One click sends a form once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

prepareCopy(document);
document.addEventListener("htmx:load", (event) => prepareCopy(event.target));

// Addresses of filters carry what was chosen, not what was left empty.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("form[data-lean]")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) {
    if (value === "") event.detail.formData.delete(name);
  }
});
