// One merchant: where it stands, what it shares and with whom, who is close.

import { segment } from "../api";
import { ActionChip, Bar, ClusterLink, EntityLink, HubChip, Kind, MerchantLink, Pending, Plain, Score, Section, Table, Text, Th, useAnswer, useShort } from "../components";
import { useDesk } from "../desk";
import { bits, count, day, percent, plural, points } from "../format";
import { link } from "../router";
import type { MerchantAnswer, Neighbors, OfRun } from "../types";

type NeighborsAnswer = OfRun & (Neighbors | { neighbors: Neighbors });

export function MerchantScreen({ id }: { id: string }) {
  const answered = useAnswer<MerchantAnswer>(`/merchants/${segment(id)}`);
  const answer = answered.data;
  const member = answer?.merchant.place?.member;
  const name = member?.name || id;
  return (
    <>
      <p class="crumbs">Merchant <span class="id"><Plain value={id} limit={60} /></span></p>
      <div class="head-line">
        <h1 tabIndex={-1}>
          <Text value={name} limit={120} />
        </h1>
        <div class="buttons">
          <a class="button" href={link("path", [], { from: id })}>
            Path from here
          </a>
        </div>
      </div>
      <Pending of={answered} />
      {answer ? <Standing of={answer} /> : null}
      {answer ? <Links of={answer} /> : null}
      {answer ? <Nearest id={id} /> : null}
    </>
  );
}

function Standing({ of }: { of: MerchantAnswer }) {
  const place = of.merchant.place;
  const { run } = useDesk();
  if (!place) return <p class="notice">It is in no cluster{run ? ` of the run as of ${day(run.as_of)}` : ""}: nothing it shares ties it closely to others.</p>;
  const { cluster, member } = place;
  const reasons = of.reasons ?? cluster.reasons ?? [];
  return (
    <Section title="Where it stands">
      <dl class="facts">
        <div><dt>Case</dt><dd><ClusterLink id={cluster.cluster_id} /></dd></div>
        <div><dt>Score of the case</dt><dd><Score value={cluster.score} /></dd></div>
        <div><dt>Role</dt><dd><span class={`dot ${member.role}`} /> {member.role}</dd></div>
        <div><dt>Belongs</dt><dd>{percent(member.membership)}</dd></div>
        <div><dt>Proposed for it</dt><dd><ActionChip action={member.action} /></dd></div>
        <div><dt>Evidence</dt><dd>{bits(member.bits)} bits, {plural(member.links, "link")}</dd></div>
        <div><dt>Trade</dt><dd><Plain value={member.category || "–"} limit={40} /></dd></div>
        <div><dt>City</dt><dd><Plain value={[member.city, member.country].filter(Boolean).join(", ") || "–"} limit={60} /></dd></div>
        <div><dt>Registered</dt><dd>{day(member.registered_at)}</dd></div>
        <div><dt>Status</dt><dd><Plain value={member.status || "–"} limit={20} /></dd></div>
        <div><dt>At risk, 30 days</dt><dd>{count(member.gmv_30d)}</dd></div>
        {member.owner_id ? <div><dt>Declared owner</dt><dd><Plain value={member.owner_id} limit={40} /></dd></div> : null}
        {member.label ? <div><dt>Earlier verdict</dt><dd><span class={`label ${member.label}`}>{member.label}</span></dd></div> : null}
      </dl>
      {of.previous_ids && of.previous_ids.length > 0 ? (
        <p>
          Earlier in {of.previous_ids.map((old, at) => <span key={old}>{at > 0 ? ", " : ""}<ClusterLink id={old} /></span>)}
        </p>
      ) : null}
      {reasons.length > 0 ? (
        <ul class="reason-list">
          {reasons.slice(0, 6).map((reason) => (
            <li key={reason.code}>
              {reason.title} <span class="quiet">{points(reason.points)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}

function Links({ of }: { of: MerchantAnswer }) {
  const { shown, control } = useShort(of.merchant.links, 25);
  return (
    <Section title="What it shares">
      {of.merchant.links.length === 0 ? <p class="quiet">Nothing that another merchant uses too.</p> : null}
      {of.merchant.links.length > 0 ? (
        <Table caption="Values it shares with other merchants" head={<><Th>What</Th><Th>Value</Th><Th>Class</Th><Th number>Merchants</Th><Th>Since</Th><Th>Until</Th><Th>With</Th></>}>
          {shown.map((row) => (
            <tr key={`${row.entity_type}/${row.entity}`}>
              <td><Kind type={row.entity_type} /></td>
              <th scope="row"><EntityLink type={row.entity_type} value={row.entity} shown={row.shown} /></th>
              <td><HubChip hub={row.hub_class} /></td>
              <td class="number">{count(row.merchants)}</td>
              <td class="date">{day(row.first_seen)}</td>
              <td class="date">{day(row.last_seen)}</td>
              <td>
                {row.others.slice(0, 6).map((other, at) => (
                  <span key={other.merchant_id}>
                    {at > 0 ? ", " : ""}
                    <MerchantLink id={other.merchant_id} />
                  </span>
                ))}
                {row.merchants - 1 > 6 ? <span class="quiet"> and {count(row.merchants - 1 - Math.min(6, row.others.length))} more</span> : null}
              </td>
            </tr>
          ))}
        </Table>
      ) : null}
      {control}
    </Section>
  );
}

function Nearest({ id }: { id: string }) {
  const answered = useAnswer<NeighborsAnswer>(`/merchants/${segment(id)}/neighbors`);
  const data = answered.data;
  const neighbors = data ? (Array.isArray(data.neighbors) ? (data as Neighbors) : data.neighbors) : null;
  const { shown, control } = useShort(neighbors?.neighbors ?? [], 20);
  return (
    <Section title="Closest merchants" note="Closeness is 1 for each thing that only the two use, and falls as more merchants use it.">
      <Pending of={answered} />
      {neighbors && neighbors.neighbors.length === 0 ? <p class="quiet">Nobody.</p> : null}
      {neighbors && neighbors.neighbors.length > 0 ? (
        <Table caption="Closest merchants" head={<><Th>Merchant</Th><Th>Closeness</Th><Th>Through</Th><Th>Case</Th><Th>Path</Th></>}>
          {shown.map((near) => (
            <tr key={near.merchant_id}>
              <th scope="row"><MerchantLink id={near.merchant_id} /></th>
              <td class="bits-cell"><Bar share={Math.min(1, near.closeness)} tone="plain" /> <span class="figure">{near.closeness.toFixed(2)}</span></td>
              <td>
                {near.through.slice(0, 4).map((one) => (
                  <span class="through" key={`${one.entity_type}/${one.entity}`}>
                    <Kind type={one.entity_type} /> <EntityLink type={one.entity_type} value={one.entity} shown={one.shown} />
                  </span>
                ))}
              </td>
              <td>{near.cluster_id ? <ClusterLink id={near.cluster_id} /> : <span class="quiet">none</span>}</td>
              <td><a href={link("path", [], { from: id, to: near.merchant_id })}>path</a></td>
            </tr>
          ))}
        </Table>
      ) : null}
      {control}
    </Section>
  );
}
