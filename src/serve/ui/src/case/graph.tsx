// The graph of a case: opened from the core, unfolded node by node; the same as a table for those who can't see it.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, segment } from "../api";
import { EntityLink, HubChip, Kind, MerchantLink, Pending, Plain, Section, Table, Text, Th, useAnswer, useShort } from "../components";
import { bits, count, day, kindWord, percent, plural } from "../format";
import type { GraphAnswer, GraphLink, GraphNode } from "../types";
import type { Canvas } from "./canvas";

const WIDTHS = [60, 200, 500, 2000];

interface Unfolded {
  nodes: Map<string, GraphNode>;
  links: Map<string, GraphLink>;
  /** How many neighbours each node has inside the case, whether they are in the picture or not. */
  degrees: Map<string, number>;
}

const EMPTY: Unfolded = { nodes: new Map(), links: new Map(), degrees: new Map() };

function linkCounts(links: Iterable<GraphLink>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of links) {
    for (const end of [one.source, one.target]) counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return counts;
}

/** The picture with an answer laid over it. An answer counts as hidden what *it* leaves out; the picture, what *it* does. */
function joined(base: Unfolded, answer: GraphAnswer): Unfolded {
  const links = new Map(base.links);
  for (const one of answer.links) links.set(`${one.source}\n${one.target}`, one);
  const degrees = new Map(base.degrees);
  const inAnswer = linkCounts(answer.links);
  for (const node of answer.nodes) {
    const degree = node.hidden_neighbors + (inAnswer.get(node.id) ?? 0);
    degrees.set(node.id, Math.max(degree, degrees.get(node.id) ?? 0));
  }
  const inPicture = linkCounts(links.values());
  const nodes = new Map(base.nodes);
  for (const node of answer.nodes) nodes.set(node.id, node);
  for (const [id, node] of nodes) {
    const hidden = Math.max(0, (degrees.get(id) ?? 0) - (inPicture.get(id) ?? 0));
    if (hidden !== node.hidden_neighbors) nodes.set(id, { ...node, hidden_neighbors: hidden });
  }
  return { nodes, links, degrees };
}

export function CaseGraph({ id, size }: { id: string; size: number }) {
  const [width, setWidth] = useState(0);
  const path = `/clusters/${segment(id)}/graph`;
  const answered = useAnswer<GraphAnswer>(path, { limit: WIDTHS[width] });
  const [picture, setPicture] = useState<Unfolded>(EMPTY);
  const [picked, setPicked] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const [asTable, setAsTable] = useState(false);

  useEffect(() => {
    const answer = answered.data;
    if (answer) setPicture((before) => joined(width === 0 ? EMPTY : before, answer));
  }, [answered.data]);

  const unfold = (node: string) => {
    const known = picture.nodes.get(node);
    if (!known || known.hidden_neighbors === 0) return;
    get<GraphAnswer>(path, { focus: node, limit: 200 }).then(
      (answer) => {
        const after = joined(picture, answer);
        setPicture(after);
        setSaid(`${plural(after.nodes.size - picture.nodes.size, "node")} unfolded from ${known.label}.`);
      },
      () => setSaid("The service does not answer."),
    );
  };
  const restart = () => {
    setWidth(0);
    setPicked(null);
    if (answered.data && width === 0) setPicture(joined(EMPTY, answered.data));
    setSaid("Back at the core.");
  };

  const nodes = useMemo(() => [...picture.nodes.values()], [picture]);
  const links = useMemo(() => [...picture.links.values()].filter((one) => picture.nodes.has(one.source) && picture.nodes.has(one.target)), [picture]);
  const node = picked ? picture.nodes.get(picked) : undefined;
  const canWiden = (answered.data?.truncated ?? false) && width < WIDTHS.length - 1;

  return (
    <Section title="Who shares what" id="graph" class="graph-panel" note={`Opened from the core${nodes.length ? `: ${plural(nodes.filter((one) => one.kind === "merchant").length, "merchant")} of ${count(size)}` : ""}. A double rim means there is more to unfold.`}>
      <div class="graph-tools">
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "As picture" : "As table"}
        </button>
        {canWiden ? (
          <button type="button" onClick={() => setWidth(width + 1)}>
            Widen
          </button>
        ) : null}
        <button type="button" onClick={restart}>
          Back to the core
        </button>
      </div>
      <Pending of={answered} />
      {asTable ? <GraphTable nodes={nodes} links={links} unfold={unfold} /> : <Picture name={id} nodes={nodes} links={links} picked={picked} pick={setPicked} unfold={unfold} />}
      <p class="unseen" role="status">
        {said}
      </p>
      {!asTable && node ? <Picked node={node} links={links} unfold={unfold} /> : null}
      <Legend nodes={nodes} />
    </Section>
  );
}

interface PictureProps {
  name: string;
  nodes: GraphNode[];
  links: GraphLink[];
  picked: string | null;
  pick: (id: string | null) => void;
  unfold: (id: string) => void;
}

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function Picture({ name, nodes, links, picked, pick, unfold }: PictureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<Canvas | null>(null);
  const paper = useRef<HTMLImageElement>(null);
  const [ready, setReady] = useState(false);
  const act = useRef({ pick, unfold });
  act.current = { pick, unfold };

  useEffect(() => {
    let gone = false;
    import("./canvas").then(({ openCanvas }) => {
      if (gone || !frame.current) return;
      canvas.current = openCanvas(frame.current, (id, twice) => {
        act.current.pick(id);
        if (id && twice) act.current.unfold(id);
      });
      setReady(true);
    });
    return () => {
      gone = true;
      canvas.current?.close();
      canvas.current = null;
    };
  }, []);
  useEffect(() => {
    if (ready && nodes.length > 0) canvas.current?.show(nodes, links);
  }, [ready, nodes, links]);
  useEffect(() => {
    if (ready) canvas.current?.select(picked);
  }, [ready, picked, nodes]);

  useEffect(() => {
    // A canvas keeps the size it has on the screen: paper gets a still picture instead.
    const print = () => {
      if (paper.current && canvas.current) paper.current.src = canvas.current.still();
    };
    addEventListener("beforeprint", print);
    return () => removeEventListener("beforeprint", print);
  }, []);

  const pressed = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const next = canvas.current?.toward(arrow[0], arrow[1]);
      if (next) pick(next);
    } else if (event.key === "Enter" && picked) unfold(picked);
    else if (event.key === "+") canvas.current?.zoom(1.25);
    else if (event.key === "-") canvas.current?.zoom(0.8);
    else if (event.key === "0") canvas.current?.fit();
    else return;
    event.preventDefault();
  };
  const save = async () => {
    const blob = await canvas.current?.image();
    if (!blob) return;
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `${name}.png`;
    anchor.click();
    URL.revokeObjectURL(anchor.href);
  };
  return (
    <div class="graph-box">
      <div ref={frame} class="graph-canvas" role="application" tabIndex={0} aria-label="Graph of the case. Arrow keys walk from node to node, Enter unfolds, plus and minus zoom. The same is there as a table." onKeyDown={pressed} />
      <img ref={paper} class="graph-still" alt="" />
      <div class="graph-zoom">
        <button type="button" aria-label="Zoom in" onClick={() => canvas.current?.zoom(1.25)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => canvas.current?.zoom(0.8)}>
          −
        </button>
        <button type="button" aria-label="Fit the graph to its frame" onClick={() => canvas.current?.fit()}>
          ⤢
        </button>
        <button type="button" aria-label="Save the graph as a picture" onClick={save}>
          ⤓
        </button>
      </div>
    </div>
  );
}

/** The value behind an entity's node id, `e:TYPE:VALUE`. */
function entityValue(node: GraphNode): string {
  return node.id.slice(`e:${node.entity_type ?? ""}:`.length);
}

function NodeName({ node }: { node: GraphNode }) {
  if (node.kind === "merchant") return <MerchantLink id={node.id.slice(2)} name={node.label} />;
  return <EntityLink type={node.entity_type ?? ""} value={entityValue(node)} shown={node.label} />;
}

function Picked({ node, links, unfold }: { node: GraphNode; links: GraphLink[]; unfold: (id: string) => void }) {
  const own = links.filter((one) => one.source === node.id || one.target === node.id);
  return (
    <div class="picked" role="status">
      <p>
        {node.kind === "entity" ? <Kind type={node.entity_type ?? ""} /> : <span class="chip">{node.role ?? "merchant"}</span>} <strong><NodeName node={node} /></strong>{" "}
        {node.kind === "merchant" ? (
          <span class="quiet">
            <Plain value={node.id.slice(2)} limit={40} />
            {node.membership != null ? `, belongs ${percent(node.membership)}` : ""}
          </span>
        ) : (
          <>
            <HubChip hub={node.hub_class} />{" "}
            <span class="quiet">
              {count(node.members)} members and {count(Math.max(0, (node.merchants ?? 0) - (node.members ?? 0)))} others use it{node.bits != null ? `, ${bits(node.bits)} bits` : ""}
            </span>
          </>
        )}
      </p>
      <p>
        <span class="quiet">{plural(own.length, "link")} in the picture</span>{" "}
        {node.hidden_neighbors > 0 ? (
          <button type="button" class="primary" onClick={() => unfold(node.id)}>
            Unfold {count(node.hidden_neighbors)} more
          </button>
        ) : null}
      </p>
    </div>
  );
}

function GraphTable({ nodes, links, unfold }: { nodes: GraphNode[]; links: GraphLink[]; unfold: (id: string) => void }) {
  const names = new Map(nodes.map((node) => [node.id, node]));
  const sorted = [...nodes].sort((a, b) => a.kind.localeCompare(b.kind) || (b.bits ?? b.membership ?? 0) - (a.bits ?? a.membership ?? 0) || (a.id < b.id ? -1 : 1));
  const { shown, control } = useShort(sorted, 100);
  return (
    <>
      <Table caption="Nodes of the graph and what each is tied to" head={<><Th>Node</Th><Th>Kind</Th><Th>Tied to</Th><Th>More</Th></>}>
        {shown.map((node) => {
          const own = links.filter((one) => one.source === node.id || one.target === node.id);
          return (
            <tr key={node.id}>
              <th scope="row">
                <NodeName node={node} />
              </th>
              <td>{node.kind === "entity" ? <>{kindWord(node.entity_type ?? "")}, <HubChip hub={node.hub_class} /></> : (node.role ?? "merchant")}</td>
              <td>
                {own.slice(0, 8).map((one, index) => {
                  const other = names.get(one.source === node.id ? one.target : one.source);
                  return other ? (
                    <span key={other.id} title={one.first_seen ? `since ${day(one.first_seen)}` : undefined}>
                      {index > 0 ? ", " : ""}
                      <Text value={other.label} limit={30} />
                    </span>
                  ) : null;
                })}
                {own.length > 8 ? <span class="quiet"> and {own.length - 8} more</span> : null}
              </td>
              <td>
                {node.hidden_neighbors > 0 ? (
                  <button type="button" aria-label={`Unfold ${node.hidden_neighbors} more from ${node.label}`} onClick={() => unfold(node.id)}>
                    Unfold {node.hidden_neighbors}
                  </button>
                ) : null}
              </td>
            </tr>
          );
        })}
      </Table>
      {control}
    </>
  );
}

function Legend({ nodes }: { nodes: GraphNode[] }) {
  const types = [...new Set(nodes.filter((node) => node.kind === "entity").map((node) => node.entity_type ?? ""))].sort();
  return (
    <ul class="legend" aria-label="Legend">
      <li><span class="dot core" /> core</li>
      <li><span class="dot member" /> member</li>
      <li><span class="dot fringe" /> fringe</li>
      {types.map((type) => (
        <li key={type}><Kind type={type} /></li>
      ))}
      <li><span class="dot hub" /> hub</li>
    </ul>
  );
}
