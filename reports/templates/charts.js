"use strict";

// Draws the charts of the views that are shown, those near the window first, one at a time so that
// the page stays responsive, and fits them to their boxes when these change.
{
  const views = new WeakMap();
  const widths = new WeakMap();

  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const width = Math.floor(contentRect.width);
      // A box that is hidden has no width: its chart waits until it is shown again.
      if (width > 0 && widths.get(target) !== width) {
        widths.set(target, width);
        views.get(target).width(width).runAsync();
      }
    }
  });

  const draw = async (box) => {
    const { theme, specs, charts } = page.payload();
    const { spec, data, where } = charts[box.id];
    // The embedding changes what it is given, and charts share specifications.
    const chart = structuredClone(specs[spec]);
    chart.datasets = { ...chart.datasets };
    for (const [name, index] of Object.entries(data)) {
      chart.datasets[name] = structuredClone(page.rows(index, [where]));
    }
    const fits = chart.width === "container";
    const width = Math.floor(box.getBoundingClientRect().width);
    if (fits) chart.width = width;
    const options = {
      renderer: "svg",
      actions: false,
      ast: true, // expressions are interpreted, not compiled: the content policy forbids eval
      config: { ...theme, aria: false },
      tooltip: { theme: "custom", disableDefaultStyle: true },
    };
    try {
      // A chart is one image with a description: its marks are not read out one by one.
      const holder = page.element("div", "", { "aria-hidden": "true" });
      box.replaceChildren(holder);
      const { view } = await window.vegaEmbed(holder, chart, options);
      if (fits) {
        views.set(box, view);
        widths.set(box, width);
        resized.observe(box);
      }
    } catch (error) {
      box.textContent = `This chart could not be drawn: ${error.message}`;
      console.error(error);
    }
    box.dataset.drawn = "";
  };

  const WAITING = ".view:not([hidden]) .chart:not([data-drawn])";

  const nearest = () => {
    let [best, least] = [null, Infinity];
    for (const box of document.querySelectorAll(WAITING)) {
      const { top, bottom } = box.getBoundingClientRect();
      const distance = Math.max(0, top - innerHeight, -bottom);
      if (distance < least) [best, least] = [box, distance];
    }
    return [best, least];
  };

  // The first chart and those near the window are not kept waiting.
  let first = true;
  const breath = (distance) =>
    new Promise((resolve) => {
      const far = distance > innerHeight && !first;
      first = false;
      if (far && "requestIdleCallback" in window) {
        requestIdleCallback(resolve, { timeout: 200 });
      } else setTimeout(resolve);
    });

  const root = document.documentElement;
  let busy = false;

  page.draw = async () => {
    if (busy) return;
    busy = true;
    root.removeAttribute("data-ready");
    for (let [box, distance] = nearest(); box; [box, distance] = nearest()) {
      await breath(distance);
      await draw(box);
    }
    busy = false;
    root.setAttribute("data-ready", "");
  };

  // Kept once the charts that are shown at first are there.
  page.charts = page.draw();
}
