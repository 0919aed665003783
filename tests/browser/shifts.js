// Before a page begins: notes what moved without being asked to.
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (!one.hadRecentInput)
      window.shifts.push({
        value: one.value,
        by: one.sources.map(({ node }) => {
          const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
          return element ? `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""}.${element.className}` : "?";
        }),
      });
}).observe({ type: "layout-shift", buffered: true });
