// Blocks follow the mouse, a finger or a pen: the middle moves them, the end stretches them.
import { STEP, laneAt, lanesFor, minuteAt, placeOf, root } from "./board.js";
import { begin, current, isBusy, moveTo, moveToDay, putBack, save, unplace } from "./moving.js";

const END = 10;
const SLACK = 4;
let held = null;

function snapped(minutes) {
  return Math.round(minutes / STEP) * STEP;
}

function scrollAlong(x, y) {
  const pane = root.querySelector(".pane");
  const box = pane.getBoundingClientRect();
  const towards = (at, from, to) => (at > to - 30 && at < to + 30 ? 12 : at < from + 30 && at > from - 30 ? -12 : 0);
  pane.scrollBy(towards(x, box.left + 136, box.right), towards(y, box.top + 20, box.bottom));
}

root.addEventListener("pointerdown", (event) => {
  const block = event.target.closest(".block");
  if (!block || event.button !== 0 || block.classList.contains("is-cancelled") || isBusy()) return;
  const place = placeOf(block);
  const box = block.getBoundingClientRect();
  const stretches = place !== null && event.clientX > box.right - END;
  held = {
    block,
    id: event.pointerId,
    x: event.clientX,
    y: event.clientY,
    stretches,
    // From where the block was taken hold of to its begin, or to its end.
    offset: place ? minuteAt(place.lane, event.clientX) - place.starts - (stretches ? place.minutes : 0) : 0,
    lanes: lanesFor(block),
    dragged: false,
  };
});

root.addEventListener("pointermove", (event) => {
  if (!held || event.pointerId !== held.id) return;
  if (!held.dragged) {
    if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < SLACK) return;
    held.dragged = true;
    root.setPointerCapture(held.id);
    begin(held.block);
  }
  if (!current()) return;
  event.preventDefault();
  scrollAlong(event.clientX, event.clientY);
  const over = document.elementFromPoint(event.clientX, event.clientY);
  const beside = over?.closest("#unplaced");
  root.querySelector("#unplaced").classList.toggle("target", Boolean(beside));
  held.drops = Boolean(beside);
  const { place } = current();
  if (held.stretches) {
    const ends = snapped(minuteAt(place.lane, event.clientX) - held.offset);
    moveTo({ ...place, minutes: ends - place.starts }, true);
    return;
  }
  const tab = over?.closest("[data-to]");
  if (tab) {
    moveToDay(tab);
    return;
  }
  const under = laneAt(event.clientX, event.clientY);
  const lane = held.lanes.includes(under) ? under : place?.lane;
  if (!lane) return;
  const minutes = place?.minutes ?? Number(held.block.dataset.minutes);
  moveTo({ lane, starts: snapped(minuteAt(lane, event.clientX) - held.offset), minutes });
});

function same(one, other) {
  return one && one.lane === other.lane && one.starts === other.starts && one.minutes === other.minutes && !other.day;
}

root.addEventListener("pointerup", (event) => {
  if (!held || event.pointerId !== held.id) return;
  const { block, dragged, drops } = held;
  held = null;
  const moving = current();
  if (!dragged || !moving) return;
  // The click that follows would open the block's form.
  const swallow = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 50);
  if (drops && moving.was) unplace(block);
  else if (drops || !moving.place || same(moving.was, moving.place)) putBack();
  else save();
});

root.addEventListener("pointercancel", () => {
  if (held?.dragged) putBack();
  held = null;
});

root.addEventListener("dragstart", (event) => {
  if (event.target.closest(".block")) event.preventDefault();
});
