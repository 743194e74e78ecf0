// Everything that dragging does, by keys alone, on the block that has the focus.
import { STEP, lanesFor, minutesOf, placeOf, root } from "./board.js";
import { begin, current, isBusy, isMoving, moveTo, putBack, save, unplace } from "./moving.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What waits begins in the first lane that it may stand in, when the show opens.
function first(block) {
  const [lane] = lanesFor(block);
  return { lane, starts: minutesOf(root.dataset.opens), minutes: Number(block.dataset.minutes) };
}

function arrow(block, [sideways, down], stretches) {
  const lanes = lanesFor(block);
  const known = isMoving(block) ? current().place : placeOf(block);
  if (!lanes.length || (stretches && !sideways)) return;
  if (!isMoving(block)) begin(block);
  if (!known) {
    moveTo(first(block));
  } else if (stretches) {
    moveTo({ ...known, minutes: known.minutes + sideways * STEP }, true);
  } else {
    const lane = lanes[Math.min(Math.max(lanes.indexOf(known.lane) + down, 0), lanes.length - 1)];
    moveTo({ ...known, lane, starts: known.starts + sideways * STEP });
  }
  block.scrollIntoView({ block: "nearest", inline: "nearest" });
}

root.addEventListener("keydown", (event) => {
  const block = event.target.closest(".block");
  if (!block || event.altKey || event.ctrlKey || event.metaKey || isBusy()) return;
  if (event.key in ARROWS && !block.classList.contains("is-cancelled")) {
    event.preventDefault();
    arrow(block, ARROWS[event.key], event.shiftKey);
  } else if (event.key === "Enter" && isMoving(block)) {
    event.preventDefault();
    save();
  } else if (event.key === "Escape" && isMoving(block)) {
    event.preventDefault();
    putBack();
  } else if (event.key.toLowerCase() === "u" && placeOf(block) && !block.classList.contains("is-cancelled")) {
    event.preventDefault();
    unplace(block);
  }
});

// Whoever leaves a block without saving has not moved it.
root.addEventListener("focusout", (event) => {
  const block = event.target.closest(".block");
  const stays = event.relatedTarget && block?.contains(event.relatedTarget);
  if (block && isMoving(block) && block.isConnected && !stays && !isBusy() && document.hasFocus()) {
    queueMicrotask(() => {
      if (isMoving(block) && !block.contains(document.activeElement) && !block.matches(":active")) putBack();
    });
  }
});
