// The counts at the door, while somebody looks at them. If the site cannot be reached, what was said last stays.
const EVERY = 10_000;
const place = document.querySelector("[data-door]");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(place.dataset.door, { cache: "no-store", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.querySelector("#door").replaceWith(document.adoptNode(page.getElementById("door")));
  } catch {
    // The next look may reach it.
  }
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
