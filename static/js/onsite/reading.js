/** Everything by which a page reads badges: the camera, a hand scanner, a typed serial; and a screen that stays on. */

import { start } from "./camera.js";
import { wake } from "./sound.js";
import { listen } from "./wedge.js";

const words = document.body.dataset;
const network = document.getElementById("network");
const typed = document.getElementById("typed");
const wrong = typed.querySelector(".wrong");
const camera = document.getElementById("camera");

/** What is wrong with the typed serial, or nothing. */
export function tellTyped(sentence) {
  wrong.textContent = sentence;
  wrong.hidden = !sentence;
  if (sentence) typed.elements.serial.setAttribute("aria-invalid", "true");
  else typed.elements.serial.removeAttribute("aria-invalid");
}

async function stayAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => {});
}

/** `read(text, means)` is called for each badge; while `isPaused()` the camera looks at nothing. */
export function readBadges({ read, isPaused }) {
  const startCamera = async () => {
    try {
      await start(document.getElementById("video"), words, { onScan: (text) => read(text, "camera"), isPaused });
      camera.classList.add("on");
      document.getElementById("start").hidden = true;
    } catch {
      network.textContent = words.noCamera;
      network.hidden = false;
    }
  };

  typed.addEventListener("submit", (event) => {
    const text = typed.elements.serial.value.trim();
    event.preventDefault();
    wake();
    if (!text) {
      tellTyped(words.empty);
      typed.elements.serial.focus();
      return;
    }
    typed.elements.serial.value = "";
    read(text, "typed");
  });
  listen((text, target) => {
    if (target === typed.elements.serial) target.value = "";
    read(text, "scanner");
  });
  if (navigator.mediaDevices?.getUserMedia) {
    camera.hidden = false;
    document.getElementById("start").addEventListener("click", startCamera);
    navigator.permissions
      ?.query({ name: "camera" })
      .then((permission) => permission.state === "granted" && startCamera())
      .catch(() => {});
  }
  document.addEventListener("pointerdown", wake);
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
}
