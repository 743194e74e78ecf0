// What the planner asks the server: what would clash, to save, and the day as it is now.
import { clockOf, root } from "./board.js";

function address(session, act = "") {
  return root.dataset.place.replace("/0/", `/${session}/`) + act;
}

function fields(place) {
  const told = { day: place.day ?? root.dataset.day, starts: clockOf(place.starts), minutes: place.minutes };
  return place.lane.dataset.tour ? told : { ...told, room: place.lane.dataset.room };
}

// The answer with its status; one that is no JSON comes from a login that has ended, which a reload shows.
async function told(answer) {
  if (answer.redirected || !answer.headers.get("Content-Type")?.startsWith("application/json")) {
    location.reload();
    return new Promise(() => {});
  }
  return { status: answer.status, ...(await answer.json()) };
}

function post(url, body) {
  const token = document.querySelector("#token [name=csrfmiddlewaretoken]").value;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(body) }).then(told);
}

export function check(session, place, signal) {
  const query = new URLSearchParams(fields(place));
  return fetch(`${address(session, "check/")}?${query}`, { signal, headers: { Accept: "application/json" } }).then(told);
}

export function save(session, step, place, reasons) {
  return post(address(session), { ...fields(place), step, ...reasons });
}

export function unplace(session, step) {
  return post(address(session, "unplace/"), { step });
}

export async function day() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
