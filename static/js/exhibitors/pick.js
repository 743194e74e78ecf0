// Picks booths by a click on the plan or a tick in the list, without loading the page anew. What is said about them
// (sizes, sums, whether they can be applied for) comes from the server's own page of that choice; the address follows.
const plan = document.querySelector("svg.plan");
const said = document.querySelector("#picks-said");
let asked = null;

function picks() {
  const numbers = new URLSearchParams(location.search).getAll("pick").join(",").toUpperCase().split(",");
  return new Set(numbers.map((number) => number.trim()).filter(Boolean));
}

function addressOf(numbers, opened) {
  const query = new URLSearchParams(location.search);
  query.delete("pick");
  query.delete("booth");
  if (opened) query.set("booth", opened);
  const rest = query.toString();
  const all = [numbers.size ? `pick=${[...numbers].map(encodeURIComponent).join(",")}` : "", rest].filter(Boolean);
  return location.pathname + (all.length ? `?${all.join("&")}` : "");
}

function boxOf(number) {
  return document.querySelector(`.booths input[name="pick"][value="${CSS.escape(number)}"]`);
}

// The booths stay where they are, so that the focus does; what they say is the new page's.
function show(page) {
  for (const booth of page.querySelectorAll("svg.plan .booth")) {
    const here = plan.querySelector(`[data-booth="${CSS.escape(booth.dataset.booth)}"]`);
    if (!here) continue;
    for (const name of ["class", "href", "aria-label"]) here.setAttribute(name, booth.getAttribute(name));
    here.querySelector("title").textContent = booth.querySelector("title").textContent;
  }
  for (const part of ["#beside", "#halls", "#find", "#filter"]) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
  for (const box of document.querySelectorAll('.booths input[name="pick"]')) box.checked = picks().has(box.value);
  const told = document.querySelectorAll("#beside #picked, #beside .sum dd");
  said.textContent = [...told].map((part) => part.textContent.trim()).join(", ");
}

async function pick(number) {
  const numbers = picks();
  const added = !numbers.delete(number);
  if (added) numbers.add(number);
  const address = addressOf(numbers, added ? number : "");
  history.replaceState(null, "", address);
  // At once, before the server has answered.
  plan.querySelector(`[data-booth="${CSS.escape(number)}"]`)?.classList.toggle("selected", added);
  const box = boxOf(number);
  if (box) box.checked = added;
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    // A later click has taken over; anything else is left to the browser, which says what is wrong.
    if (error.name !== "AbortError") location.assign(address);
  }
}

plan?.addEventListener("click", (event) => {
  const booth = event.target.closest(".booth.free");
  if (!booth || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  pick(booth.dataset.booth);
});

const list = document.querySelector("form.free");
list?.addEventListener("change", (event) => {
  if (event.target.name === "pick") pick(event.target.value);
});
// Ticking is picking now, so there is nothing left to send.
const send = list?.querySelector(".acts");
if (plan && send) send.hidden = true;
