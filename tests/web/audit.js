// What can be measured of a page's accessibility: each line that comes back is something wrong.
() => {
  const wrong = [];
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("scrolls sideways: " +
    [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((e) => e.tagName + "." + e.className).join(", "));
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title) wrong.push("no title");
  for (const mark of ["main", "header", "footer"])
    if (document.querySelectorAll(mark).length !== 1) wrong.push("not one " + mark);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  let before = 0;
  for (const each of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(each.tagName[1]);
    if (level > before + 1) wrong.push(`a heading skips to ${each.tagName}: ${each.textContent.trim()}`);
    before = level;
  }
  for (const each of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!each.hidden && !(each.labels && each.labels.length && each.labels[0].textContent.trim()))
      wrong.push("no label: " + each.outerHTML.slice(0, 90));
  for (const each of document.querySelectorAll("button, a[href], summary"))
    if (!(each.getAttribute("aria-label") || each.textContent).trim()) wrong.push("no name: " + each.outerHTML.slice(0, 90));
  for (const each of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(each.getAttribute("aria-labelledby"))) wrong.push("labelled by nothing: " + each.id);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) wrong.push("ids twice: " + [...new Set(twice)].join(", "));
  for (const each of document.querySelectorAll("button, summary, .button, input:not([type=hidden]):not([type=checkbox]), select")) {
    const box = each.getBoundingClientRect();
    if (seen(each) && box.height < 43.5) wrong.push(`${box.height} px high: ${each.outerHTML.slice(0, 70)}`);
  }
  return wrong;
}
