// Draws the panels in the page's colours, names their curves beside them, sorts the table of claims, and hands out what
// others may quote: statements as Markdown and BibTeX, tables as CSV.
(() => {
  "use strict";
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const COLOURS = 8;
  const DASHES = ["solid", "dash", "dot", "dashdot"];
  const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down"];
  // Plotly reads a little HTML in names; here names are plain text.
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const ofCurve = ({ reference, look }) => (reference ? colour("--ink") : colour(`--c${look % COLOURS}`));

  function traces(panel, shown) {
    return panel.curves.map((curve, place) => {
      const { points, look } = curve;
      const below = ({ y, low }) => (low === null || (panel.log_y && low <= 0) ? 0 : y - low);
      const ink = ofCurve(curve);
      return {
        type: "scatter",
        name: plain(curve.name),
        x: points.map(({ x }) => (typeof x === "string" ? plain(x) : x)),
        y: points.map(({ y }) => y),
        mode: curve.reference ? "lines" : typeof points[0].x === "string" ? "markers" : "lines+markers",
        visible: shown[place],
        line: { color: ink, width: curve.reference ? 1.5 : 2, dash: curve.reference ? "dot" : DASHES[Math.floor(look / COLOURS) % DASHES.length] },
        marker: { color: ink, size: 7, symbol: SYMBOLS[look % SYMBOLS.length] },
        error_y: {
          type: "data",
          symmetric: false,
          array: points.map(({ y, high }) => (high === null ? 0 : high - y)),
          arrayminus: points.map(below),
          visible: points.some(({ low }) => low !== null),
          color: ink,
          thickness: 1,
          width: 3,
        },
        hovertemplate: "%{x}: %{y:.4~g}<extra>%{fullData.name}</extra>",
      };
    });
  }

  function layout(panel) {
    const axis = (logarithmic) => ({
      type: logarithmic ? "log" : undefined,
      color: colour("--soft"),
      gridcolor: colour("--grid"),
      linecolor: colour("--line"),
      zerolinecolor: colour("--line"),
      automargin: true,
      exponentformat: "power",
      dtick: undefined,
    });
    return {
      autosize: true,
      showlegend: false,
      hovermode: "closest",
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 13, color: colour("--soft") },
      hoverlabel: { bgcolor: colour("--raised"), bordercolor: colour("--line"), font: { color: colour("--ink") } },
      margin: { l: 48, r: 12, t: 8, b: 48 },
      xaxis: { ...axis(panel.log_x), title: { text: plain(panel.x), standoff: 8 } },
      yaxis: axis(panel.log_y),
    };
  }

  function legend(id, panel, shown, draw) {
    const place = document.getElementById(`legend-${id}`);
    panel.curves.forEach((curve, index) => {
      const button = document.createElement("button");
      const swatch = document.createElement("i");
      button.type = "button";
      swatch.setAttribute("aria-hidden", "true");
      swatch.style.borderTopStyle = curve.reference ? "dotted" : curve.look < COLOURS ? "solid" : "dashed";
      swatch.style.borderTopColor = curve.reference ? "var(--ink)" : `var(--c${curve.look % COLOURS})`;
      button.append(swatch, curve.name);
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        shown[index] = !shown[index];
        button.setAttribute("aria-pressed", String(shown[index]));
        draw();
      });
      place.append(button);
    });
  }

  function show(id, panel) {
    const place = document.getElementById(`plot-${id}`);
    const shown = panel.curves.map(() => true);
    const draw = () => Plotly.react(place, traces(panel, shown), layout(panel), { responsive: true, displayModeBar: false });
    legend(id, panel, shown, draw);
    draw();
    return draw;
  }

  function sortable(table, announced) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      if (!button) return;
      button.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const key = (row) => row.cells[column].dataset.sort;
        const compare = (one, other) => {
          const [a, b] = [key(one), key(other)];
          // What was not measured comes last, whichever way.
          if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
          const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : Number(a) - Number(b);
          return rising ? order : -order;
        };
        body.append(...[...body.rows].sort(compare));
        announced.textContent = `sorted by ${button.textContent.trim()}, ${rising ? "ascending" : "descending"}`;
      });
    });
  }

  const said = document.getElementById("said");

  function cell(value) {
    const text = value === null ? "" : String(value).replaceAll("\u00ad", "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function save(name, rows) {
    const text = rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    said.textContent = `saved ${link.download}`;
  }

  const ofTable = (table) => [...table.rows].map((row) => [...row.cells].map((one) => one.textContent.trim()));
  const ofPanel = (panel) => [
    ["curve", panel.x, panel.y, "low", "high"],
    ...panel.curves.flatMap(({ name, points }) => points.map(({ x, y, low, high }) => [name, x, y, low, high])),
  ];

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where a page may not write to the clipboard, what is selected can still be copied.
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    said.textContent = `copied ${what}`;
  }

  function shareable(panels, citations) {
    const here = () => location.href.replace(/#.*/, "");
    document.querySelectorAll("button.csv").forEach((button) => button.addEventListener("click", () => {
      const { of, panel } = button.dataset;
      if (panel) save(panel, ofPanel(panels[panel]));
      else save(of, ofTable(document.getElementById(of)));
    }));
    document.querySelectorAll("button.copy").forEach((button) => button.addEventListener("click", () => {
      const { as, of } = button.dataset;
      copy(citations[of][as].replaceAll("{page}", here()), `${of} as ${as}`);
    }));
  }

  // What a link leads to is shown, however deep it is folded.
  function unfold() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  }

  root.classList.add("js");
  sortable(document.getElementById("summary"), said);
  // The images stand for the plots on paper and without JavaScript.
  document.querySelectorAll(".panel ~ .still details").forEach((details) => { details.open = false; });
  const panels = JSON.parse(document.getElementById("panels").textContent);
  shareable(panels, JSON.parse(document.getElementById("citations").textContent));
  addEventListener("hashchange", unfold);
  const drawn = Object.entries(panels).map(([id, panel]) => show(id, panel));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((draw) => draw()));
  unfold();
})();
