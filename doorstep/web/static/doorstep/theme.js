// Runs before the first paint: follows the system's theme unless the person chose one.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = root.dataset.themeChoice;
    root.dataset.bsTheme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
  };
  apply();
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: ["data-theme-choice"] });
  try {
    if (localStorage.getItem("doorstep.rail") === "small") root.classList.add("rail-small");
  } catch { /* storage may be closed; the rail is then wide */ }
})();
