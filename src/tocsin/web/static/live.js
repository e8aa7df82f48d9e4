// Keeps the moving parts of a page fresh: a stream or a beat says "moved", the part is fetched again and put in place.
// Everything works without it; a form in use is never replaced.
const part = document.querySelector("[data-live]");
const busy = () => part.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
let wanted = false;

async function refresh() {
  if (busy()) { wanted = true; return; }
  wanted = false;
  try {
    const answer = await fetch(part.dataset.live, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const open = [...part.querySelectorAll("details[open]")].map((each) => each.id);
    part.innerHTML = await answer.text();
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.body.dataset.stale = "no";
  } catch { document.body.dataset.stale = "yes"; }
}

function tick() {
  for (const each of document.querySelectorAll("time[data-tick]")) {
    const seconds = Math.round((Date.parse(each.dateTime) - Date.now()) / 1000);
    const away = Math.abs(seconds);
    const text = away < 60 ? `${away} s` : away < 3600 ? `${Math.floor(away / 60)} min ${away % 60} s` : `${Math.floor(away / 3600)} h ${Math.floor((away % 3600) / 60)} min`;
    each.textContent = seconds >= 0 ? `in ${text}` : `${text} ago`;
  }
}

if (part) {
  part.addEventListener("focusout", () => { if (wanted) setTimeout(refresh, 50); });
  if (part.dataset.stream) {
    const source = new EventSource(part.dataset.stream);
    let first = true;
    source.addEventListener("moved", () => { if (!first) refresh(); first = false; });
    source.onerror = () => { document.body.dataset.stale = "yes"; };
    source.onopen = () => { document.body.dataset.stale = "no"; };
  } else {
    setInterval(refresh, 5000);
  }
}
setInterval(tick, 1000);
tick();
