// Deciding: verdict, reason, note, and for an honest verdict an exception on the value that caused it.

import { useEffect, useState } from "preact/hooks";
import { ApiError, send } from "./api";
import { Dialog, Field, Kind, Plain, useAnswer } from "./components";
import { useDesk } from "./desk";
import { bits, count, kindWord, plural } from "./format";
import type { CaseDecision, DecisionRequest, Evidence, ExceptionPreview, ExceptionRequest, ReasonCode, Verdict } from "./types";

export interface DecideTarget {
  runId: string;
  /** One case, or several for a decision on all of them. */
  clusterIds: string[];
  /** Chosen members of the one case; absent for the whole of it. */
  merchantIds?: string[];
  /** What the members share: what an exception may be made for. */
  evidence?: Evidence[];
}

const VERDICTS: [Verdict, string, string][] = [
  ["confirm", "Confirm", "one hand runs them"],
  ["honest", "Honest", "what they share has an innocent explanation"],
  ["unsure", "Unsure", "looked at, no verdict yet"],
  ["escalate", "Escalate", "someone else has to decide"],
];
const DONE: Record<Verdict, string> = { confirm: "confirmed", honest: "judged honest", unsure: "left as unsure", escalate: "escalated" };
const NOTE_LIMIT = 2000;

export function DecideDialog({ target, onClose, onDone }: { target: DecideTarget; onClose: () => void; onDone: () => void }) {
  const desk = useDesk();
  const codes = useAnswer<ReasonCode[]>("/reason-codes");
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [code, setCode] = useState("");
  const [note, setNote] = useState("");
  const [exceptions, setExceptions] = useState<ExceptionRequest[]>([]);
  const [error, setError] = useState("");
  const [sending, setSending] = useState(false);

  const fitting = (codes.data ?? []).filter((entry) => verdict && entry.verdicts.includes(verdict));
  useEffect(() => {
    if (verdict && !fitting.some((entry) => entry.code === code)) setCode(fitting[0]?.code ?? "");
  }, [verdict, codes.data]);

  const what =
    target.clusterIds.length > 1
      ? plural(target.clusterIds.length, "case")
      : target.merchantIds
        ? `${plural(target.merchantIds.length, "member")} of ${target.clusterIds[0]}`
        : `${target.clusterIds[0]}, all members`;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!verdict) {
      setError("Choose a verdict first.");
      return;
    }
    setSending(true);
    setError("");
    const decisions = target.clusterIds.map((id) => ({
      cluster_id: id,
      merchant_ids: target.merchantIds ?? null,
      verdict,
      reason_code: code,
      note: note.trim(),
      run_id: target.runId,
      exceptions: verdict === "honest" ? exceptions : [],
    }));
    try {
      const ids = await record(decisions);
      desk.say(`${what} ${DONE[verdict]}.`, () => undo(ids, desk.say, onDone));
      onDone();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.message : "The decision did not reach the service. Nothing was recorded.");
      setSending(false);
    }
  };

  return (
    <Dialog title="Decide" onClose={onClose} wide>
      <form class="decide" onSubmit={submit}>
        <p>
          On <strong><Plain value={what} limit={80} /></strong>
        </p>
        <fieldset class="verdicts">
          <legend>Verdict</legend>
          {VERDICTS.map(([value, label, says], at) => (
            <label key={value} class={`verdict-choice ${verdict === value ? "on" : ""}`}>
              <input type="radio" name="verdict" value={value} checked={verdict === value} autofocus={at === 0} onChange={() => setVerdict(value)} />
              <span>
                <strong>{label}</strong>
                <span class="quiet">{says}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {fitting.length > 0 ? (
          <Field label="Reason">
            {(id) => (
              <select id={id} name="reason_code" value={code} onChange={(event) => setCode(event.currentTarget.value)}>
                {fitting.map((entry) => (
                  <option key={entry.code} value={entry.code}>
                    {entry.title}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        <Field label="Note" hint="What you saw that the desk does not know. It is kept with the decision.">
          {(id, hint) => <textarea id={id} name="note" rows={3} maxLength={NOTE_LIMIT} aria-describedby={hint} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
        </Field>
        {verdict === "honest" && target.evidence && target.evidence.length > 0 ? (
          <Exceptions evidence={target.evidence} made={exceptions} change={setExceptions} />
        ) : null}
        <p class="trouble-line" role="alert">
          {error}
        </p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={sending}>
            {sending ? "Recording…" : "Record decision"}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Records all or none, and tells under which numbers. */
async function record(decisions: DecisionRequest[]): Promise<number[]> {
  const [first] = decisions;
  if (decisions.length === 1 && first) return [(await send<CaseDecision>("POST", "/decisions", first)).id];
  const answer = await send<{ items: CaseDecision[] }>("POST", "/decisions/bulk", { decisions });
  return answer.items.map((made) => made.id);
}

/** Takes recorded decisions back, which is a record of its own. */
export function undo(ids: number[], say: (message: string) => void, done: () => void): void {
  Promise.all(ids.map((id) => send("POST", `/decisions/${id}/undo`))).then(
    () => {
      say(ids.length === 1 ? "Decision taken back." : `${ids.length} decisions taken back.`);
      done();
    },
    (reason: unknown) => {
      say(reason instanceof ApiError ? `Not taken back: ${reason.message}` : "Not taken back: the service does not answer.");
      done();
    },
  );
}

/** The typed, expiring exceptions an honest verdict may carry, each with a preview of its effect. */
function Exceptions({ evidence, made, change }: { evidence: Evidence[]; made: ExceptionRequest[]; change: (made: ExceptionRequest[]) => void }) {
  const offered = evidence.filter((row) => row.entity_type !== "relation").slice(0, 12);
  const named = (row: Evidence) => (one: ExceptionRequest) => one.kind === row.entity_type && one.value === row.entity;
  const toggle = (row: Evidence) => {
    change(
      made.some(named(row))
        ? made.filter((one) => !named(row)(one))
        : [...made, { kind: row.entity_type, value: row.entity, reason: "", expires_at: inAYear() }],
    );
  };
  const edit = (row: Evidence, part: Partial<ExceptionRequest>) => change(made.map((one) => (named(row)(one) ? { ...one, ...part } : one)));
  return (
    <fieldset class="exceptions">
      <legend>Was one value the cause? Make an exception for it</legend>
      <p class="hint">From the next run on, an excepted value counts as evidence for nobody, until the day it ends.</p>
      {offered.map((row) => {
        const one = made.find(named(row));
        return (
          <div key={`${row.entity_type}/${row.entity}`} class="exception">
            <label>
              <input type="checkbox" checked={one !== undefined} onChange={() => toggle(row)} />
              <Kind type={row.entity_type} /> <Plain value={row.shown || row.entity} limit={48} />{" "}
              <span class="quiet">
                {plural(row.members, "member")}, {plural(row.merchants - row.members, "other")}
              </span>
            </label>
            {one ? (
              <div class="exception-more">
                <label>
                  <span>Because</span>
                  <input type="text" required maxLength={300} placeholder="this building is a mall" value={one.reason} onInput={(event) => edit(row, { reason: event.currentTarget.value })} />
                </label>
                <label>
                  <span>Ends on</span>
                  <input type="date" required value={one.expires_at} onInput={(event) => edit(row, { expires_at: event.currentTarget.value })} />
                </label>
                <Preview kind={row.entity_type} value={row.entity} />
              </div>
            ) : null}
          </div>
        );
      })}
    </fieldset>
  );
}

function inAYear(): string {
  const then = new Date();
  then.setFullYear(then.getFullYear() + 1);
  return then.toISOString().slice(0, 10);
}

function Preview({ kind, value }: { kind: string; value: string }) {
  const [seen, setSeen] = useState<ExceptionPreview | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    send<ExceptionPreview>("POST", "/exceptions/preview", { kind, value }).then(setSeen, (reason: unknown) =>
      setFailed(reason instanceof ApiError ? reason.message : "no preview"),
    );
  }, [kind, value]);
  if (failed) return <p class="hint">No preview: {failed}</p>;
  if (!seen) return <p class="hint">Working out the effect…</p>;
  const ending = seen.clusters.filter((cluster) => cluster.would_dissolve);
  return (
    <div class="preview" role="status">
      <p>
        Without this {kindWord(kind).toLowerCase()}: {plural(seen.clusters.length, "cluster")} with {plural(seen.merchants, "merchant")} {seen.clusters.length === 1 ? "loses" : "lose"} evidence, and {ending.length === 0 ? "none" : count(ending.length)} would fall apart.
      </p>
      <ul>
        {seen.clusters.slice(0, 5).map((cluster) => (
          <li key={cluster.cluster_id}>
            <span class="id">{cluster.cluster_id}</span>: {plural(cluster.size, "merchant")}, {bits(cluster.bits_before)} → {bits(cluster.bits_after)} bits
            {cluster.would_dissolve ? ", falls apart" : ""}
          </li>
        ))}
      </ul>
      {seen.clusters.length > 5 ? <p class="hint">and {seen.clusters.length - 5} more</p> : null}
    </div>
  );
}
