// Small pieces every screen is made of.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api";
import { cut, kindWord, percent, score, spelled, words } from "./format";
import { toCase, toEntity, toMerchant } from "./router";
import type { Action, CaseState } from "./types";

export type Children = ComponentChildren;

export interface Answered<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

/** Asks the service whenever `path` or `query` changes; a null path asks nothing. The last answer stays while the next one is under way. */
export function useAnswer<T>(path: string | null, query: Record<string, string | number | null | undefined> = {}): Answered<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(path !== null);
  const [turn, setTurn] = useState(0);
  const asked = JSON.stringify(query);
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) setData(null);
    before.current = path;
    if (path === null) {
      setLoading(false);
      return;
    }
    const abort = new AbortController();
    setLoading(true);
    get<T>(path, JSON.parse(asked), abort.signal).then(
      (answer) => {
        setData(answer);
        setError(null);
        setLoading(false);
      },
      (reason: unknown) => {
        if (abort.signal.aborted) return;
        setError(reason instanceof ApiError ? reason : new ApiError(0, "unreachable", "the service does not answer"));
        setLoading(false);
      },
    );
    return () => abort.abort();
  }, [path, asked, turn]);
  return { data, error, loading, reload: () => setTurn((n) => n + 1) };
}

/** What stands where an answer will be, or why it is not there. */
export function Pending({ of }: { of: Answered<unknown> }) {
  if (of.error) {
    return (
      <div class="notice trouble" role="alert">
        <p>
          <strong>{of.error.status === 404 ? "Not in this run." : of.error.status === 403 ? "Not for your role." : "No answer."}</strong>{" "}
          <Text value={of.error.message} limit={300} />
        </p>
        <button type="button" onClick={of.reload}>
          Try again
        </button>
      </div>
    );
  }
  return of.loading && !of.data ? <p class="quiet loading">Loading…</p> : null;
}

/** Text from data: isolated, deceiving characters spelled out, cut with the whole on demand. */
export function Text({ value, limit = 60 }: { value: string; limit?: number }) {
  const [whole, setWhole] = useState(false);
  const safe = spelled(value.slice(0, 20_000));
  const brief = cut(safe, limit);
  if (brief === safe) return <bdi>{safe}</bdi>;
  return (
    <span class="cut">
      <bdi>{whole ? safe : brief}</bdi>{" "}
      <button type="button" class="more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? "less" : "all of it"}
      </button>
    </span>
  );
}

/** Text inside a link or button, where a button of its own may not be. */
export function Plain({ value, limit = 60 }: { value: string; limit?: number }) {
  return <bdi>{cut(spelled(value.slice(0, 20_000)), limit)}</bdi>;
}

export function MerchantLink({ id, name }: { id: string; name?: string | undefined }) {
  return (
    <a href={toMerchant(id)}>
      <Plain value={name || id} />
    </a>
  );
}

export function ClusterLink({ id }: { id: string }) {
  return (
    <a href={toCase(id)} class="id">
      <Plain value={id} limit={40} />
    </a>
  );
}

export function EntityLink({ type, value, shown }: { type: string; value: string; shown?: string | undefined }) {
  return (
    <a href={toEntity(type, value)}>
      <Plain value={shown || value} limit={64} />
    </a>
  );
}

export function Kind({ type }: { type: string }) {
  return <span class={`kind kind-${kindIndex(type)}`}>{kindWord(type)}</span>;
}

const KIND_ORDER = ["payout", "device", "address", "building", "phone", "email", "relation"];

/** The colour of an entity type: the known ones have their own, any other the last. */
export function kindIndex(type: string): number {
  const at = KIND_ORDER.indexOf(type);
  return at < 0 ? KIND_ORDER.length : at;
}

export function ActionChip({ action }: { action: Action }) {
  return <span class={`chip ${action}`}>{action}</span>;
}

export function StateChip({ state, until }: { state: CaseState | undefined; until?: string | null | undefined }) {
  const shown = state ?? "open";
  return <span class={`chip state-${shown}`}>{shown === "snoozed" && until ? `snoozed until ${until.slice(0, 10)}` : shown}</span>;
}

export function HubChip({ hub }: { hub: string | null | undefined }) {
  if (!hub || hub === "private") return <span class="quiet">private</span>;
  return <span class="chip hub">{words(hub)}</span>;
}

/** A probability with a bar behind it. */
export function Score({ value }: { value: number }) {
  return (
    <span class="score" title={percent(value)}>
      <Bar share={value} /> <span class="figure">{score(value)}</span>
    </span>
  );
}

export function Bar({ share, tone = "score" }: { share: number; tone?: string }) {
  const wide = Math.max(0, Math.min(1, share)) * 100;
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="track" width="100" height="10" rx="2" />
      <rect class="fill" width={wide} height="10" rx="2" />
    </svg>
  );
}

/** A table in a frame that scrolls sideways and can be reached by keyboard. */
export function Table({ caption, head, children, class: extra = "" }: { caption: string; head: Children; children: Children; class?: string }) {
  return (
    <div class={`scroll ${extra}`} role="region" aria-label={`Table: ${caption}`} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Th({ children, number = false, class: extra = "" }: { children?: Children; number?: boolean; class?: string }) {
  return (
    <th scope="col" class={`${number ? "number" : ""} ${extra}`}>
      {children}
    </th>
  );
}

/** A list that starts short: the first `first` rows, the rest on demand. */
export function useShort<T>(items: T[], first: number): { shown: T[]; rest: number; control: Children } {
  const [limit, setLimit] = useState(first);
  const shown = items.slice(0, limit);
  const rest = items.length - shown.length;
  const step = Math.min(rest, 500);
  const control =
    rest > 0 ? (
      <p class="more-rows">
        <button type="button" onClick={() => setLimit(limit + step)}>
          Show {step} more of {items.length}
        </button>
      </p>
    ) : null;
  return { shown, rest, control };
}

export function Section({ title, id, note, children, class: extra = "" }: { title: string; id?: string; note?: Children; children: Children; class?: string }) {
  const made = useId();
  const heading = id ?? made;
  return (
    <section class={`panel ${extra}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {note ? <p class="note">{note}</p> : null}
      {children}
    </section>
  );
}

/** A modal dialog: the browser keeps focus inside, Escape closes, focus returns to where it was. */
export function Dialog({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: Children; wide?: boolean }) {
  const frame = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = frame.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={frame} class={wide ? "wide" : ""} aria-labelledby={heading} onCancel={cancel}>
      <div class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </div>
      {children}
    </dialog>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: Children; children: (id: string, hintId: string | undefined) => Children }) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, hintId)}
      {hint ? (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
