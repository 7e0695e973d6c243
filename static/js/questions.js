// Questions that are asked only with certain answers to another: shown when they are. Without this file all are shown,
// with a sentence that says when to answer, and the server ignores what is not asked.
"use strict";

for (const holder of document.querySelectorAll("[data-questions]")) {
  const conditional = [...holder.querySelectorAll("[data-depends-on]")];
  if (conditional.length === 0) continue;
  for (const sentence of holder.querySelectorAll("[data-only-if]")) sentence.hidden = true;

  const answersTo = (name) => [...holder.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    .filter((field) => !field.closest("[data-depends-on][hidden]"))
    .filter((field) => !field.matches("[type=radio], [type=checkbox]") || field.checked)
    .map((field) => field.value);

  // In the order of the page: a question depends only on one before it.
  const show = () => {
    for (const question of conditional) {
      const wanted = question.dataset.dependsValues.split(" ");
      question.hidden = !answersTo(question.dataset.dependsOn).some((answer) => wanted.includes(answer));
    }
  };
  holder.addEventListener("change", show);
  show();
}
