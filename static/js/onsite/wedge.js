/** A hand scanner types like a keyboard, only faster than anybody can, and ends with Enter. */

const GAP = 60;
const SHORTEST = 8;

export function listen(onScan) {
  let typed = "";
  let last = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      // When the key was pressed, however busy the page was since.
      const now = event.timeStamp;
      if (now - last > GAP) typed = "";
      if (event.key === "Enter") {
        const text = typed;
        typed = "";
        if (text.length < SHORTEST) return;
        event.preventDefault();
        event.stopPropagation();
        onScan(text, event.target);
      } else if (event.key.length === 1) {
        typed += event.key;
        last = now;
        // A blank in the code must not press the button that has the focus, nor scroll the page.
        if (typed.length > 1 && !event.target.closest("input, select, textarea")) event.preventDefault();
      }
    },
    true,
  );
}
