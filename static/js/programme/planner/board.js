// Where blocks are in the grid, and how to draw them elsewhere. Times are minutes from midnight on the show's clocks.
export const STEP = 5;
export const root = document.querySelector("#planner");

export function minutesOf(clock) {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

export function clockOf(minutes) {
  return [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function edges() {
  const first = Number(root.dataset.first) * 60;
  return { first, last: first + Number(root.dataset.hours) * 60 };
}

export function blockOf(session) {
  return root.querySelector(`.block[data-session="${CSS.escape(session)}"]`);
}

export function laneOf(block) {
  return block.closest(".lane");
}

// The lanes that a session may stand in: a tour in its enterprise's alone, anything else in rooms.
export function lanesFor(block) {
  const tour = block.dataset.tour ?? laneOf(block)?.dataset.tour;
  const all = [...root.querySelectorAll(".lane")];
  return all.filter((lane) => (tour ? lane.dataset.tour === tour : lane.dataset.room !== undefined));
}

export function placeOf(block) {
  const lane = laneOf(block);
  if (!lane) return null;
  return { lane, starts: minutesOf(block.dataset.starts), minutes: Number(block.dataset.minutes) };
}

// The nearest place to the one that is wanted which the grid can show: what is moved keeps its length.
export function fitted({ lane, starts, minutes }, stretches) {
  const { first, last } = edges();
  const latest = Math.min(24 * 60 - STEP, stretches ? last - STEP : Math.max(first, last - minutes));
  const from = Math.min(Math.max(starts, first), latest);
  return { lane, starts: from, minutes: Math.max(STEP, Math.min(minutes, last - from)) };
}

export function draw(block, place) {
  const track = place.lane.querySelector(".track");
  if (block.parentElement !== track) {
    const focused = block.contains(document.activeElement);
    track.append(block);
    if (focused) block.querySelector("a").focus({ preventScroll: true });
  }
  const length = Math.ceil(place.minutes / STEP);
  const values = {
    h: Math.floor(place.starts / 60),
    m: Math.floor((place.starts % 60) / STEP),
    dh: Math.floor(length / 12),
    dm: length % 12,
  };
  for (const [name, value] of Object.entries(values)) block.style.setProperty(`--${name}`, value);
  block.style.setProperty("--lv", place.level ?? 0);
  const when = block.querySelector(".when");
  if (when) when.textContent = `${clockOf(place.starts)}–${clockOf(place.starts + place.minutes)}`;
}

export function minuteAt(lane, x) {
  const box = lane.querySelector(".track").getBoundingClientRect();
  const { first, last } = edges();
  return first + ((x - box.left) / box.width) * (last - first);
}

export function laneAt(x, y) {
  return document.elementFromPoint(x, y)?.closest(".lane") ?? null;
}

// What the server shows of the day now takes the place of what is shown here; the pane stays scrolled as it is.
export function renew(page) {
  const fresh = page.querySelector("#planner");
  if (!fresh) return false;
  for (const name of ["first", "hours"]) root.dataset[name] = fresh.dataset[name];
  for (const part of [".days", ".grid", ".beside", "#listed"]) {
    root.querySelector(part).replaceWith(document.adoptNode(fresh.querySelector(part)));
  }
  return true;
}
