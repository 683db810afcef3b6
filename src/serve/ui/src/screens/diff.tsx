// What changed between two runs.

import { ActionChip, ClusterLink, Field, MerchantLink, Pending, Section, Table, Th, useAnswer, useShort } from "../components";
import { useDesk } from "../desk";
import { count, day, plural, score, words } from "../format";
import { link } from "../router";
import type { Diff, DiffSide, OfRun, Page, RunSummary } from "../types";

export function DiffScreen({ from, to }: { from: string; to: string }) {
  const desk = useDesk();
  const runs = useAnswer<Page<RunSummary>>("/runs", { limit: 100 });
  const known = runs.data?.items ?? [];
  const newer = to || desk.run?.run_id || known[0]?.run_id || "";
  const older = from || known.find((run) => run.run_id === newer)?.previous_run_id || known[known.findIndex((run) => run.run_id === newer) + 1]?.run_id || "";
  const ready = newer !== "" && older !== "" && newer !== older;
  const answered = useAnswer<OfRun & (Diff | { diff: Diff })>(ready ? "/diff" : null, { from: older, to: newer });
  const data = answered.data;
  const diff = data ? ("diff" in data ? data.diff : data) : null;
  const go = (a: string, b: string) => {
    location.hash = link("diff", [], { from: a, to: b });
  };
  return (
    <>
      <h1 tabIndex={-1}>Compare two runs</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <RunChoice label="Before" runs={known} value={older} set={(value) => go(value, newer)} />
        <RunChoice label="After" runs={known} value={newer} set={(value) => go(older, value)} />
      </form>
      <Pending of={runs} />
      {!ready && runs.data ? <p class="notice">There is only one run so far: come back after the next.</p> : null}
      {ready ? <Pending of={answered} /> : null}
      {diff ? <Changes of={diff} /> : null}
    </>
  );
}

function RunChoice({ label, runs, value, set }: { label: string; runs: RunSummary[]; value: string; set: (value: string) => void }) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => set(event.currentTarget.value)}>
          {runs.some((run) => run.run_id === value) ? null : <option value={value}>{value || "–"}</option>}
          {runs.map((run) => (
            <option key={run.run_id} value={run.run_id}>
              {day(run.as_of)} ({run.run_id})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const COUNTS = ["continued", "born", "dissolved", "grown", "shrunk", "merged", "split", "action_changes", "score_moves", "merchants_joined", "merchants_left", "merchants_moved"];

function Changes({ of }: { of: Diff }) {
  const changed = of.clusters;
  const clusters = useShort(changed, 50);
  const merchants = useShort(of.merchants, 50);
  return (
    <>
      <dl class="facts counts">
        {COUNTS.filter((name) => of.counts[name] !== undefined).map((name) => (
          <div key={name}>
            <dt>{words(name)}</dt>
            <dd>{count(of.counts[name])}</dd>
          </div>
        ))}
      </dl>
      <Section title={`${plural(changed.length, "case")} changed`}>
        {changed.length > 0 ? (
          <Table caption="Cases that changed, the severest action first" head={<><Th>Case</Th><Th>What</Th><Th>Before</Th><Th>After</Th><Th number>Joined</Th><Th number>Left</Th></>}>
            {clusters.shown.map((one, at) => (
              <tr key={at}>
                <th scope="row"><ClusterLink id={one.cluster_id} /></th>
                <td>
                  {words(one.event)}
                  {one.other ? <> (<ClusterLink id={one.other} />)</> : null}
                </td>
                <td><Side of={one.before} /></td>
                <td><Side of={one.after} /></td>
                <td class="number">{one.joined ? `+${one.joined}` : "–"}</td>
                <td class="number">{one.left ? `−${one.left}` : "–"}</td>
              </tr>
            ))}
          </Table>
        ) : null}
        {clusters.control}
      </Section>
      <Section title={`${plural(of.merchants.length, "merchant")} moved`}>
        {of.merchants.length > 0 ? (
          <Table caption="Merchants that joined, left or moved" head={<><Th>Merchant</Th><Th>What</Th><Th>From</Th><Th>To</Th></>}>
            {merchants.shown.map((one) => (
              <tr key={one.merchant_id}>
                <th scope="row"><MerchantLink id={one.merchant_id} /></th>
                <td>{one.moved}</td>
                <td>{one.from ? <ClusterLink id={one.from} /> : <span class="quiet">none</span>}</td>
                <td>{one.to ? <ClusterLink id={one.to} /> : <span class="quiet">none</span>}</td>
              </tr>
            ))}
          </Table>
        ) : null}
        {merchants.control}
      </Section>
    </>
  );
}

function Side({ of }: { of: DiffSide | null }) {
  if (!of) return <span class="quiet">–</span>;
  return (
    <>
      <ActionChip action={of.action} /> {score(of.score)} <span class="quiet">{plural(of.size, "merchant")}</span>
    </>
  );
}
