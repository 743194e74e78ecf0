import { start } from "../onsite/camera.js";

/* The list comes back whole with each answer; the camera beside it goes on. */

const reader = document.getElementById("reader");
const words = reader.dataset;
const scan = document.getElementById("scan");
const trouble = document.getElementById("trouble");
const camera = document.getElementById("camera");
const button = document.getElementById("start");

let busy = false;

function tell(words) {
  trouble.textContent = words;
  trouble.hidden = !words;
}

async function send(form, submitter) {
  if (busy) return false;
  busy = true;
  const body = new FormData(form, submitter);
  const near = form.closest(".party")?.id;
  try {
    const answer = await fetch(location.pathname, { method: "POST", body, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = page.getElementById("list");
    if (!list) {
      if (answer.status < 429) location.reload();
      tell(page.querySelector("main")?.innerText.trim() || words.lost);
      return false;
    }
    document.getElementById("list").replaceWith(document.adoptNode(list));
    tell("");
    const said = list.querySelector("[role=alert]");
    if (said && form === scan) said.scrollIntoView({ block: "nearest" });
    else if (near) document.getElementById(near)?.querySelector("button, a")?.focus({ preventScroll: true });
    return true;
  } catch {
    tell(words.lost);
    return false;
  } finally {
    busy = false;
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || !event.target.closest("#list, #reader")) return;
  event.preventDefault();
  send(event.target, event.submitter).then((done) => {
    if (done && event.target === scan) scan.elements.code.value = "";
  });
});

if (navigator.mediaDevices) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await start(document.getElementById("video"), words, {
        onScan: (text) => {
          scan.elements.code.value = text;
          scan.requestSubmit();
        },
        isPaused: () => busy,
      });
      camera.hidden = false;
      button.hidden = true;
    } catch {
      tell(words.noCamera);
      button.disabled = false;
    }
  });
}
