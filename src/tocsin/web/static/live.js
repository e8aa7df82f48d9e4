// Keeps the moving part of a page fresh: a stream or a beat says "moved", the part is fetched again and put in place.
// Everything works without it. What somebody types or has opened stays, and the focus where it is.
const part = document.querySelector("[data-live]");
const stale = document.getElementById("stale");
const offset = Date.parse(document.body.dataset.now) - Date.now();
const speed = Number(document.body.dataset.speed) || 1;
const began = Date.now();
const now = () => began + offset + (Date.now() - began) * speed;
const fields = () => [...part.querySelectorAll("input[id], select[id], textarea[id]")];
let refreshing = false;
let again = false;

function lost(is) { stale.hidden = !is; }

function touched(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((each) => each.selected !== each.defaultSelected) && field.dataset.touched === "yes";
  return field.value !== field.defaultValue;
}

function keep() {
  const values = new Map(fields().filter(touched).map((each) => [each.id, each.type === "checkbox" ? each.checked : each.value]));
  const open = [...part.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
  const at = focus && "selectionStart" in document.activeElement ? document.activeElement.selectionStart : null;
  return () => {
    for (const [id, is] of open) { const each = document.getElementById(id); if (each) each.open = is; }
    for (const [id, value] of values) {
      const each = document.getElementById(id);
      if (!each) continue;
      if (each.type === "checkbox") each.checked = value; else each.value = value;
      each.dataset.touched = "yes";
    }
    const focused = focus && document.getElementById(focus);
    if (!focused) return;
    focused.focus({ preventScroll: true });
    if (at !== null) try { focused.setSelectionRange(at, at); } catch { /* this kind of field has no caret */ }
  };
}

function put(html) {
  const known = new Set([...part.querySelectorAll(".timeline li")].map((each) => each.id));
  const restore = keep();
  part.innerHTML = html;
  restore();
  const head = part.querySelector("[data-n]");
  const said = document.getElementById("said");
  if (known.size) for (const each of part.querySelectorAll(".timeline li")) if (!known.has(each.id)) each.classList.add("fresh");
  if (head && said && said.textContent !== head.dataset.said) said.textContent = head.dataset.said;
  tick();
}

async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const answer = await fetch(part.dataset.live, { headers: { accept: "text/html" } });
    if (answer.redirected || answer.status === 404) { location.reload(); return; }
    if (answer.ok) put(await answer.text());
    lost(!answer.ok);
  } catch { lost(true); } finally { refreshing = false; }
  if (again) { again = false; refresh(); }
}

function words(seconds) {
  const left = Math.abs(seconds);
  const [d, h, m, s] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
  if (d) return h ? `${d} d ${h} h` : `${d} d`;
  if (h) return m ? `${h} h ${m} min` : `${h} h`;
  if (m) return s ? `${m} min ${s} s` : `${m} min`;
  return `${s} s`;
}

function tick() {
  for (const each of document.querySelectorAll("time[data-tick]")) {
    const at = Date.parse(each.dateTime);
    const seconds = Math.round((at - now()) / 1000);
    each.textContent = each.dataset.tick === "bare" ? words(seconds) : seconds >= 0 ? `in ${words(seconds)}` : `${words(seconds)} ago`;
    if (!each.title) each.title = `${new Date(at).toLocaleString()} here`;
  }
}

function follow() {
  const source = new EventSource(part.dataset.stream);
  const known = () => Number(part.querySelector("[data-n]")?.dataset.n ?? -1);
  source.addEventListener("moved", (event) => { lost(false); if (Number(event.data) !== known()) refresh(); });
  source.addEventListener("gone", () => { source.close(); location.reload(); });
  source.onopen = () => lost(false);
  source.onerror = () => {
    lost(true);
    // Closed for good: the server refused it, as while it starts again. Look until it is back.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  };
}

if (part) {
  part.addEventListener("change", (event) => { event.target.dataset.touched = "yes"; });
  if (part.dataset.stream) follow(); else setInterval(refresh, Number(part.dataset.beat) * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}
document.getElementById("refused")?.focus();
for (const each of document.querySelectorAll("[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && zone !== "UTC") each.textContent = `; here it is ${new Date(now()).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })} (${zone})`;
}
setInterval(tick, 1000);
tick();
