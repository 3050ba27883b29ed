// SPDX-License-Identifier: BSD-3-Clause
// The list of clauses: filters, what each run saw, sequence diagrams. All data is in the page.
"use strict";
(() => {
  const { runs, clauses, states, words, changed, deaths } = JSON.parse(document.getElementById("data").textContent);
  const filters = document.getElementById("filters");
  const list = document.getElementById("list");
  const shown = document.getElementById("shown");
  const isChanged = new Set(changed);

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const kebab = (state) => state.replaceAll(" ", "-");
  const nodeId = (clause, one) => clause.address + (one.id ? `[${one.id}]` : "");

  // -- the sequence diagram: a lane for each process, a row for each event ------------------------

  const LEFT = 90, LANE = 190, ROW = 24, TOP = 40;

  function sequence(events, about) {
    const lanes = [...new Set(events.flatMap(([, who, , , to]) => [who, to]))].filter(
      (who) => who && who !== "fault" && who !== "scene" && who !== "relay");
    const x = (who) => LEFT + LANE * (lanes.indexOf(who) + 0.3);
    const width = LEFT + LANE * Math.max(lanes.length, 2) + 200, height = TOP + ROW * (events.length + 1);
    const svg = drawn("svg", { class: "sequence", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
    svg.append(drawn("title", {}, `What happened: ${about}`));
    for (const who of lanes) {
      const rows = events.map((event, row) => [event, row]).filter(([event]) => event[1] === who || event[4] === who);
      const of = (what) => rows.filter(([event]) => event[1] === who && event[2] === what).map(([, row]) => row);
      const from = of("start")[0] ?? rows[0][1], to = of("end").at(-1) ?? events.length;
      svg.append(
        drawn("line", { class: "lane", x1: x(who), x2: x(who), y1: TOP + ROW * (from + 0.5), y2: TOP + ROW * (to + 0.5) }),
        drawn("text", { class: "head", x: x(who), y: 18, "text-anchor": "middle" }, who));
    }
    events.forEach((event, row) => svg.append(...eventDrawn(event, TOP + ROW * (row + 0.5), x, lanes, width)));
    return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Sequence diagram of ${about}` }, svg);
  }

  function eventDrawn([at, who, what, text, to], y, x, lanes, width) {
    const parts = [drawn("text", { class: "time", x: LEFT - 12, y: y + 4, "text-anchor": "end" }, `${(at / 1000).toFixed(1)} ms`)];
    const label = (at_x, told, anchor = "start", lift = 4) => {
      const short = told.length > 70 ? `${told.slice(0, 67)}...` : told;
      const made = drawn("text", { x: at_x, y: y + lift, "text-anchor": anchor }, short);
      made.append(drawn("title", {}, told));
      return made;
    };
    if (to && lanes.includes(who) && lanes.includes(to) && to !== who) {
      const toward = Math.sign(x(to) - x(who)), end = x(to) - toward * 2;
      parts.push(
        drawn("line", { class: `arrow ${what}`, x1: x(who), x2: end, y1: y + 5, y2: y + 5 }),
        drawn("path", { class: `tip ${what}`, d: `M${end} ${y + 5}l${-toward * 8} -4v8z` }),
        label((x(who) + x(to)) / 2, text, "middle", 0));
    } else if (!lanes.includes(who)) {
      const kind = what === "failed" ? "failed" : "fault";
      parts.push(drawn("rect", { class: kind, x: LEFT - 4, y: y - ROW / 2 + 1, width: width - LEFT, height: ROW - 2 }),
        label(LEFT + 4, what === "failed" ? `the clause fails: ${text}` : who === what ? text : `${who} ${text}`));
    } else if (what === "end" || what === "signal") {
      const near = x(who), killed = text.startsWith("SIG") || text.startsWith("signal") || text.startsWith("killed");
      parts.push(killed
        ? drawn("path", { class: "cross", d: `M${near - 6} ${y - 6}l12 12m0 -12l-12 12` })
        : drawn("line", { class: "lane", x1: near - 8, x2: near + 8, y1: y, y2: y }),
      label(near + 12, text));
    } else {
      const word = { start: "starts: ", call: "", answer: "= ", event: "" }[what] ?? "";
      parts.push(drawn("circle", { class: `dot ${what}`, cx: x(who), cy: y, r: 4 }), label(x(who) + 12, word + text));
    }
    return parts;
  }

  // -- what is told of a clause ------------------------------------------------------------------

  function command(text) {
    const button = element("button", { type: "button", class: "copy", "data-copy": text }, "copy");
    return element("div", { class: "command" }, element("code", {}, text), button);
  }

  function definition(...pairs) {
    const told = element("dl");
    for (const [name, value] of pairs) {
      if (value) told.append(element("dt", {}, name), element("dd", {}, value));
    }
    return told;
  }

  const code = (text) => text && element("code", {}, text);

  function ofRun(clause, one, run, number) {
    const name = nodeId(clause, one), about = `${name} on ${runs[number].called}`;
    const part = element("div", { class: `run ${kebab(run.state)}` });
    part.append(element("p", {}, element("span", { class: `mark ${kebab(run.state)}`, "aria-hidden": "true" }),
      `${runs[number].called}, ${runs[number].port}: ${run.how ?? "holds"}`));
    if (run.state !== "holds") {
      part.append(definition(["expected", code(run.expected)], ["actual", code(run.actual)],
        ["because", run.recorded], ["alone", command(`${runs[number].alone} '${name}'`)]));
    }
    if (run.events) {
      const details = element("details", {}, element("summary", {}, "What happened, as a sequence diagram"));
      details.addEventListener("toggle", () => {
        if (details.open && details.children.length === 1) details.append(sequence(run.events, about));
      });
      part.append(details);
    }
    for (const [file, text] of Object.entries(run.files ?? {})) {
      part.append(element("details", {}, element("summary", {}, file), element("pre", {}, text)));
    }
    return part;
  }

  function inside(clause, cases) {
    const part = element("div", { class: "inside" });
    part.append(definition(["source", clause.source], ["strength", `${clause.strength}, since ${clause.since}`],
      ["alone", command(`${runs.at(-1).alone} '${clause.address}'`)]));
    const holding = {};
    for (const one of cases) {
      const told = one.runs.map((run, number) => [run, number]).filter(([run]) => run && run.state !== "holds");
      const hold = one.runs.map((run, number) => run && run.state === "holds" && runs[number].called).filter(Boolean);
      if (hold.length) (holding[hold.join(", ")] ??= []).push(one.id);
      if (told.length && one.id) part.append(element("h4", {}, one.id));
      part.append(...told.map(([run, number]) => ofRun(clause, one, run, number)));
    }
    for (const [called, ids] of Object.entries(holding)) {
      part.append(element("p", {}, element("span", { class: "mark holds", "aria-hidden": "true" }),
        `holds on ${called}${ids[0] ? `: ${ids.join(", ")}` : ""}`));
    }
    return part;
  }

  // -- the maps of deaths ------------------------------------------------------------------------

  function bars(map) {
    const rows = map.walks.map(({ name, parts }) => {
      const bar = element("span", { class: "bar", role: "img", "aria-label": parts.map(([, , told]) => told).join("; ") });
      for (const [count, state, told] of parts) {
        bar.append(element("i", { class: kebab(state), style: `flex-grow:${count}`, title: told }));
      }
      return element("div", { class: "walk" }, element("span", {}, name), bar);
    });
    return element("div", {}, ...rows);
  }

  for (const details of document.querySelectorAll(".deaths")) {
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(bars(deaths[Number(details.dataset.map)]));
    });
  }

  // -- the list, and its filters -----------------------------------------------------------------

  function clear() {
    for (const field of filters.elements) if (field.name) field.value = "";
  }

  const wanted = () => Object.fromEntries(new FormData(filters));

  function fits(clause, one, by) {
    if (by.state === "changed") {
      if (!isChanged.has(nodeId(clause, one))) return false;
    } else if (by.state || by.run) {
      const of = by.run ? [one.runs[Number(by.run)]] : one.runs;
      if (!of.some((run) => run && (!by.state || run.state === by.state))) return false;
    }
    return true;
  }

  function chosen(by) {
    const text = by.text.trim().toLowerCase(), found = [];
    for (const clause of clauses) {
      if (by.chapter && clause.chapter !== by.chapter) continue;
      if (by.strength && clause.strength !== by.strength) continue;
      const about = `${clause.promise} ${clause.source} ${clause.address}`.toLowerCase();
      const cases = clause.cases.filter((one) => fits(clause, one, by) &&
        (!text || about.includes(text) || nodeId(clause, one).toLowerCase().includes(text)));
      if (cases.length) found.push([clause, cases]);
    }
    return found;
  }

  function badges(cases, by) {
    const counts = {};
    for (const one of cases) {
      one.runs.forEach((run, number) => {
        if (run && (!by.run || Number(by.run) === number)) counts[run.state] = (counts[run.state] ?? 0) + 1;
      });
    }
    return states.filter((state) => counts[state]).map((state) => element("span", { class: "badge" },
      element("span", { class: `mark ${kebab(state)}`, "aria-hidden": "true" }), `${counts[state]} ${words[state]}`));
  }

  function row(clause, cases, by) {
    const made = element("details", { class: "clause", id: clause.address },
      element("summary", {}, element("span", { class: "promise" }, clause.promise), ...badges(cases, by)));
    made.addEventListener("toggle", () => {
      if (made.open && made.children.length === 1) made.append(inside(clause, cases));
    });
    return made;
  }

  function show() {
    const by = wanted(), found = chosen(by), parts = [];
    let chapter = null;
    for (const [clause, cases] of found) {
      if (clause.chapter !== chapter) parts.push(element("h3", {}, chapter = clause.chapter));
      parts.push(row(clause, cases, by));
    }
    list.replaceChildren(...parts);
    const count = found.reduce((sum, [, cases]) => sum + cases.length, 0);
    shown.textContent = found.length ? `${count} cases of ${found.length} clauses` : "No clause fits. Choose “Show all”.";
  }

  function open(address) {
    const made = document.getElementById(address);
    if (!made) return false;
    made.open = true;
    made.scrollIntoView();
    made.querySelector("summary").focus();
    return true;
  }

  // A link to a case leads to its clause, which may be filtered out.
  function follow() {
    const address = decodeURIComponent(location.hash.slice(1)).split("[")[0];
    if (!address.includes("::") || open(address)) return;
    clear();
    show();
    open(address);
  }

  document.addEventListener("click", async (event) => {
    const cell = event.target.closest(".cell"), copy = event.target.closest(".copy");
    if (cell) {
      clear();
      filters.elements.chapter.value = cell.dataset.chapter;
      filters.elements.run.value = cell.dataset.run;
      show();
      document.getElementById("clauses").scrollIntoView();
      filters.elements.text.focus({ preventScroll: true });
    }
    if (copy) {
      const done = await navigator.clipboard?.writeText(copy.dataset.copy).then(() => true, () => false);
      copy.textContent = done ? "copied" : "selected";
      // Where the page may not write to the clipboard, the text is selected, to be copied by hand.
      if (!done) getSelection().selectAllChildren(copy.previousElementSibling);
    }
  });
  filters.addEventListener("input", show);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(show));
  window.addEventListener("hashchange", follow);
  // On paper nothing can be opened: what is red and what is filtered for is shown open.
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll(".pair > details")) part.open = true;
  });
  show();
  follow();
})();
