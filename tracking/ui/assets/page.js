"use strict";

// While a run goes on, its progress is fetched again every second, and the whole
// page once it ends.
const live = document.querySelector("[data-live]");
if (live) {
  const timer = setInterval(async () => {
    const answer = await fetch(live.dataset.live).catch(() => null);
    if (!answer || !answer.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#progress");
    live.replaceChildren(...now.childNodes);
    if (!now.dataset.live) {
      clearInterval(timer);
      location.reload();
    }
  }, 1000);
}

// What is chosen is shown at once.
document.querySelector("[data-submit]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());

// Buttons that need chosen runs wait for them.
const runs = document.querySelector("#runs");
if (runs) {
  const update = () => {
    const n = runs.querySelectorAll("[name=run]:checked").length;
    runs.querySelector("[formaction='/compare']").disabled = n < 1;
    runs.querySelector("[formaction='/diff']").disabled = n !== 2;
  };
  runs.addEventListener("change", update);
  addEventListener("pageshow", update); // which comes with the boxes as they were when going back
}

// The slash key leads to the filter. It does so when let go: then it is typed
// nowhere.
document.addEventListener("keyup", (event) => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    document.querySelector("#q").focus();
  }
});
