// One shared value: what it was taken for, and everyone on it.

import { ActionChip, ClusterLink, HubChip, Kind, MerchantLink, Pending, Section, Table, Text, Th, useAnswer, useShort } from "../components";
import { count, day, kindWord, plural, score } from "../format";
import type { EntityAnswer, OfRun } from "../types";

const CLASS_SENTENCES: Record<string, string> = {
  private: "Few use it and nothing speaks for a public place: sharing it is telling.",
  second_hand: "Its users came one after the other: it may have changed hands.",
  allowed: "It is on the allowlist: it counts as evidence for nobody.",
  owner: "Its users declare one owner: sharing it is explained.",
  chain: "Its users carry one brand: sharing it is explained.",
  mall: "Many unrelated merchants have this address: it looks like a mall or tower.",
  agency: "Many unrelated merchants use it: it looks like an agency that works for them.",
  aggregator: "Money of many unrelated merchants runs through it: it looks like a payment aggregator.",
  formation_agent: "Many unrelated merchants give this address: it looks like a formation agent.",
  mule: "Many use it and they share more than this; half of them or more were suspended or found to be fraud: it looks like a mule's.",
  shared: "Many use it and they share more than this.",
};

export function EntityScreen({ type, value }: { type: string; value: string }) {
  const answered = useAnswer<OfRun & (EntityAnswer | { entity: EntityAnswer })>("/entities", { type, value });
  const data = answered.data;
  const entity = data ? (typeof data.entity === "object" ? data.entity : (data as EntityAnswer)) : null;
  return (
    <>
      <p class="crumbs">{kindWord(type)}</p>
      <h1 tabIndex={-1}>
        <Text value={entity?.shown || value} limit={160} />
      </h1>
      <Pending of={answered} />
      {entity ? <Found of={entity} /> : null}
    </>
  );
}

function Found({ of }: { of: EntityAnswer }) {
  const { shown, control } = useShort(of.users, 50);
  return (
    <>
      <p>
        <Kind type={of.entity_type} /> <HubChip hub={of.hub_class} /> {plural(of.merchants, "merchant")} {of.merchants === 1 ? "uses" : "use"} it. {CLASS_SENTENCES[of.hub_class] ?? ""}
      </p>
      {of.clusters.length > 0 ? (
        <Section title="Cases it is in">
          <ul class="nearby">
            {of.clusters.slice(0, 50).map((one) => (
              <li key={one.cluster_id}>
                <ClusterLink id={one.cluster_id} /> <ActionChip action={one.action} />{" "}
                <span class="quiet">
                  score {score(one.score)}, {count(of.users.filter((user) => user.cluster_id === one.cluster_id).length)} of its {plural(one.size, "merchant")} on it
                </span>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      <Section title="Everyone on it">
        <Table caption="Merchants that use it" head={<><Th>Merchant</Th><Th>Case</Th><Th>Since</Th><Th>Until</Th><Th number>Times</Th></>}>
          {shown.map((user) => (
            <tr key={user.merchant_id}>
              <th scope="row" class="who-cell">
                <MerchantLink id={user.merchant_id} />
              </th>
              <td>{user.cluster_id ? <ClusterLink id={user.cluster_id} /> : <span class="quiet">none</span>}</td>
              <td class="date">{day(user.first_seen)}</td>
              <td class="date">{day(user.last_seen)}</td>
              <td class="number">{count(user.events)}</td>
            </tr>
          ))}
        </Table>
        {control}
        {of.truncated ? <p class="quiet">The first {count(of.users.length)} of {count(of.merchants)} are listed.</p> : null}
      </Section>
    </>
  );
}
