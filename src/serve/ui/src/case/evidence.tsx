// What they share, where they are, what it hangs on, and what speaks for honesty.

import { Bar, ClusterLink, EntityLink, HubChip, Kind, Plain, Section, Table, Th, useShort } from "../components";
import { bits, count, day, kindWord, plural, points, score, words } from "../format";
import type { Evidence, LivingCase } from "../types";

export function EvidenceTable({ of }: { of: LivingCase }) {
  const { shown, control } = useShort(of.evidence, 25);
  const most = of.evidence.reduce((a, row) => Math.max(a, row.bits), 1);
  return (
    <Section title="What they share" id="evidence" note="Ten bits: a thousand times likelier under one hand than by accident. Others: merchants outside this case on the same value.">
      <Table
        caption="Shared values, the most telling first"
        head={
          <>
            <Th>What</Th>
            <Th>Value</Th>
            <Th>Class</Th>
            <Th number>Members</Th>
            <Th number>Others</Th>
            <Th>Since</Th>
            <Th>Until</Th>
            <Th>Bits</Th>
          </>
        }
      >
        {shown.map((row) => (
          <tr key={`${row.entity_type}/${row.entity}`}>
            <td>
              <Kind type={row.entity_type} />
            </td>
            <th scope="row">
              <EntityLink type={row.entity_type} value={row.entity} shown={row.shown} />
            </th>
            <td>
              <HubChip hub={row.hub_class} />
            </td>
            <td class="number">
              {count(row.members)} <span class="quiet">of {count(of.cluster.size)}</span>
            </td>
            <td class={`number ${row.merchants > row.members ? "strong" : "quiet"}`}>{count(row.merchants - row.members)}</td>
            <td class="date">{day(row.first_seen)}</td>
            <td class="date">{day(row.last_seen)}</td>
            <td class="bits-cell">
              <Bar share={row.bits / most} tone="for" /> <span class="figure">{bits(row.bits)}</span>
            </td>
          </tr>
        ))}
      </Table>
      {control}
    </Section>
  );
}

const PLACE_TYPES = new Set(["address", "building", "place"]);

export function Addresses({ of }: { of: LivingCase }) {
  const cities = new Map<string, number>();
  for (const member of of.members) {
    const city = [member.city, member.country].filter(Boolean).join(", ") || "no city given";
    cities.set(city, (cities.get(city) ?? 0) + 1);
  }
  const sorted = [...cities].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const places = of.evidence.filter((row) => PLACE_TYPES.has(row.entity_type));
  const most = sorted[0]?.[1] ?? 1;
  return (
    <Section title="Where they are" id="addresses">
      <ul class="cities">
        {sorted.slice(0, 12).map(([city, n]) => (
          <li key={city}>
            <span>
              <Plain value={city} limit={40} />
            </span>
            <Bar share={n / most} tone="plain" />
            <span class="figure">{count(n)}</span>
          </li>
        ))}
      </ul>
      {sorted.length > 12 ? <p class="quiet">and {sorted.length - 12} more places</p> : null}
      {places.length > 0 ? (
        <>
          <h3>Shared addresses</h3>
          <ul class="addresses">
            {places.slice(0, 30).map((row: Evidence) => (
              <li key={`${row.entity_type}/${row.entity}`}>
                <Kind type={row.entity_type} /> <EntityLink type={row.entity_type} value={row.entity} shown={row.shown} />
                <span class="quiet">
                  {" "}
                  {plural(row.members, "member")}, {plural(row.merchants - row.members, "other")}
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p class="quiet">No two members share an address.</p>
      )}
    </Section>
  );
}

export function WeakestLink({ of }: { of: LivingCase }) {
  const weakest = of.weakest;
  if (!weakest) return null;
  return (
    <Section title="Weakest link" class="aside-panel">
      <p>
        <Kind type={weakest.kind} />{" "}
        <strong>{weakest.kind === "relation" || weakest.kind === "merchant" ? <Plain value={weakest.shown} /> : <EntityLink type={weakest.kind} value={weakest.id} shown={weakest.shown} />}</strong>{" "}
        <span class="quiet">{bits(weakest.bits)} bits</span>
      </p>
      <p>
        Without it the largest piece keeps {weakest.left} of {weakest.size}. If this {kindWord(weakest.kind).toLowerCase()} has an innocent explanation,{" "}
        {weakest.left < 2 ? "nothing is left of the case." : "the case falls into pieces, and each stands for itself."}
      </p>
      <div class="split" aria-hidden="true">
        <Bar share={weakest.left / Math.max(weakest.size, 1)} tone="plain" />
      </div>
      <Dissolution of={of} />
      {of.chance ? (
        <>
          <h3>By chance</h3>
          <p>
            <Plain value={of.chance.sentence} limit={300} />
          </p>
        </>
      ) : null}
    </Section>
  );
}

const NEEDED_SHOWN = 8;

/** What would have to be refuted before the case falls apart. */
function Dissolution({ of }: { of: LivingCase }) {
  const found = of.dissolution;
  if (!found) return null;
  return (
    <>
      <h3>What would dissolve it</h3>
      <p>
        Refuting {plural(found.values, "thing")} worth {bits(found.bits)} bits: then no more than half hang together, and{" "}
        {found.left > 0 ? `the surest piece left, of ${found.left}, scores ${score(found.score)}.` : "no cluster is left."}
      </p>
      <ol class="needed">
        {found.needed.slice(0, NEEDED_SHOWN).map((value) => (
          <li key={`${value.entity_type}/${value.entity}`}>
            <Kind type={value.entity_type} /> <EntityLink type={value.entity_type} value={value.entity} shown={value.shown} /> <span class="quiet">{plural(value.members, "member")}</span>
          </li>
        ))}
        {found.ties.slice(0, NEEDED_SHOWN).map(([a, b]) => (
          <li key={`${a} ${b}`}>
            <Kind type="relation" /> <Plain value={a} /> and <Plain value={b} />
          </li>
        ))}
      </ol>
      {found.needed.length > NEEDED_SHOWN ? <p class="quiet">and {found.needed.length - NEEDED_SHOWN} more</p> : null}
    </>
  );
}

const VERDICT_WORDS = { counted: "counted", seen: "seen, no points", does_not_apply: "does not apply" };

export function Honest({ of }: { of: LivingCase }) {
  const looked = of.honest.filter((one) => one.verdict !== "does_not_apply");
  const idle = of.honest.filter((one) => one.verdict === "does_not_apply");
  return (
    <Section title="Honest explanations considered" class="aside-panel">
      {looked.length > 0 ? (
        <ul class="honest">
          {looked.map((one) => (
            <li key={one.explanation}>
              <strong>{one.explanation}</strong> <span class={`chip honest-${one.verdict}`}>{one.verdict === "counted" ? points(one.points) : VERDICT_WORDS[one.verdict]}</span>
              <span class="detail">{one.detail}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p>None of those looked for applies.</p>
      )}
      {idle.length > 0 ? (
        <details>
          <summary>{plural(idle.length, "other")} looked for and not found</summary>
          <ul class="honest">
            {idle.map((one) => (
              <li key={one.explanation}>
                {one.explanation}
                <span class="detail">{one.detail}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </Section>
  );
}

const EVENT_WORDS: Record<string, string> = {
  born: "New in this run",
  continued: "The same as in the previous run",
  grown: "Grown since the previous run",
  shrunk: "Shrunk since the previous run",
  merged: "Merged from",
  split: "Cut from",
  dissolved: "Dissolved",
};

export function Lineage({ of, previousRun, run }: { of: LivingCase; previousRun: string | null; run: string }) {
  return (
    <Section title="Since the previous run" class="aside-panel">
      <ul class="lineage">
        {of.lineage.map((step) => (
          <li key={`${step.event}/${step.previous_cluster_id}`}>
            <strong>{EVENT_WORDS[step.event] ?? words(step.event)}</strong>
            {step.previous_cluster_id && step.previous_cluster_id !== of.cluster.cluster_id ? (
              <>
                {" "}
                <ClusterLink id={step.previous_cluster_id} />
              </>
            ) : null}
            {step.event !== "born" ? <span class="quiet"> overlap {score(step.overlap)}</span> : null}
          </li>
        ))}
      </ul>
      {previousRun ? (
        <p>
          <a href={`#/diff?from=${encodeURIComponent(previousRun)}&to=${encodeURIComponent(run)}`}>All that changed between the two runs</a>
        </p>
      ) : null}
      {of.nearby.length > 0 ? (
        <>
          <h3>Nearby cases</h3>
          <ul class="nearby">
            {of.nearby.map((near) => (
              <li key={near.cluster_id}>
                <ClusterLink id={near.cluster_id} />{" "}
                <span class="quiet">
                  {near.score != null ? `score ${score(near.score)}, ` : ""}
                  {plural(near.through, "value")} in common ({near.kinds.map((kind) => kindWord(kind).toLowerCase()).join(", ")})
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Section>
  );
}
