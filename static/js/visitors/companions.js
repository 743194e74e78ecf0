// Shows one more person at a time; without this module all nine stand in the form.
const box = document.querySelector("[data-companions]");

if (box) {
  const rows = [...box.querySelectorAll("[data-companion]")];
  const more = box.querySelector("[data-more]");
  const filled = (row) => [...row.querySelectorAll("input")].some((input) => input.value !== "" || input.ariaInvalid === "true");
  const last = rows.findLastIndex(filled);
  rows.forEach((row, index) => { row.hidden = index > Math.max(last, 0); });
  more.hidden = last >= rows.length - 1;
  more.querySelector("button").addEventListener("click", () => {
    const next = rows.find((row) => row.hidden);
    next.hidden = false;
    next.querySelector("input").focus();
    more.hidden = !rows.some((row) => row.hidden);
  });
}
