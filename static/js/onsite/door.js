import { ask, send } from "./calls.js";
import { body, drawUid, queue } from "./queue.js";
import { readBadges, tellTyped } from "./reading.js";
import { play } from "./sound.js";

const STAYS = { yes: 2500, again: 3500, no: 5000, lost: 4000 };
// The others of the party are on their way to the scanner; there is time to say that all of them are here.
const PARTY_STAYS = 8000;
const COUNTED_EVERY = 10000;
const TRIED_EVERY = 5000;
const LISTED = 10;

const words = document.body.dataset;
const answer = document.getElementById("answer");
const walkIn = document.getElementById("walk-in");
const party = document.getElementById("party");
const list = document.getElementById("recent");
const network = document.getElementById("network");
const counted = ["inside", "expected", "waiting", "walk_ins_left"];
const { waiting, keep, drop } = queue("door-queue");

let shown = null;
let timer = 0;

/* The answer */

function part(name) {
  return answer.querySelector(`[data-part="${name}"]`);
}

function show(said) {
  shown = said;
  for (const name of ["title", "name", "name_latin", "firm", "category_name", "sentence", "gives_up"]) {
    part(name).textContent = said[name] ?? "";
  }
  part("refused").textContent = "";
  showWalkIn(said);
  showParty(said);
  answer.dataset.look = said.look;
  answer.hidden = false;
  answer.scrollTop = 0;
  play(said.look);
  stay(said);
}

/** Whoever may be let in all the same waits for a word; every other answer goes away by itself. */
function stay(said) {
  clearTimeout(timer);
  if (said.walks_in) return;
  timer = setTimeout(hide, said.has_place && said.came < said.party ? PARTY_STAYS : STAYS[said.look]);
}

function showWalkIn(said) {
  walkIn.hidden = !said.walks_in;
  walkIn.elements.uid.value = said.uid ?? "";
  walkIn.elements.leaving.value = said.gives_up ? "1" : "";
  part("giving_up").hidden = !said.gives_up;
  walkIn.querySelector('[data-for="party"]').hidden = !(said.walks_in > 1);
}

function showParty(said) {
  party.hidden = !said.has_place;
  party.elements.uid.value = said.uid ?? "";
  party.querySelector(".of-party").hidden = !(said.party > 1);
  party.querySelector('[value="all"]').hidden = said.came >= said.party;
  party.querySelector(".back").hidden = !said.came;
  party.querySelector("details").open = false;
  party.querySelector("ul").replaceChildren(...(said.people ?? []).map(person));
  const guests = party.elements.guests;
  party.querySelector(".guests").hidden = !said.guests;
  [guests.max, guests.value] = [said.guests ?? 0, said.guests_here ?? 0];
}

function person({ ref, name, here }) {
  const [row, label, box, text] = ["li", "label", "input", "span"].map((tag) => document.createElement(tag));
  Object.assign(box, { type: "checkbox", name: "here", value: ref, checked: here });
  text.textContent = name;
  label.append(box, text);
  row.append(label);
  return row;
}

function hide() {
  clearTimeout(timer);
  shown = null;
  answer.hidden = true;
}

answer.addEventListener("click", (event) => {
  if (event.target.closest(".acts")) {
    clearTimeout(timer);
    return;
  }
  if (event.target.closest(".next")) event.preventDefault();
  else if (!walkIn.hidden) return;
  hide();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});

/* What is said of it */

async function act(form, path, sent) {
  const { uid } = shown;
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  const result = await send(`${words.api}/${path}`, { uid, ...sent });
  for (const button of buttons) button.disabled = false;
  if (shown?.uid !== uid) return;
  if (result.kind === "answer") {
    settle(result.said);
    show(result.said);
  } else {
    part("refused").textContent = result.said?.sentence ?? words.lostTitle;
    play("no");
  }
}

walkIn.addEventListener("submit", (event) => {
  if (!shown) return;
  event.preventDefault();
  act(walkIn, "walk-ins", { whole_party: event.submitter.value === "1", leaving: Boolean(shown.gives_up) });
});

party.addEventListener("submit", (event) => {
  if (!shown) return;
  event.preventDefault();
  const here = [...party.querySelectorAll('[name="here"]:checked')].map((box) => Number(box.value));
  const sent = {
    all: {},
    these: { here, guests: Number(party.elements.guests.value) },
    nobody: { here: [], guests: 0 },
  };
  act(party, "party", sent[event.submitter.value]);
});

/* The list and the counts */

function tellCounts(said) {
  for (const name of counted) document.getElementById(name).textContent = said[name];
}

function settle(said, { late = false } = {}) {
  if (said.counts) tellCounts(said.counts);
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
  const result = await ask(`${words.api}/counts`);
  if (result.kind === "answer") {
    tellCounts(result.said);
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

/** Each goes to the door that it was read at, whichever this page is of. */
async function flush() {
  if (flushing) return;
  flushing = true;
  for (const scan of waiting()) {
    const result = await send(`${scan.api}/scans`, body(scan));
    if (result.kind === "lost") break;
    if (result.kind === "signed-out") {
      signedOut();
      flushing = false;
      return;
    }
    drop(scan.uid);
    if (scan.api !== words.api) continue;
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
  const scan = { uid: drawUid(), text, means, since: Date.now(), api: words.api };
  const result = await send(`${words.api}/scans`, body(scan));
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

readBadges({ read, isPaused: () => reading > 0 || (shown !== null && !walkIn.hidden) });
window.addEventListener("online", flush);
tellNetwork();
flush();
setInterval(count, COUNTED_EVERY);
setInterval(() => waiting().length && flush(), TRIED_EVERY);
