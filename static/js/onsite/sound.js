/** Heard without looking: one high tone for yes, a low double one for no. */

const TONES = {
  yes: [[1320, 0, 0.16]],
  again: [[700, 0, 0.12], [700, 0.18, 0.12]],
  pay: [[700, 0, 0.12], [940, 0.16, 0.16]],
  no: [[210, 0, 0.18], [210, 0.26, 0.24]],
  lost: [[330, 0, 0.3]],
};
const SHAKES = { yes: [60], again: [60, 60, 60], pay: [60, 60, 60], no: [220, 90, 220], lost: [400] };

let audio = null;

/** Browsers let a page sound only after it was touched. */
export function wake() {
  audio ??= "AudioContext" in window ? new AudioContext() : null;
  if (audio?.state === "suspended") audio.resume().catch(() => {});
}

export function play(look) {
  navigator.vibrate?.(SHAKES[look] ?? SHAKES.no);
  if (audio?.state !== "running") return;
  for (const [hertz, start, length] of TONES[look] ?? TONES.no) {
    const from = audio.currentTime + start;
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    tone.type = hertz < 400 ? "square" : "sine";
    tone.frequency.value = hertz;
    loud.gain.setValueAtTime(0.0001, from);
    loud.gain.exponentialRampToValueAtTime(0.4, from + 0.015);
    loud.gain.exponentialRampToValueAtTime(0.0001, from + length);
    tone.connect(loud).connect(audio.destination);
    tone.start(from);
    tone.stop(from + length);
  }
}
