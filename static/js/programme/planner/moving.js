// One block on its way: drawn where it would be, told what clashes there, saved or put back. Dragging and keys share it.
import { blockOf, draw, fitted, placeOf, renew, root } from "./board.js";
import * as server from "./server.js";

const said = document.querySelector("#said");
const dialog = document.querySelector("#why");
const WEIGHTS = ["hard", "reason", "soft"];
const REASONS = { outside_hours: "outside_hours_why", over_seats: "over_seats_why" };
let moving = null;
let asked = null;
let timer = 0;
let saving = false;

export function say(text, weight = "") {
  said.className = weight;
  said.textContent = text;
}

export function isMoving(block) {
  return moving?.block === block;
}

export function current() {
  return moving;
}

export function isBusy() {
  return saving;
}

function unmark() {
  for (const hit of root.querySelectorAll(".hit, .target")) hit.classList.remove("hit", "target");
}

export function begin(block) {
  if (moving) putBack();
  const place = placeOf(block);
  moving = {
    block,
    place,
    was: place && { ...place, level: Number(block.dataset.level) },
    parent: block.parentElement,
    next: block.nextSibling,
  };
  block.classList.add("moves");
  return moving;
}

export function moveTo(wanted, stretches = false) {
  const place = fitted(wanted, stretches);
  const known = moving.place;
  const stays = known && known.lane === place.lane && known.starts === place.starts && known.minutes === place.minutes;
  if (stays && !known.day) return;
  moving.block.classList.remove("waiting");
  show(place, place.lane);
}

// Over another day's name it would go there as it stands: at its time, in its room.
export function moveToDay(tab) {
  if (!moving.was || moving.place?.day === tab.dataset.to) return;
  show({ ...moving.was, day: tab.dataset.to }, tab);
}

function show(place, target) {
  moving.place = place;
  moving.block.classList.remove(...WEIGHTS);
  draw(moving.block, place);
  unmark();
  target.classList.add("target");
  clearTimeout(timer);
  asked?.abort();
  timer = setTimeout(ask, 60);
}

async function ask() {
  const { block, place } = moving;
  asked = new AbortController();
  try {
    const answer = await server.check(block.dataset.session, place, asked.signal);
    if (moving?.place === place && !saving) tell(answer);
  } catch (error) {
    if (error.name !== "AbortError") say(root.dataset.gone, "hard");
  }
}

// What is said comes from the server, which decides; here it is only shown.
function tell(answer) {
  const clashes = answer.clashes ?? [{ weight: "hard", sentence: answer.sentence }];
  const worst = WEIGHTS.find((weight) => clashes.some((clash) => clash.weight === weight)) ?? "fine";
  moving.block.classList.remove(...WEIGHTS);
  if (worst !== "fine") moving.block.classList.add(worst);
  for (const clash of clashes) if (clash.with) blockOf(clash.with)?.classList.add("hit");
  const sentences = clashes.length ? clashes.map((clash) => clash.sentence) : [root.dataset.fine];
  const name = moving.block.querySelector("b").textContent;
  say([`${name}: ${answer.stands ?? ""} ·`, ...sentences, root.dataset.keys].join(" "), worst);
}

function forget() {
  clearTimeout(timer);
  asked?.abort();
  unmark();
  moving?.block.classList.remove("moves", ...WEIGHTS);
  moving = null;
}

export function putBack() {
  if (!moving) return;
  const { block, was, parent, next } = moving;
  const focused = block.contains(document.activeElement);
  if (was) draw(block, was);
  else block.classList.add("waiting");
  parent.insertBefore(block, next);
  if (focused) block.querySelector("a").focus();
  forget();
}

// The day as the server has it now; the focus stays with the session.
async function refresh(session) {
  const focused = blockOf(session)?.contains(document.activeElement);
  const page = await server.day();
  forget();
  if (!renew(page)) location.reload();
  if (focused) blockOf(session)?.querySelector("a").focus({ preventScroll: true });
}

function reasonFor(sentence) {
  const text = dialog.querySelector("#why-text");
  dialog.querySelector("#why-said").textContent = sentence;
  text.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  text.focus();
  return new Promise((resolve) => {
    const closed = () => resolve(dialog.returnValue === "save" ? text.value.trim() : "");
    dialog.addEventListener("close", closed, { once: true });
  });
}

// Saves, asking for reasons as long as the server wants one; returns its last answer, or null if it was given up.
async function send(block, place) {
  const reasons = {};
  for (;;) {
    const answer = await server.save(block.dataset.session, block.dataset.step, place, reasons);
    const needed = REASONS[answer.code];
    if (answer.status === 200 || !needed || reasons[needed]) return answer;
    reasons[needed] = await reasonFor(answer.sentence);
    if (!reasons[needed]) return null;
  }
}

async function finish(block, act, done) {
  const { session } = block.dataset;
  saving = true;
  clearTimeout(timer);
  asked?.abort();
  try {
    const answer = await act();
    if (answer?.status === 200) {
      await refresh(session);
      say(done(answer), "fine");
      return;
    }
    putBack();
    if (answer?.status === 409) await refresh(session);
    const now = answer?.status === 409 ? answer.now.stands : root.dataset.back;
    say(answer ? `${answer.sentence} ${now}` : root.dataset.back, answer ? "hard" : "");
  } catch {
    putBack();
    say(root.dataset.gone, "hard");
  } finally {
    saving = false;
  }
}

export async function save() {
  if (!moving || saving) return;
  const { block, place } = moving;
  const name = block.querySelector("b").textContent;
  await finish(block, () => send(block, place), (answer) => `${name}: ${answer.stands} · ${root.dataset.saved}`);
}

export async function unplace(block) {
  if (saving) return;
  const name = block.querySelector("b").textContent;
  const act = () => server.unplace(block.dataset.session, block.dataset.step);
  await finish(block, act, () => `${name}: ${root.dataset.off}`);
}
