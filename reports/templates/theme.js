"use strict";

// Light, dark, or as the system has it. Runs before the page is drawn, so that nothing flashes.
{
  const KEY = "parity-compare theme";
  const themes = ["system", "light", "dark"];
  const root = document.documentElement;

  // A page opened from a file may be denied any memory: then the choice lasts while it is open.
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const remember = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Nothing is lost but the memory.
    }
  };

  const apply = (theme) => {
    if (theme === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
  };

  let theme = themes.includes(remembered()) ? remembered() : "system";
  apply(theme);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    const name = button.querySelector("span");
    name.textContent = theme;
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      name.textContent = theme;
      apply(theme);
      remember(theme);
    });
  });
}
