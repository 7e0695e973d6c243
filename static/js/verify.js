// Compares a certificate's file without sending it: its SHA-256 is computed here.
"use strict";

async function checksum(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

function prepareFile(form) {
  const input = form.querySelector("input[type=file]");
  const result = form.querySelector("[data-result]");
  const said = form.dataset;

  async function compare() {
    const file = input.files[0];
    result.className = "drop-result";
    result.textContent = "";
    if (!file) return;
    result.textContent = said.working;
    const sum = await checksum(file);
    if (file !== input.files[0]) return; // another was chosen meanwhile
    if (!said.sha256) {
      await lookUp(`${said.lookup}?sha256=${sum}`, file);
      return;
    }
    const same = sum === said.sha256;
    result.textContent = same ? said.same : said.other;
    result.classList.add("notice", same ? "notice-good" : "notice-bad");
  }

  // A file that is not known stays chosen: its seal can still be checked, by the button.
  async function lookUp(address, file) {
    const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (file !== input.files[0]) return;
    if (answer?.status !== 404) {
      location.assign(address);
      return;
    }
    const title = document.createElement("strong");
    title.textContent = said.unknown;
    result.replaceChildren(title, document.createElement("br"), said.unknownMore);
    result.classList.add("notice", "notice-bad");
  }

  input.addEventListener("change", compare);
  for (const name of ["dragover", "dragenter"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("drop-here");
    });
  }
  form.addEventListener("dragleave", () => form.classList.remove("drop-here"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("drop-here");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    compare();
  });
}

// Browsers compute checksums on secure pages only; without one the file is sent, by the button.
if (window.crypto?.subtle) {
  for (const form of document.querySelectorAll("form[data-verify-file]")) prepareFile(form);
}
