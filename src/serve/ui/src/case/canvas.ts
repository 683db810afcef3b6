// The picture of a case on a canvas, by cytoscape. Loaded only when a case is opened.

import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from "cytoscape";
import { cut, short, spelled, words } from "../format";
import { kindIndex } from "../components";
import type { GraphLink, GraphNode } from "../types";
import { layOut, type Point } from "./layout";

export interface Canvas {
  /** Shows these nodes and links; what lies already stays, what is gone goes. */
  show: (nodes: GraphNode[], links: GraphLink[]) => void;
  select: (id: string | null) => void;
  /** The nearest node from the selected one in a direction. */
  toward: (dx: number, dy: number) => string | null;
  zoom: (factor: number) => void;
  fit: () => void;
  image: () => Promise<Blob>;
  /** The whole picture as a data address, for paper. */
  still: () => string;
  close: () => void;
}

const MANY = 400;
/** So many elements are added at once. */
const SLICE = 250;
/** A shape for each entity type, so that colour is not all that tells them apart. */
const SHAPES = ["round-rectangle", "diamond", "pentagon", "hexagon", "triangle", "vee", "ellipse", "octagon"];

export function openCanvas(container: HTMLElement, tapped: (id: string | null, twice: boolean) => void): Canvas {
  const cy = cytoscape({
    container,
    style: stylesheet(),
    minZoom: 0.05,
    maxZoom: 3,
    boxSelectionEnabled: false,
    selectionType: "single",
    textureOnViewport: true,
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const recolor = () => cy.style(stylesheet());
  dark.addEventListener("change", recolor);
  let lastTap = { id: "", at: 0 };
  cy.on("tap", (event) => {
    const id: string | null = event.target === cy ? null : event.target.isNode?.() ? event.target.id() : null;
    const twice = id !== null && id === lastTap.id && event.timeStamp - lastTap.at < 450;
    lastTap = { id: id ?? "", at: twice ? 0 : event.timeStamp };
    tapped(id, twice);
  });
  const resized = new ResizeObserver(() => {
    cy.resize();
  });
  resized.observe(container);
  let picked: string | null = null;
  let asked = 0;
  return {
    show: (nodes, links) => {
      asked += 1;
      const mine = asked;
      const pause = () => new Promise<boolean>((go) => requestAnimationFrame(() => setTimeout(() => go(mine === asked))));
      void show(cy, nodes, links, pause).then((done) => {
        if (done && picked !== null) select(cy, picked);
      });
    },
    select: (id) => {
      picked = id;
      select(cy, id);
    },
    toward: (dx, dy) => toward(cy, dx, dy),
    zoom: (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
    fit: () => fit(cy),
    image: () => cy.png({ output: "blob-promise", full: true, scale: 2, maxWidth: 4000, maxHeight: 4000, bg: color("--panel") }) as Promise<Blob>,
    still: () => cy.png({ output: "base64uri", full: true, scale: 1.5, maxWidth: 2400, maxHeight: 2400, bg: "#ffffff" }),
    close: () => {
      asked += 1;
      dark.removeEventListener("change", recolor);
      resized.disconnect();
      cy.destroy();
    },
  };
}

/** Brings the picture to these nodes and links, a slice at a time; false where something else was asked for meanwhile. */
async function show(cy: Core, nodes: GraphNode[], links: GraphLink[], pause: () => Promise<boolean>): Promise<boolean> {
  const wanted = new Set(nodes.map((node) => node.id));
  const kept = new Map<string, Point>();
  const wasEmpty = cy.nodes().empty();
  cy.nodes().forEach((node) => {
    if (wanted.has(node.id())) kept.set(node.id(), { ...node.position() });
  });
  const places = await layOut(nodes.map((node) => node.id), links.map((link) => [link.source, link.target]), kept, pause);
  if (!places || cy.destroyed()) return false;
  const many = nodes.length > MANY ? " many" : "";
  cy.batch(() => {
    cy.nodes().filter((node) => !wanted.has(node.id())).remove();
    cy.nodes().filter((node) => node.hasClass("many") !== (many !== "")).toggleClass("many");
  });
  const drawn = await inSlices(cy, nodes, pause, (node) => {
    const known = cy.getElementById(node.id);
    if (known.empty()) return { group: "nodes", data: { id: node.id, ...data(node) }, position: places.get(node.id) ?? { x: 0, y: 0 }, classes: classes(node) + many };
    // A style is worked out anew for every element touched: leave alone what has not changed.
    if (known.data("rest") !== rest(node)) known.data(data(node));
    return null;
  });
  const tied = drawn && (await inSlices(cy, links, pause, (link) => {
    const id = `${link.source}\n${link.target}`;
    if (cy.getElementById(id).nonempty()) return null;
    return { group: "edges", data: { id, source: link.source, target: link.target, width: Math.max(1, Math.min(5, link.bits / 6)) } };
  }));
  if (!tied) return false;
  const still = wasEmpty || many || matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still) fit(cy);
  else cy.animate({ fit: { eles: cy.elements(), padding: padding(cy) }, duration: 250 });
  return true;
}

/** Adds what is new among many things; between slices the page may draw and answer. */
async function inSlices<T>(cy: Core, all: readonly T[], pause: () => Promise<boolean>, element: (one: T) => ElementDefinition | null): Promise<boolean> {
  for (let from = 0; from < all.length; from += SLICE) {
    if (from > 0 && !(await pause())) return false;
    cy.batch(() => {
      cy.add(all.slice(from, from + SLICE).map(element).filter((one) => one !== null));
    });
  }
  return true;
}

function padding(cy: Core): number {
  return cy.width() < 480 ? 14 : 32;
}

function fit(cy: Core): void {
  cy.fit(undefined, padding(cy));
  if (cy.zoom() > 1.4) {
    cy.zoom(1.4);
    cy.center();
  }
}

function data(node: GraphNode): Record<string, unknown> {
  const name = cut(spelled(node.label), 22);
  const hub = node.hub_class && node.hub_class !== "private" ? `\n${words(node.hub_class)}, ${short(node.merchants ?? 0)}` : "";
  return { label: node.kind === "entity" ? `${name}${hub}` : name, rest: rest(node) };
}

/** Whether there is more to unfold, as a class of the picture. */
function rest(node: GraphNode): string {
  return node.hidden_neighbors > 0 ? "more" : "";
}

function classes(node: GraphNode): string {
  if (node.kind === "merchant") return `merchant ${node.role ?? "member"}`;
  const hub = node.hub_class && node.hub_class !== "private" ? " hub" : "";
  return `entity t${kindIndex(node.entity_type ?? "")}${hub}`;
}

function select(cy: Core, id: string | null): void {
  cy.batch(() => {
    cy.elements().removeClass("picked near far");
    if (id === null) return;
    const node = cy.getElementById(id);
    if (node.empty()) return;
    if (cy.nodes().length <= MANY) cy.elements().addClass("far");
    node.closedNeighborhood().removeClass("far").addClass("near");
    node.addClass("picked");
  });
}

function toward(cy: Core, dx: number, dy: number): string | null {
  const from = cy.nodes(".picked").first();
  if (from.empty()) return (cy.nodes(".core").first().id() as string | undefined) ?? (cy.nodes().first().id() as string | undefined) ?? null;
  const here = from.position();
  let best: { id: string; cost: number } | null = null;
  cy.nodes().forEach((node) => {
    const x = node.position().x - here.x;
    const y = node.position().y - here.y;
    const along = x * dx + y * dy;
    if (along <= 1) return;
    const cost = along + 2.5 * Math.abs(x * dy - y * dx);
    if (best === null || cost < best.cost) best = { id: node.id(), cost };
  });
  return (best as { id: string } | null)?.id ?? null;
}

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

function stylesheet(): StylesheetJson {
  const kinds = SHAPES.map((shape, index) => ({ selector: `.t${index}`, style: { shape, "background-color": color(`--t${index}`) } }));
  const font = "system-ui, Roboto, Arial, sans-serif";
  return [
    {
      selector: "node",
      style: {
        label: "data(label)", "font-family": font, "font-size": 11, color: color("--ink"), "text-valign": "bottom", "text-margin-y": 4, "text-wrap": "wrap",
        "text-background-color": color("--panel"), "text-background-opacity": 0.78, "text-background-padding": "1px", "min-zoomed-font-size": 8, "border-width": 1.5, "overlay-opacity": 0,
      },
    },
    { selector: ".merchant", style: { shape: "ellipse", width: 26, height: 26, "border-color": color("--core"), "background-color": color("--member") } },
    { selector: ".core", style: { "background-color": color("--core"), width: 30, height: 30 } },
    { selector: ".fringe", style: { "background-color": color("--fringe"), width: 20, height: 20 } },
    { selector: ".entity", style: { shape: "round-rectangle", width: 24, height: 24, "border-color": color("--panel") } },
    ...kinds,
    { selector: ".hub", style: { width: 32, height: 32, "border-color": color("--review"), "border-width": 3, "border-style": "dashed" } },
    { selector: "node[rest != '']", style: { "border-width": 4, "border-style": "double", "border-color": color("--ink") } },
    { selector: "edge", style: { width: "data(width)", "line-color": color("--edge"), "curve-style": "haystack", opacity: 0.75, "overlay-opacity": 0 } },
    { selector: "node.many", style: { "min-zoomed-font-size": 11, "text-background-opacity": 0 } },
    { selector: ".far", style: { opacity: 0.28 } },
    { selector: "edge.near", style: { "line-color": color("--link"), opacity: 1 } },
    { selector: ".picked", style: { "border-color": color("--link"), "border-width": 5, "border-style": "solid" } },
  ] as unknown as StylesheetJson;
}
