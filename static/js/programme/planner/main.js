// The planner by mouse, finger and keys. Without it each block leads to its form, which does the same.
import { root } from "./board.js";
import "./keys.js";
import "./pointer.js";

root.classList.add("works");
for (const link of root.querySelectorAll(".pane .block a")) link.setAttribute("aria-describedby", "keys");

// What is too narrow to be read says itself in full under the mouse.
root.addEventListener("pointerover", (event) => {
  const link = event.target.closest(".block a");
  if (link && !link.title) link.title = link.textContent.replace(/\s+/g, " ").trim();
});
