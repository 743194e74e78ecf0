// The library that looks rows up leaves the field one types into without a name; it is that of the field it stands for.
const SEARCH = ".select2-selection--multiple .select2-search__field:not([aria-label])";

function name() {
  for (const field of document.querySelectorAll(SEARCH)) {
    const select = field.closest(".select2-container")?.previousElementSibling;
    const called = select?.getAttribute("aria-label") ?? select?.labels?.[0]?.textContent.trim();
    if (called) field.setAttribute("aria-label", called);
  }
}

new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
name();
