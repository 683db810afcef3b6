// The queue: what is waiting, best first; filters, search as you type, work by keyboard.

import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import { ActionChip, Pending, Plain, Score, StateChip, Th, useAnswer } from "../components";
import { DecideDialog, type DecideTarget } from "../decide";
import { isShortcut, useDesk } from "../desk";
import { age, count, day, plural, points, short } from "../format";
import { link, toCase } from "../router";
import type { Page, QueueRow } from "../types";

const FILTERS = ["action", "state", "assignee", "min_score", "sort", "q"] as const;
type Filters = Record<(typeof FILTERS)[number], string>;
const TYPING_MS = 250;

function readFilters(query: URLSearchParams): Filters {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""])) as Filters;
}

export function QueueScreen({ query }: { query: URLSearchParams }) {
  const filters = readFilters(query);
  const answered = useAnswer<Page<QueueRow>>("/clusters", { ...filters, limit: 50 });
  const [more, setMore] = useState<Page<QueueRow>[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deciding, setDeciding] = useState<DecideTarget | null>(null);
  const desk = useDesk();
  const first = answered.data;
  useEffect(() => setMore([]), [first]);
  const rows = first ? [first, ...more].flatMap((page) => page.items) : [];
  const cursor = (more.at(-1) ?? first)?.next_cursor ?? null;

  // From the address as it is now: what was typed arrives late, and another filter may have changed since.
  const set = (name: string, value: string) => {
    const current = readFilters(new URLSearchParams(location.hash.split("?")[1] ?? ""));
    location.replace(link("queue", [], { ...current, [name]: value }));
  };
  const loadMore = () => {
    get<Page<QueueRow>>("/clusters", { ...filters, limit: 50, cursor }).then(
      (page) => setMore([...more, page]),
      () => answered.reload(),
    );
  };
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const decide = (ids: string[]) => {
    if (!desk.mayDecide || !first || ids.length === 0) return;
    setDeciding({ runId: first.run_id, clusterIds: ids });
  };
  const list = useRowKeys({ toggle: desk.mayDecide ? toggle : () => {}, decide: (id) => decide(chosen.size > 0 ? [...chosen] : [id]) });
  const filtered = FILTERS.some((name) => name !== "sort" && filters[name] !== "");

  return (
    <>
      <div class="head-line">
        <h1 tabIndex={-1}>Queue</h1>
        <p class="quiet" role="status">
          {first ? `${plural(first.total, "case")}${filtered ? " match" : ""}, as of ${day(first.as_of)}` : ""}
        </p>
      </div>
      <QueueFilters filters={filters} set={set} filtered={filtered} />
      {chosen.size > 0 ? (
        <div class="bulk" role="region" aria-label="Chosen cases">
          <span>{plural(chosen.size, "case")} chosen</span>
          <button type="button" class="primary" onClick={() => decide([...chosen])}>
            Decide on all
          </button>
          <button type="button" onClick={() => setChosen(new Set())}>
            Choose none
          </button>
        </div>
      ) : null}
      <Pending of={answered} />
      {first && rows.length === 0 ? (
        <p class="empty">{filtered ? "No case matches these filters." : "This run has no clusters: nothing is waiting."}</p>
      ) : null}
      {rows.length > 0 ? (
        <div ref={list} class={`queue ${answered.loading ? "stale" : ""}`}>
          <table>
            <caption class="unseen">Cases, best first. Keys: j and k move, Enter opens, x chooses, d decides.</caption>
            <thead>
              <tr>
                {desk.mayDecide ? (
                  <Th class="pick">
                    <span class="unseen">Chosen</span>
                  </Th>
                ) : null}
                <Th number>Rank</Th>
                <Th>Case</Th>
                <Th>Score</Th>
                <Th>Action</Th>
                <Th number>Size</Th>
                <Th number>At risk</Th>
                <Th>Reasons</Th>
                <Th>Age</Th>
                <Th>State</Th>
                <Th>Assignee</Th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.cluster_id} row={row} asOf={first?.as_of ?? ""} chosen={chosen.has(row.cluster_id)} toggle={desk.mayDecide ? toggle : null} />
              ))}
            </tbody>
          </table>
          {cursor ? (
            <p class="more-rows">
              <button type="button" onClick={loadMore}>
                Show more
              </button>{" "}
              <span class="quiet">
                {count(rows.length)} of {count(first?.total)}
              </span>
            </p>
          ) : null}
        </div>
      ) : null}
      {deciding ? (
        <DecideDialog
          target={deciding}
          onClose={() => setDeciding(null)}
          onDone={() => {
            setDeciding(null);
            setChosen(new Set());
            answered.reload();
          }}
        />
      ) : null}
    </>
  );
}

function Row({ row, asOf, chosen, toggle }: { row: QueueRow; asOf: string; chosen: boolean; toggle: ((id: string) => void) | null }) {
  const reasons = row.reasons ?? [];
  const strongest = [...reasons].sort((a, b) => b.points - a.points).slice(0, 2);
  return (
    <tr class={chosen ? "chosen" : ""} data-id={row.cluster_id}>
      {toggle ? (
        <td class="pick">
          <input type="checkbox" aria-label={`Choose ${row.cluster_id}`} checked={chosen} onChange={() => toggle(row.cluster_id)} />
        </td>
      ) : null}
      <td class="number rank" data-label="Rank">
        {row.rank}
      </td>
      <th scope="row" class="case-id">
        <a href={toCase(row.cluster_id)} class="id">
          <Plain value={row.cluster_id} limit={30} />
        </a>
        {row.fraud_labels > 0 ? <span class="label fraud">{row.fraud_labels} known fraud</span> : null}
        {row.legit_labels > 0 ? <span class="label legit">{row.legit_labels} known honest</span> : null}
      </th>
      <td data-label="Score">
        <Score value={row.score} />
      </td>
      <td data-label="Action">
        <ActionChip action={row.action} />
      </td>
      <td class="number" data-label="Size">
        {count(row.size)}
      </td>
      <td class="number" data-label="At risk" title={count(row.exposure)}>
        {short(row.exposure)}
      </td>
      <td class="reasons">
        {strongest.length > 0
          ? strongest.map((reason, at) => (
              <span class="reason" key={reason.code} title={`${reason.code} ${points(reason.points)}`}>
                {at > 0 ? ", " : ""}
                {reason.title} <span class="quiet">{points(reason.points)}</span>
              </span>
            ))
          : row.main_reason}
        {reasons.length > 2 ? <span class="quiet">, {reasons.length - 2} more</span> : null}
      </td>
      <td data-label="Age" title={`first formed ${day(row.first_formed)}`}>
        {age(row.first_formed, asOf)}
      </td>
      <td data-label="State">
        <StateChip state={row.state} until={row.snoozed_until} />
      </td>
      <td data-label="Assignee">{row.assignee ? <Plain value={row.assignee} limit={20} /> : <span class="quiet">nobody</span>}</td>
    </tr>
  );
}

function QueueFilters({ filters, set, filtered }: { filters: Filters; set: (name: string, value: string) => void; filtered: boolean }) {
  const [typed, setTyped] = useState(filters.q);
  const desk = useDesk();
  useEffect(() => setTyped(filters.q), [filters.q]);
  useEffect(() => {
    if (typed === filters.q) return;
    const timer = setTimeout(() => set("q", typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <form class="filters" role="search" aria-label="Filter the queue" onSubmit={(event) => event.preventDefault()}>
      <label class="grow">
        <span>Contains</span>
        <input type="search" name="q" maxLength={200} spellcheck={false} autocomplete="off" placeholder="cluster, merchant, device…" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      <Choice name="action" label="Action" value={filters.action} set={set} options={[["", "all"], ["enforce", "enforce"], ["review", "review"], ["monitor", "monitor"]]} />
      <Choice name="state" label="State" value={filters.state} set={set} options={[["", "all"], ...["open", "confirmed", "honest", "unsure", "escalated", "snoozed"].map((name): [string, string] => [name, name])]} />
      <Choice name="min_score" label="Score" value={filters.min_score} set={set} options={[["", "any"], ["0.5", "0.50 and up"], ["0.8", "0.80 and up"], ["0.9", "0.90 and up"], ["0.95", "0.95 and up"]]} />
      <Choice name="sort" label="Order" value={filters.sort} set={set} options={[["", "rank"], ["exposure", "money at risk"], ["size", "size"], ["age", "age"]]} />
      <Choice name="assignee" label="Assignee" value={filters.assignee} set={set} options={[["", "anybody"], ...(desk.me ? [[desk.me.user, "me"] as [string, string]] : [])]} />
      {filtered ? (
        <button type="button" class="clear" onClick={() => location.replace(link("queue"))}>
          Clear
        </button>
      ) : null}
    </form>
  );
}

function Choice({ name, label, value, set, options }: { name: string; label: string; value: string; set: (name: string, value: string) => void; options: [string, string][] }) {
  return (
    <label>
      <span>{label}</span>
      <select name={name} value={value} onChange={(event) => set(name, event.currentTarget.value)}>
        {options.map(([code, text]) => (
          <option key={code} value={code}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** j and k walk the rows by moving the focus, so that Enter and a screen reader need nothing more. */
function useRowKeys({ toggle, decide }: { toggle: (id: string) => void; decide: (id: string) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const act = useRef({ toggle, decide });
  act.current = { toggle, decide };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!isShortcut(event) || !list.current) return;
      const links = [...list.current.querySelectorAll<HTMLAnchorElement>("th.case-id a")];
      const row = document.activeElement?.closest("tr[data-id]") ?? null;
      const at = row ? links.findIndex((anchor) => row.contains(anchor)) : -1;
      const id = row instanceof HTMLElement ? row.dataset.id : undefined;
      if (event.key === "j" || event.key === "k") {
        const next = links[event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)];
        next?.focus();
        next?.scrollIntoView({ block: "nearest" });
      } else if (event.key === "x" && id) {
        act.current.toggle(id);
      } else if (event.key === "d" && (id || links.length > 0)) {
        const wanted = id ?? links[0]?.closest<HTMLElement>("tr")?.dataset.id;
        if (wanted) act.current.decide(wanted);
      } else {
        return;
      }
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return list;
}
