// Is what comes out to be trusted? Volumes, coverage, rejects, hubs, churn, distributions over runs, precision.

import { Bar, Pending, Plain, Section, Table, Th, useAnswer } from "../components";
import { useDesk } from "../desk";
import { count, day, percent, plural, short, words } from "../format";
import type { Page, ReviewedGroup, RunSummary } from "../types";

interface Reviewed {
  groups: ReviewedGroup[];
}

export function HealthScreen() {
  const { run } = useDesk();
  const runs = useAnswer<Page<RunSummary>>("/runs", { limit: 60 });
  const reviewed = useAnswer<Reviewed>("/reviewed");
  const oldestFirst = [...(runs.data?.items ?? [])].reverse();
  return (
    <>
      <div class="head-line">
        <h1 tabIndex={-1}>Health</h1>
        {run ? <p class="quiet">Run <span class="id">{run.run_id}</span></p> : null}
      </div>
      {run && run.held_by.length > 0 ? <p class="notice trouble">This run tripped a guardrail: {run.held_by.map(words).join(", ")}.</p> : null}
      {run ? <Volumes counts={run.counts} /> : null}
      <Pending of={runs} />
      {oldestFirst.length > 0 ? <Trends runs={oldestFirst} /> : null}
      <Precision reviewed={reviewed.data} />
      {run ? (
        <Section title="Findings about the data">
          {run.findings.length === 0 ? <p class="quiet">Nothing to report.</p> : null}
          <ul class="findings">
            {run.findings.map((finding) => (
              <li key={`${finding.code}/${finding.sentence}`}>
                <span class={`chip ${finding.severity}`}>{finding.severity}</span> <Plain value={finding.sentence} limit={300} />
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {run?.stages ? <Stages stages={run.stages} /> : null}
    </>
  );
}

const share = (part: number | undefined, whole: number | undefined): string => (part !== undefined && whole ? `${((part / whole) * 100).toFixed(1)} %` : "–");

function Volumes({ counts }: { counts: Record<string, number> }) {
  const rejected = counts.rejected_rows;
  const tiles: [string, string, string][] = [
    ["Merchants", count(counts.merchants), `${share(counts.linked_merchants, counts.merchants)} with any link`],
    ["Clusters", count(counts.clusters), `${share(counts.clustered_merchants, counts.merchants)} of merchants in one`],
    ["Proposed to enforce", count(counts.clusters_enforce), plural(counts.merchants_enforce ?? 0, "merchant")],
    ["Proposed for review", count(counts.clusters_review), plural(counts.merchants_review ?? 0, "merchant")],
    ["Rows rejected", count(rejected), `${share(rejected, counts.input_rows)} of ${count(counts.input_rows)} rows`],
    ["Shared values", count(counts.shared_entities), `${plural(counts.dropped_placeholders ?? 0, "placeholder")} dropped`],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([name, value, more]) => (
        <div key={name} class="tile">
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong>
            <span class="quiet">{more}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const CHART_W = 300;
const CHART_H = 90;

function Trends({ runs }: { runs: RunSummary[] }) {
  const of = (name: string) => runs.map((run) => run.counts[name]);
  const ratio = (part: string, whole: string) =>
    runs.map((run) => {
      const [a, b] = [run.counts[part], run.counts[whole]];
      return a !== undefined && b ? (a / b) * 100 : undefined;
    });
  const charts: [string, (number | undefined)[], string][] = [
    ["Merchants", of("merchants"), ""],
    ["Merchants in a cluster", ratio("clustered_merchants", "merchants"), " %"],
    ["Rows rejected", ratio("rejected_rows", "input_rows"), " %"],
    ["Clusters", of("clusters"), ""],
    ["Cases to enforce", runs.map((run) => run.actions.enforce ?? 0), ""],
    ["Cases for review", runs.map((run) => run.actions.review ?? 0), ""],
    ["Ids born", runs.map((run) => (run.previous_run_id ? (run.events.born ?? 0) + (run.events.split ?? 0) : undefined)), ""],
    ["Ids retired", runs.map((run) => (run.previous_run_id ? (run.events.dissolved ?? 0) + (run.events.merged ?? 0) : undefined)), ""],
    ["Hubs", runs.map((run) => run.hubs), ""],
    ["Seconds", runs.map((run) => run.seconds), " s"],
  ];
  return (
    <Section title={runs.length > 1 ? `Over the last ${runs.length} runs` : "Distributions"}>
      {runs.length > 1 ? (
        <div class="charts">
          {charts.filter(([, values]) => values.some((value) => value !== undefined)).map(([name, values, unit]) => (
            <Trend key={name} name={name} unit={unit} values={values} days={runs.map((run) => day(run.as_of))} />
          ))}
        </div>
      ) : null}
      <div class="charts">
        <Distribution name="Scores" runs={runs} bars={(run) => run.scores.map((clusters, at) => ({ label: (at / run.scores.length).toFixed(1), clusters }))} />
        <Distribution name="Cluster sizes" runs={runs} bars={(run) => run.sizes.map((bar) => ({ label: `${bar.from}+`, clusters: bar.clusters }))} />
      </div>
      <details>
        <summary>As a table</summary>
        <Table caption="Runs, oldest first" head={<><Th>Run</Th><Th number>Merchants</Th><Th number>Clusters</Th><Th number>Enforce</Th><Th number>Review</Th><Th number>Rejected</Th><Th number>Hubs</Th></>}>
          {runs.map((run) => (
            <tr key={run.run_id}>
              <th scope="row" class="id">{run.run_id}</th>
              <td class="number">{count(run.counts.merchants)}</td>
              <td class="number">{count(run.counts.clusters)}</td>
              <td class="number">{count(run.actions.enforce ?? 0)}</td>
              <td class="number">{count(run.actions.review ?? 0)}</td>
              <td class="number">{count(run.counts.rejected_rows)}</td>
              <td class="number">{count(run.hubs)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </Section>
  );
}

function Trend({ name, unit, values, days }: { name: string; unit: string; values: (number | undefined)[]; days: string[] }) {
  const known = values.flatMap((value, at) => (value === undefined ? [] : [{ at, value }]));
  const high = Math.max(...known.map((point) => point.value), 1e-9);
  const low = Math.min(...known.map((point) => point.value), high);
  const bottom = low > high * 0.7 ? low - (high - low || high * 0.1) : 0;
  const x = (at: number) => 6 + (at / Math.max(values.length - 1, 1)) * (CHART_W - 12);
  const y = (value: number) => CHART_H - 8 - ((value - bottom) / (high - bottom || 1)) * (CHART_H - 20);
  const last = known.at(-1);
  const before = known.at(-2);
  const text = (value: number) => (unit ? `${value.toFixed(1)}${unit}` : value < 1e6 ? count(value) : short(value));
  return (
    <figure class="chart">
      <figcaption>
        {name} <strong>{last ? text(last.value) : "–"}</strong>
        {last && before ? <span class="quiet"> from {text(before.value)}</span> : null}
      </figcaption>
      <svg viewBox={`0 0 ${CHART_W} ${CHART_H}`} role="img" aria-label={`${name} from ${days[0]} to ${days.at(-1)}: between ${text(low)} and ${text(high)}`}>
        <line class="axis" x1="0" x2={CHART_W} y1={CHART_H - 4} y2={CHART_H - 4} />
        <polyline class="trend" points={known.map((point) => `${x(point.at)},${y(point.value)}`).join(" ")} />
        {known.map((point) => (
          <circle key={point.at} class="trend-dot" cx={x(point.at)} cy={y(point.value)} r={point === last ? 4 : 2.5}>
            <title>{`${days[point.at]}: ${text(point.value)}`}</title>
          </circle>
        ))}
      </svg>
    </figure>
  );
}

interface DistributionBar {
  label: string;
  clusters: number;
}

/** The newest run's distribution as bars, the one before as an outline. */
function Distribution({ name, runs, bars }: { name: string; runs: RunSummary[]; bars: (run: RunSummary) => DistributionBar[] }) {
  const newest = runs.at(-1);
  const older = runs.at(-2);
  const now = newest ? bars(newest) : [];
  const before = new Map(older ? bars(older).map((bar) => [bar.label, bar.clusters]) : []);
  if (now.length === 0) return null;
  const high = Math.max(...now.map((bar) => bar.clusters), ...before.values(), 1);
  const wide = CHART_W / now.length;
  const tall = (value: number) => (Math.sqrt(value) / Math.sqrt(high)) * (CHART_H - 24);
  return (
    <figure class="chart">
      <figcaption>
        {name} <span class="quiet">root scale{older ? "; outline: the run before" : ""}</span>
      </figcaption>
      <svg viewBox={`0 0 ${CHART_W} ${CHART_H + 8}`} role="img" aria-label={`${name}: ${now.map((bar) => `${bar.label}: ${bar.clusters}`).join(", ")}`}>
        {now.map((bar, at) => (
          <g key={bar.label}>
            <rect class="column" x={at * wide + 2} width={wide - 4} y={CHART_H - 12 - tall(bar.clusters)} height={tall(bar.clusters)}>
              <title>{`${bar.label}: ${count(bar.clusters)}`}</title>
            </rect>
            {older ? <rect class="column-before" x={at * wide + 2} width={wide - 4} y={CHART_H - 12 - tall(before.get(bar.label) ?? 0)} height={tall(before.get(bar.label) ?? 0)} /> : null}
            <text class="tick" x={at * wide + wide / 2} y={CHART_H + 2}>
              {bar.label}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  );
}

function Precision({ reviewed }: { reviewed: Reviewed | null }) {
  if (!reviewed) return null;
  const groups = reviewed.groups.filter((group) => group.reviewed > 0);
  return (
    <Section title="Precision by reviewed cases" note="Of the cases that were confirmed or judged honest, the share confirmed, with its 95 % interval.">
      {groups.length === 0 ? (
        <p class="quiet">No case has been decided yet.</p>
      ) : (
        <Table caption="Precision of reviewed cases" head={<><Th>By</Th><Th>Cases</Th><Th number>Reviewed</Th><Th number>Confirmed</Th><Th>Precision</Th><Th>Interval</Th></>}>
          {groups.map((group) => (
            <tr key={`${group.by}/${group.group}`}>
              <td>{words(group.by)}</td>
              <th scope="row">{words(group.group)}</th>
              <td class="number">{count(group.reviewed)}</td>
              <td class="number">{count(group.confirmed)}</td>
              <td class="bits-cell">
                <Bar share={group.precision.share} tone="plain" /> <span class="figure">{percent(group.precision.share)}</span>
              </td>
              <td>
                {percent(group.precision.low)} to {percent(group.precision.high)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}

function Stages({ stages }: { stages: { stage: string; seconds: number }[] }) {
  const most = Math.max(...stages.map((stage) => stage.seconds), 1e-9);
  return (
    <Section title="Where the time went">
      <ul class="cities">
        {stages.map((stage) => (
          <li key={stage.stage}>
            <span>{stage.stage}</span>
            <Bar share={stage.seconds / most} tone="plain" />
            <span class="figure">{stage.seconds.toFixed(2)} s</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
