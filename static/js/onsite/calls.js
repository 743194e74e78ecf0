/** What the gate asks of the server. A call that found no network, or no answer in time, is "lost": send it again. */

const PATIENCE = 8000;

export async function send(url, body) {
  return call(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export async function ask(url) {
  return call(url, { method: "GET" });
}

async function call(url, init) {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), PATIENCE);
  try {
    const response = await fetch(url, { ...init, credentials: "same-origin", cache: "no-store", signal: over.signal });
    if (response.status >= 500 || response.status === 429) return { kind: "lost" };
    const said = await response.json();
    if (response.ok) return { kind: "answer", said };
    return { kind: response.status === 401 ? "signed-out" : "refused", said };
  } catch {
    return { kind: "lost" };
  } finally {
    clearTimeout(timer);
  }
}
