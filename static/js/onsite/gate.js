import { ask, send } from "./calls.js";
import { body, drawUid, queue } from "./queue.js";
import { readBadges, tellTyped } from "./reading.js";
import { play } from "./sound.js";

const STAYS = { yes: 2500, again: 3500, no: 5000, lost: 4000 };
const COUNTED_EVERY = 15000;
const TRIED_EVERY = 5000;
const LISTED = 10;

const words = document.body.dataset;
const answer = document.getElementById("answer");
const payment = answer.querySelector("form.payment");
const list = document.getElementById("recent");
const network = document.getElementById("network");
const counts = { here: document.getElementById("here"), in_all: document.getElementById("in-all") };

const { waiting, keep, drop } = queue("gate-queue");

let shown = null;
let timer = 0;

/* The answer */

function part(name) {
  return answer.querySelector(`[data-part="${name}"]`);
}

function show(said) {
  shown = said;
  clearTimeout(timer);
  for (const name of ["title", "name", "name_latin", "firm", "category_name", "sentence"]) {
    part(name).textContent = said[name] ?? "";
  }
  part("refused").textContent = "";
  payment.hidden = said.outcome !== "payment_due";
  for (const button of payment.querySelectorAll("button")) button.disabled = false;
  answer.dataset.look = said.look;
  answer.hidden = false;
  answer.scrollTop = 0;
  play(said.look);
  if (STAYS[said.look]) timer = setTimeout(hide, STAYS[said.look]);
}

function hide() {
  clearTimeout(timer);
  shown = null;
  answer.hidden = true;
}

answer.addEventListener("click", (event) => {
  if (event.target.closest(".payment")) return;
  if (event.target.closest(".next")) event.preventDefault();
  else if (!payment.hidden) return;
  hide();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});

payment.addEventListener("submit", async (event) => {
  if (!shown) return;
  event.preventDefault();
  const { uid } = shown;
  const buttons = payment.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  const result = await send(`${words.scans}/${uid}/payment`, { how: event.submitter.value });
  if (shown?.uid !== uid) return;
  for (const button of buttons) button.disabled = false;
  if (result.kind === "answer") {
    settle(result.said);
    show(result.said);
  } else {
    part("refused").textContent = result.said?.sentence ?? words.lostTitle;
    play("no");
  }
});

/* The list and the counts */

function settle(said, { late = false } = {}) {
  if (said.outcome === "admitted") {
    for (const element of Object.values(counts)) element.textContent = Number(element.textContent) + 1;
  }
  const row = document.createElement("li");
  row.dataset.look = said.look;
  const [time, title, name] = ["time", "b", "span"].map((tag) => document.createElement(tag));
  time.textContent = said.at?.slice(11, 16) ?? "";
  title.textContent = late ? `${said.title} · ${words.sentLater}` : said.title;
  name.textContent = said.name ?? "";
  row.append(time, title, name);
  list.prepend(row);
  while (list.children.length > LISTED) list.lastElementChild.remove();
  document.getElementById("none").hidden = true;
}

async function count() {
  if (document.hidden) return;
  const result = await ask(words.today);
  if (result.kind === "answer") {
    for (const [name, element] of Object.entries(counts)) element.textContent = result.said[name];
    flush();
  } else if (result.kind === "signed-out") {
    signedOut();
  }
}

/* The network */

function signedOut() {
  network.textContent = words.signedOut;
  network.hidden = false;
}

function tellNetwork() {
  const left = waiting().length;
  network.textContent = left ? `${words.waiting} ${left}` : "";
  network.hidden = !left;
}

let flushing = false;

async function flush() {
  if (flushing) return;
  flushing = true;
  for (const scan of waiting()) {
    const result = await send(words.scans, body(scan));
    if (result.kind === "lost") break;
    if (result.kind === "signed-out") {
      signedOut();
      flushing = false;
      return;
    }
    drop(scan.uid);
    settle(result.kind === "answer" ? result.said : { title: result.said.sentence, look: "no" }, { late: true });
  }
  flushing = false;
  tellNetwork();
}

/* A badge is read */

let reading = 0;

async function read(text, means) {
  tellTyped("");
  reading += 1;
  const scan = { uid: drawUid(), text, means, since: Date.now() };
  const result = await send(words.scans, body(scan));
  reading -= 1;
  if (result.kind === "answer") {
    settle(result.said);
    show(result.said);
    if (waiting().length) flush();
  } else if (result.kind === "lost") {
    keep(scan);
    tellNetwork();
    show({ look: "lost", title: words.lostTitle, sentence: words.lostSentence });
  } else if (result.kind === "signed-out") {
    signedOut();
    show({ look: "no", title: words.signedOut });
  } else {
    show({ look: "no", title: words.failed, sentence: result.said.sentence });
  }
}

readBadges({ read, isPaused: () => reading > 0 || shown?.outcome === "payment_due" });
window.addEventListener("online", flush);
tellNetwork();
flush();
setInterval(count, COUNTED_EVERY);
setInterval(() => waiting().length && flush(), TRIED_EVERY);
// The form was answered by the server and the page came with it: it goes away like any other answer.
if (!answer.hidden && STAYS[answer.dataset.look]) timer = setTimeout(hide, STAYS[answer.dataset.look]);
