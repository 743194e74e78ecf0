// Arrow keys walk from booth to booth on the plan; the list below stays the equal way for everybody else.
const plan = document.querySelector("svg.plan");

function middle(booth) {
  const box = booth.querySelector("rect").getBBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const towards = {
  ArrowRight: (d) => d.x > 1 && Math.abs(d.y) <= d.x * 2,
  ArrowLeft: (d) => d.x < -1 && Math.abs(d.y) <= -d.x * 2,
  ArrowDown: (d) => d.y > 1 && Math.abs(d.x) <= d.y * 2,
  ArrowUp: (d) => d.y < -1 && Math.abs(d.x) <= -d.y * 2,
};

function next(from, key) {
  const start = middle(from);
  let best = null;
  let nearest = Infinity;
  for (const booth of plan.querySelectorAll(".booth")) {
    const to = middle(booth);
    const d = { x: to.x - start.x, y: to.y - start.y };
    if (booth === from || !towards[key](d)) continue;
    const sideways = key === "ArrowLeft" || key === "ArrowRight" ? Math.abs(d.y) : Math.abs(d.x);
    const distance = Math.hypot(d.x, d.y) + sideways;
    if (distance < nearest) [nearest, best] = [distance, booth];
  }
  return best;
}

plan?.addEventListener("keydown", (event) => {
  const from = event.target.closest(".booth");
  if (!from || !(event.key in towards) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  next(from, event.key)?.focus();
});

// The booth that a link marked is brought into the pane, which is narrower than the hall on a phone.
const pane = plan?.parentElement;
const shown = plan?.querySelector(".selected, .found");
if (pane && shown && pane.scrollWidth > pane.clientWidth) {
  const box = shown.getBoundingClientRect();
  pane.scrollLeft += box.left + box.width / 2 - pane.getBoundingClientRect().left - pane.clientWidth / 2;
}
