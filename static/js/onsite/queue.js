/** Scans that found no network, kept on the device until they are sent; each goes with the uid that it was read with. */

/** Those under one key: a gate's and the doors' are sent by pages of their own. */
export function queue(key) {
  const waiting = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  };
  const store = (scans) => {
    try {
      localStorage.setItem(key, JSON.stringify(scans));
    } catch {
      // A device that may not store anything can only send what it reads now.
    }
  };
  return {
    waiting,
    keep: (scan) => store([...waiting().filter((other) => other.uid !== scan.uid), scan]),
    drop: (uid) => store(waiting().filter((scan) => scan.uid !== uid)),
  };
}

/** A random UUID, also on pages without TLS, where browsers keep crypto.randomUUID to themselves. */
export function drawUid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What the API takes: `since` tells by the device's own clock how long the scan has waited. */
export function body({ uid, text, means, since }) {
  const waited = Math.min(Math.max(Math.round((Date.now() - since) / 1000), 0), 432000);
  return { uid, text, means, read_at: new Date(since).toISOString(), waited: waited < 10 ? 0 : waited };
}
