// Text whose contrast with its ground is below WCAG AA: 4.5, or 3 for large text.
() => {
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = ([r, g, b]) => { const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const ground = (e) => { for (let at = e; at; at = at.parentElement) {
    const said = parse(getComputedStyle(at).backgroundColor); if (said[3] === 1) return said; } return [255, 255, 255, 1]; };
  const found = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !each.getClientRects().length) continue;
    const style = getComputedStyle(each), [a, b] = [light(parse(style.color)), light(ground(each))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${each.className} ${each.textContent.trim().slice(0, 40)}`);
  }
  return [...new Set(found)];
}
