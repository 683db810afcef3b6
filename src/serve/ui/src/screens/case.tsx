// A case: everything needed for a decision on one cluster.

import { useEffect, useState } from "preact/hooks";
import { address, ApiError, segment, send } from "../api";
import { Addresses, EvidenceTable, Honest, Lineage, WeakestLink } from "../case/evidence";
import { CaseGraph } from "../case/graph";
import { Members } from "../case/members";
import { TimeLine } from "../case/timeline";
import { Waterfall } from "../case/waterfall";
import { ActionChip, ClusterLink, Dialog, Field, Kind, Pending, Plain, Score, Section, StateChip, Text, useAnswer } from "../components";
import { DecideDialog, undo, type DecideTarget } from "../decide";
import { isShortcut, useDesk } from "../desk";
import { age, bits, count, day, plural, words } from "../format";
import type { CaseAnswer, CaseDecision, LivingCase, Page, QueueRow } from "../types";

export function CaseScreen({ id }: { id: string }) {
  const answered = useAnswer<CaseAnswer>(`/clusters/${segment(id)}`);
  const answer = answered.data;
  useEffect(() => {
    document.title = `${id} · ringfence`;
    return () => {
      document.title = "ringfence";
    };
  }, [id]);
  if (!answer) {
    return (
      <>
        <h1 tabIndex={-1}>
          Case <Plain value={id} />
        </h1>
        <Pending of={answered} />
      </>
    );
  }
  if (answer.retired) return <Retired id={id} answer={answer} />;
  if (!answer.case) return <Pending of={answered} />;
  return <Living of={answer.case} answer={answer} />;
}

function Retired({ id, answer }: { id: string; answer: CaseAnswer }) {
  const became = answer.became ?? [];
  return (
    <>
      <h1 tabIndex={-1}>
        Case <Plain value={id} /> is no more
      </h1>
      {answer.ended ? <p>It was found first on {day(answer.ended.born)} and last on {day(answer.ended.last)}.</p> : null}
      {became.length > 0 ? (
        <Section title="What became of it">
          <ul>
            {became.map((one) => (
              <li key={one.cluster_id}>
                <ClusterLink id={one.cluster_id} />{" "}
                <span class="quiet">
                  {one.event ? words(one.event) : ""}
                  {one.overlap ? `, overlap ${one.overlap.toFixed(2)}` : ""}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      ) : (
        <p>Its members belong to no cluster in this run.</p>
      )}
    </>
  );
}

type Asked = { kind: "decide"; target: DecideTarget } | { kind: "assign" } | { kind: "snooze" } | null;

function Living({ of, answer }: { of: LivingCase; answer: CaseAnswer }) {
  const desk = useDesk();
  const [asked, setAsked] = useState<Asked>(null);
  const id = of.cluster.cluster_id;
  const asking = desk.me?.keeps_decisions === true;
  const standing = useAnswer<Page<QueueRow>>(asking ? "/clusters" : null, { q: id, limit: 5 });
  const decisions = useAnswer<Page<CaseDecision>>(asking ? "/decisions" : null, { cluster: id });
  const row = standing.data?.items.find((one) => one.cluster_id === id);
  const assignee = row?.assignee ?? null;
  const until = row?.snoozed_until ?? null;
  const decide = (merchantIds?: string[]) => {
    const target: DecideTarget = { runId: answer.run_id, clusterIds: [id], evidence: of.evidence };
    setAsked({ kind: "decide", target: merchantIds ? { ...target, merchantIds } : target });
  };
  const done = () => {
    setAsked(null);
    standing.reload();
    decisions.reload();
  };
  useEffect(() => {
    if (!desk.mayDecide) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "d" || !isShortcut(event)) return;
      event.preventDefault();
      decide();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });

  return (
    <article class="case">
      <header class="case-head">
        <p class="crumbs">
          <a href="#/queue">Queue</a> / rank {count(of.cluster.rank)} of {count(of.clusters_in_run)}
        </p>
        <div class="head-line">
          <h1 tabIndex={-1}>
            <Text value={of.headline} limit={160} />
          </h1>
          <div class="buttons">
            {desk.mayDecide ? (
              <>
                <button type="button" class="primary" onClick={() => decide()}>
                  Decide
                </button>
                <button type="button" onClick={() => setAsked({ kind: "assign" })}>
                  Assign
                </button>
                <button type="button" onClick={() => setAsked({ kind: "snooze" })}>
                  Snooze
                </button>
              </>
            ) : null}
            <Exports id={id} />
            <button type="button" onClick={() => print()}>
              Print
            </button>
          </div>
        </div>
        <dl class="facts">
          <Fact name="Case"><span class="id">{id}</span></Fact>
          <Fact name="Score"><Score value={of.cluster.score} /></Fact>
          <Fact name="Proposed"><ActionChip action={of.cluster.action} /></Fact>
          <Fact name="State"><StateChip state={row?.state} until={until} /></Fact>
          <Fact name="Assignee">{assignee ? <Plain value={assignee} limit={24} /> : <span class="quiet">nobody</span>}</Fact>
          <Fact name="Merchants">{count(of.cluster.size)}</Fact>
          <Fact name="At risk, 30 days">{count(of.cluster.exposure)}</Fact>
          <Fact name="Evidence">{bits(of.cluster.bits)} bits</Fact>
          <Fact name="First formed">{day(of.cluster.first_formed)} <span class="quiet">({age(of.cluster.first_formed, answer.as_of)})</span></Fact>
          {of.cluster.fraud_labels + of.cluster.legit_labels > 0 ? (
            <Fact name="Earlier verdicts">
              {of.cluster.fraud_labels} fraud, {of.cluster.legit_labels} honest
            </Fact>
          ) : null}
        </dl>
        {(of.cluster.held_by ?? []).length > 0 ? <p class="held">Held back by {of.cluster.held_by?.map(words).join(", ")}: the action is milder than the score alone would have it.</p> : null}
      </header>
      <section class="panel why" aria-labelledby="why">
        <h2 id="why">In short</h2>
        {of.why.map((sentence, at) => (
          <p key={at}>
            <Text value={sentence} limit={400} />
          </p>
        ))}
      </section>
      <div class="case-columns">
        <div>
          <Waterfall of={of} />
          <WeakestLink of={of} />
          <Honest of={of} />
        </div>
        <div>
          <CaseGraph id={id} size={of.cluster.size} />
          <TimeLine of={of} />
          <div class="case-columns">
            <Addresses of={of} />
            <Lineage of={of} run={answer.run_id} previousRun={desk.run?.run_id === answer.run_id ? desk.run.previous_run_id : null} />
          </div>
        </div>
      </div>
      <EvidenceTable of={of} />
      <Members of={of} decide={decide} />
      <Decisions of={decisions.data?.items ?? []} reload={done} />
      <p class="print-foot">
        Case {id}, run {answer.run_id}, as of {day(answer.as_of)}
      </p>
      {asked?.kind === "decide" ? <DecideDialog target={asked.target} onClose={() => setAsked(null)} onDone={done} /> : null}
      {asked?.kind === "assign" ? <AssignDialog id={id} assignee={assignee} onClose={() => setAsked(null)} onDone={done} /> : null}
      {asked?.kind === "snooze" ? <SnoozeDialog id={id} until={until} asOf={answer.as_of} onClose={() => setAsked(null)} onDone={done} /> : null}
    </article>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const EXPORTS: [format: string, label: string][] = [
  ["html", "Case file (page)"],
  ["csv", "Members (CSV)"],
  ["graphml", "Graph: GraphML"],
  ["gexf", "Graph: GEXF"],
  ["dot", "Graph: DOT"],
  ["json", "Graph: JSON"],
  ["cypher", "Graph: Cypher"],
];

function Exports({ id }: { id: string }) {
  return (
    <details class="menu">
      <summary>Export</summary>
      <ul>
        {EXPORTS.map(([format, label]) => (
          <li key={format}>
            <a href={address(`/clusters/${segment(id)}/export`, { format })} download>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Decisions({ of, reload }: { of: CaseDecision[]; reload: () => void }) {
  const desk = useDesk();
  if (of.length === 0) return null;
  return (
    <Section title="Decisions on this case" id="decisions">
      <ol class="decisions">
        {of.map((one) => (
          <li key={one.id} class={one.undone ? "undone" : ""}>
            <strong>{words(one.verdict)}</strong> by <Plain value={one.decided_by} limit={30} /> on {day(one.decided_at)}
            {one.whole ? "" : ` for ${plural(one.merchant_ids.length, "member")}`}
            {one.reason_code ? <span class="quiet"> ({words(one.reason_code)})</span> : null}
            {one.undone ? (
              <span class="chip">
                taken back by <Plain value={one.undone.by} limit={30} />
              </span>
            ) : null}
            {one.exceptions.map((made) => (
              <p class="detail" key={`${made.kind}/${made.value}`}>
                Exception until {day(made.expires_at)}: <Kind type={made.kind} /> <Text value={made.value} /> (<Text value={made.reason} limit={120} />)
              </p>
            ))}
            {one.note ? (
              <p class="detail">
                <Text value={one.note} limit={300} />
              </p>
            ) : null}
            {desk.mayDecide && !one.undone ? (
              <button type="button" class="plain" onClick={() => undo([one.id], desk.say, reload)}>
                Take back
              </button>
            ) : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}

interface SmallDialog {
  id: string;
  onClose: () => void;
  onDone: () => void;
}

function useSending(path: string, onDone: () => void) {
  const desk = useDesk();
  const [error, setError] = useState("");
  const go = (body: unknown, message: string) => {
    send("POST", path, body).then(
      () => {
        desk.say(message);
        onDone();
      },
      (reason: unknown) => setError(reason instanceof ApiError ? reason.message : "The service does not answer."),
    );
  };
  return { error, go };
}

function AssignDialog({ id, assignee, onClose, onDone }: SmallDialog & { assignee: string | null }) {
  const desk = useDesk();
  const [name, setName] = useState(assignee ?? desk.me?.user ?? "");
  const { error, go } = useSending(`/clusters/${segment(id)}/assign`, onDone);
  const submit = (event: Event) => {
    event.preventDefault();
    go({ assignee: name.trim() || null }, name.trim() ? `${id} assigned to ${name.trim()}.` : `${id} assigned to nobody.`);
  };
  return (
    <Dialog title="Assign" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="To" hint="Leave it empty to give the case back to everybody.">
          {(field, hint) => <input id={field} type="text" autofocus maxLength={100} aria-describedby={hint} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <p class="trouble-line" role="alert">{error}</p>
        <div class="buttons">
          <button type="submit" class="primary">Assign</button>
          <button type="button" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}

function weekAfter(time: string): string {
  const start = Math.max(Date.parse(time) || 0, Date.now());
  return new Date(start + 7 * 86_400_000).toISOString().slice(0, 10);
}

function SnoozeDialog({ id, until, asOf, onClose, onDone }: SmallDialog & { until: string | null; asOf: string }) {
  const [date, setDate] = useState(until?.slice(0, 10) ?? weekAfter(asOf));
  const { error, go } = useSending(`/clusters/${segment(id)}/snooze`, onDone);
  const submit = (event: Event) => {
    event.preventDefault();
    go({ until: date }, `${id} snoozed until ${date}.`);
  };
  return (
    <Dialog title="Snooze" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Until" hint="The case leaves the open queue until that day.">
          {(field, hint) => <input id={field} type="date" autofocus required aria-describedby={hint} value={date} onInput={(event) => setDate(event.currentTarget.value)} />}
        </Field>
        <p class="trouble-line" role="alert">{error}</p>
        <div class="buttons">
          <button type="submit" class="primary">Snooze</button>
          {until ? <button type="button" onClick={() => go({ until: null }, `${id} is back in the queue.`)}>Wake now</button> : null}
          <button type="button" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}
