// Runs before anything is drawn: a page that turns dark a moment later would flash. A choice stays in this browser; without one
// the system's preference counts.
(() => {
  const root = document.documentElement;
  const chosen = () => {
    try {
      return localStorage.getItem("undertone.theme");
    } catch {
      return null; // storage may be forbidden: then a choice lasts as long as the page
    }
  };
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const stored = chosen();
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      try {
        localStorage.setItem("undertone.theme", root.dataset.theme);
      } catch { /* see above */ }
      label();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
    label();
  });
})();
