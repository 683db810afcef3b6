// What the API answers, as far as the desk reads it. Fields behind `?` come from the record of decisions
// and are absent where the service runs without one.

export type Action = "enforce" | "review" | "monitor";
export type CaseState = "open" | "confirmed" | "honest" | "unsure" | "escalated" | "snoozed";
export type Verdict = "confirm" | "honest" | "unsure" | "escalate";
export type Role = "viewer" | "investigator" | "service" | "admin";

export interface OfRun {
  run_id: string;
  as_of: string;
}

export interface Page<T> extends OfRun {
  items: T[];
  next_cursor: string | null;
  total: number;
}

export interface ReasonPoints {
  code: string;
  points: number;
  title: string;
}

export interface QueueRow {
  rank: number;
  cluster_id: string;
  score: number;
  action: Action;
  size: number;
  entities: number;
  bits: number;
  exposure: number;
  fraud_labels: number;
  legit_labels: number;
  first_formed: string;
  reasons?: ReasonPoints[];
  main_reason?: string;
  held_by?: string[];
  state?: CaseState;
  assignee?: string | null;
  snoozed_until?: string | null;
  decided_at?: string | null;
}

export interface Member {
  merchant_id: string;
  role: "core" | "member" | "fringe";
  membership: number;
  action: Action;
  links: number;
  bits: number;
  name: string;
  category: string;
  city: string;
  country: string;
  registered_at: string;
  status: string;
  owner_id: string;
  gmv_30d: number | null;
  label: string;
  held_by: string[];
}

export interface Evidence {
  entity_type: string;
  entity: string;
  shown: string;
  hub_class: string;
  members: number;
  merchants: number;
  bits: number;
  first_seen: string;
  last_seen: string;
  dissolves: number;
}

export interface TimeEvent {
  at: string;
  kind: "registered" | "first_used" | "first_shared" | "last_used";
  subject: string;
  text: string;
}

export interface Burst {
  from: string;
  to: string;
  registrations: number;
  of: number;
}

export interface HonestExplanation {
  explanation: string;
  verdict: "counted" | "seen" | "does_not_apply";
  points: number;
  detail: string;
}

export interface LineageStep {
  event: string;
  previous_cluster_id: string;
  overlap: number;
}

export interface LivingCase {
  cluster: QueueRow & { groups: string[] };
  clusters_in_run: number;
  headline: string;
  why: string[];
  prior: number;
  log_odds: number;
  reasons: { code: string; title: string; points: number; detail: string }[];
  members: Member[];
  evidence: Evidence[];
  time_line: { events: TimeEvent[]; bursts: Burst[] };
  weakest: { kind: string; id: string; shown: string; bits: number; left: number; size: number } | null;
  /** The fewest things without which no more than half of the members hang together. */
  dissolution?: { values: number; needed: { entity_type: string; entity: string; shown: string; members: number }[]; ties: [string, string][]; bits: number; score: number; left: number } | null;
  /** What chance alone would make of it; null where that was not worked out. */
  chance?: { sentence: string } | null;
  honest: HonestExplanation[];
  lineage: LineageStep[];
  nearby: { cluster_id: string; score: number | null; through: number; kinds: string[]; merchants: number }[];
}

export interface CaseDecision {
  id: number;
  decided_at: string;
  decided_by: string;
  run_id: string;
  cluster_id: string;
  /** Whether it speaks of the whole cluster. */
  whole: boolean;
  merchant_ids: string[];
  verdict: Verdict;
  reason_code: string;
  note: string;
  exceptions: { kind: string; value: string; reason: string; expires_at: string }[];
  undone: { at: string; by: string } | null;
}

export interface CaseAnswer extends OfRun {
  case?: LivingCase | null;
  retired?: boolean;
  became?: { cluster_id: string; event: string | null; overlap: number | null }[];
  ended?: { born: string; last: string } | null;
}

export interface GraphNode {
  id: string;
  kind: "merchant" | "entity";
  label: string;
  role?: string | null;
  membership?: number | null;
  entity_type?: string | null;
  hub_class?: string | null;
  members?: number | null;
  merchants?: number | null;
  bits?: number | null;
  x: number;
  y: number;
  hidden_neighbors: number;
}

export interface GraphLink {
  source: string;
  target: string;
  bits: number;
  first_seen: string | null;
  last_seen: string | null;
}

export interface GraphAnswer extends OfRun {
  nodes: GraphNode[];
  links: GraphLink[];
  truncated: boolean;
}

export interface MerchantAnswer extends OfRun {
  merchant: {
    merchant_id: string;
    place: { cluster: QueueRow; member: Member } | null;
    links: {
      entity_type: string;
      entity: string;
      shown: string;
      hub_class: string;
      merchants: number;
      first_seen: string;
      last_seen: string;
      events: number;
      others: { merchant_id: string; cluster_id: string }[];
    }[];
  };
  cluster_id: string | null;
  previous_ids?: string[];
  reasons?: ReasonPoints[];
}

export interface Through {
  entity_type: string;
  entity: string;
  shown: string;
  merchants: number;
}

export interface Neighbors {
  merchant_id: string;
  in_all: number;
  neighbors: { merchant_id: string; cluster_id: string; closeness: number; through: Through[] }[];
}

export interface PathAnswer {
  from: string;
  to: string;
  connected: boolean;
  gave_up: boolean;
  steps: { through: Through | null; merchant_id: string; cluster_id: string }[];
}

export interface EntityAnswer extends OfRun {
  entity_type: string;
  entity: string;
  shown: string;
  hub_class: string;
  merchants: number;
  truncated?: boolean;
  users: { merchant_id: string; cluster_id: string; first_seen: string; last_seen: string; events: number }[];
  clusters: { cluster_id: string; score: number; action: Action; size: number }[];
}

export interface SearchHit {
  kind: "merchant" | "cluster" | "entity";
  id: string;
  label: string;
  entity_type?: string | null;
  cluster_id?: string | null;
}

export interface DiffSide {
  rank: number;
  score: number;
  action: Action;
  size: number;
}

export interface Diff {
  run_a: string;
  run_b: string;
  counts: Record<string, number>;
  clusters: {
    cluster_id: string;
    event: string;
    other: string;
    before: DiffSide | null;
    after: DiffSide | null;
    joined: number;
    left: number;
    action_changed: boolean;
    score_moved: boolean;
  }[];
  merchants: { merchant_id: string; moved: string; from: string; to: string }[];
}

export interface RunSummary {
  run_id: string;
  as_of: string;
  previous_run_id?: string | null;
  counts: Record<string, number>;
  actions: Partial<Record<Action, number>>;
  /** Clusters by score, ten bars from 0 to 1. */
  scores: number[];
  /** Clusters with at least `from` members, and fewer than the next bar's. */
  sizes: { from: number; clusters: number }[];
  /** Lineage events since the run before, by name. */
  events: Record<string, number>;
  inputs: Record<string, { accepted: number; rejected: number }>;
  hubs: number;
  seconds: number;
}

export interface RunAnswer extends OfRun {
  previous_run_id: string | null;
  status?: string;
  counts: Record<string, number>;
  findings: { code: string; severity: string; sentence: string; count: number }[];
  held_by: string[];
  stages?: { stage: string; seconds: number }[];
}

export interface Me {
  user: string;
  role: Role;
  auth: "open" | "token";
  csrf: string | null;
  keeps_decisions: boolean;
}

export interface ReasonCode {
  code: string;
  title: string;
  verdicts: Verdict[];
}

export interface ExceptionRequest {
  kind: string;
  value: string;
  reason: string;
  expires_at: string;
}

export interface ExceptionPreview {
  clusters: { cluster_id: string; size: number; bits_before: number; bits_after: number; would_dissolve: boolean }[];
  merchants: number;
}

export interface DecisionRequest {
  cluster_id: string;
  merchant_ids: string[] | null;
  verdict: Verdict;
  reason_code: string;
  note: string;
  run_id: string;
  exceptions: ExceptionRequest[];
}

export interface ReviewedGroup {
  /** What the group is of: all reviewed cases, an action, a band of scores. */
  by: string;
  group: string;
  reviewed: number;
  confirmed: number;
  precision: { share: number; low: number; high: number };
}
