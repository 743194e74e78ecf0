// Brings the screen up to date in place. If the site cannot be reached, what was said last stays, and the clock says
// that it is old: a screen at a door has nobody who would press "try again".
const EVERY = 15_000;

async function refresh() {
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["header", "main"]) document.querySelector(part).replaceWith(page.querySelector(part));
    document.body.classList.remove("is-stale");
  } catch {
    document.body.classList.add("is-stale");
  }
}

setInterval(refresh, EVERY);
