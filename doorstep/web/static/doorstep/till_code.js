// The number of a receipt as bars, so that whoever takes it back scans it; drawn here, since a receipt may be printed offline.
// Source: ISO/IEC 15417, Code 128, set B: six widths a symbol, bars and gaps in turn; symbol 104 starts, 106 stops.
window.doorstepTillCode = (() => {
  const WIDTHS = ("212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 "
    + "221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 "
    + "231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    + "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    + "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 "
    + "114131 311141 411131 211412 211214 211232 2331112").split(" ");
  const SVG = "http://www.w3.org/2000/svg";
  function draw(text) {
    const values = [...text].map((char) => char.charCodeAt(0) - 32);
    if (!text || values.some((value) => value < 0 || value > 94)) return null;
    const check = values.reduce((sum, value, n) => sum + value * (n + 1), 104) % 103;
    const widths = [104, ...values, check, 106].map((value) => WIDTHS[value]).join("");
    const svg = document.createElementNS(SVG, "svg");
    let at = 10;
    [...widths].forEach((width, n) => {
      if (n % 2 === 0) {
        const bar = document.createElementNS(SVG, "rect");
        for (const [name, value] of Object.entries({ x: at, y: 0, width, height: 40 })) bar.setAttribute(name, value);
        svg.append(bar);
      }
      at += Number(width);
    });
    svg.setAttribute("viewBox", `0 0 ${at + 10} 40`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("class", "till-code");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", text);
    return svg;
  }
  for (const place of document.querySelectorAll("[data-code]")) place.replaceChildren(...[draw(place.dataset.code)].filter(Boolean));
  return draw;
})();
