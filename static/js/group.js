// More rows in the form for a group, without a journey to the server. The form works without this file.
"use strict";

const more = document.querySelector("[data-more]");
const count = document.querySelector("[data-rows]");

if (more && count) {
  more.addEventListener("click", (event) => {
    const rows = document.querySelectorAll("#people > [data-row]");
    const number = rows.length;
    if (number >= Number(count.dataset.most)) return;
    event.preventDefault();
    const row = rows[number - 1].cloneNode(true);
    for (const part of row.querySelectorAll("[id], [for], [name], [aria-describedby]")) {
      for (const name of ["id", "for", "name", "aria-describedby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(`row-${number - 1}-`, `row-${number}-`));
      }
    }
    for (const errors of row.querySelectorAll(".field-errors, .errorlist")) errors.remove();
    for (const field of row.querySelectorAll(".field-with-errors")) field.classList.remove("field-with-errors");
    for (const input of row.querySelectorAll("input, select")) {
      input.removeAttribute("aria-invalid");
      if (/-(name|email|note)$/.test(input.name)) input.value = "";
      else input.value = rows[number - 1].querySelector(`[name="${input.name.replace(`row-${number}-`, `row-${number - 1}-`)}"]`).value;
    }
    row.querySelector("[data-number]").textContent = String(number + 1);
    document.getElementById("people").append(row);
    count.value = String(number + 1);
    more.hidden = number + 1 >= Number(count.dataset.most);
    row.querySelector("input").focus();
  });
}
