"use strict";

// What goes on is fetched again: an element with data-live from the address there, until
// the answer has none any more. What the answer says to be in the making does not take the
// place of what is shown already.
for (const live of document.querySelectorAll("[data-live]")) {
  const again = async (wait) => {
    const answer = await fetch(live.dataset.live).catch(() => null);
    const now = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(live.id);
    if (now && (!("pending" in now.dataset) || "pending" in live.dataset)) {
      if (!live.contains(document.activeElement)) live.replaceChildren(...now.childNodes);
      if (!("pending" in now.dataset)) delete live.dataset.pending;
    }
    if (now && !now.dataset.live) {
      if (live.id === "progress") location.reload();
      return;
    }
    setTimeout(again, wait, Math.min(wait * 1.2, live.id === "progress" ? 1000 : 15000));
  };
  setTimeout(again, 1000, 1000);
}

// What runs came to is worked out after a list is shown, and then filled in.
const fill = async (wait) => {
  if (!document.querySelector("[data-pending][data-fill]")) return;
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const now = new DOMParser().parseFromString(await answer.text(), "text/html");
    const filled = new Map([...now.querySelectorAll("[data-fill]")].map((e) => [e.dataset.fill, e]));
    for (const old of document.querySelectorAll("[data-pending][data-fill]")) {
      const made = filled.get(old.dataset.fill);
      if (made) {
        old.replaceChildren(...made.childNodes);
        if (!("pending" in made.dataset)) delete old.dataset.pending;
      }
    }
  }
  setTimeout(fill, wait, Math.min(wait * 1.5, 10000));
};
setTimeout(fill, 200, 500);

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

// The last word of a filter is completed from the fields and names that there are.
const mostCompletions = 30;
let words;
for (const filter of document.querySelectorAll("input[list=words]")) {
  const complete = async () => {
    words ??= fetch("/words").then((answer) => answer.json()).catch(() => []);
    const [, before, sign, word] = filter.value.match(/^(.*\s|)(-?)(\S*)$/s);
    const fitting = (await words).filter((w) => w !== word && w.startsWith(word) && (word.includes(":") || w.endsWith(":")));
    document.querySelector("#words").replaceChildren(...fitting.slice(0, mostCompletions).map((w) => {
      const option = document.createElement("option");
      option.value = before + sign + w;
      return option;
    }));
  };
  filter.addEventListener("focus", complete);
  filter.addEventListener("input", complete);
}

// Keys, when let go, so that they are typed nowhere: the slash leads to the filter, j and k
// to the next and the previous row of lists, whose link Enter follows, and x chooses a row.
document.addEventListener("keyup", (event) => {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) && document.activeElement.type !== "checkbox") return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = document.activeElement.closest("tbody tr");
  switch (event.key) {
    case "/":
      document.querySelector("#q").focus();
      break;
    case "j":
    case "k": {
      const links = [...document.querySelectorAll(".list tbody tr")].map((r) => r.querySelector("a")).filter((a) => a?.offsetParent);
      const at = row ? links.indexOf(row.querySelector("a")) : -1;
      links[event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)]?.focus();
      break;
    }
    case "x":
      row?.querySelector("[name=run]")?.click();
  }
});
