// Who is in it, by role; choosing some for a decision of their own.

import { useState } from "preact/hooks";
import { ActionChip, MerchantLink, Plain, Section, Table, Th, useShort } from "../components";
import { useDesk } from "../desk";
import { bits, count, day, percent, plural, words } from "../format";
import type { LivingCase, Member } from "../types";

const ROLES: Member["role"][] = ["core", "member", "fringe"];
const ROLE_NOTES: Record<Member["role"], string> = {
  core: "holds the ring together",
  member: "belongs",
  fringe: "hangs on by little and is never enforced with the others",
};

export function Members({ of, decide }: { of: LivingCase; decide: (merchantIds: string[]) => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { mayDecide } = useDesk();
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <Section title="Members" id="members">
      {mayDecide && chosen.size > 0 ? (
        <div class="bulk" role="region" aria-label="Chosen members">
          <span>{plural(chosen.size, "member")} chosen</span>
          <button type="button" class="primary" onClick={() => decide([...chosen])}>
            Decide on {chosen.size === 1 ? "it" : "them"}
          </button>
          <button type="button" onClick={() => setChosen(new Set())}>
            Choose none
          </button>
        </div>
      ) : null}
      {ROLES.map((role) => {
        const members = of.members.filter((member) => member.role === role);
        return members.length > 0 ? <OneRole key={role} role={role} members={members} chosen={chosen} toggle={mayDecide ? toggle : null} /> : null;
      })}
    </Section>
  );
}

function OneRole({ role, members, chosen, toggle }: { role: Member["role"]; members: Member[]; chosen: ReadonlySet<string>; toggle: ((id: string) => void) | null }) {
  const { shown, control } = useShort(members, 25);
  return (
    <>
      <h3>
        <span class={`dot ${role}`} /> {role} <span class="quiet">({count(members.length)}) {ROLE_NOTES[role]}</span>
      </h3>
      <Table
        caption={`Members with the role ${role}`}
        head={
          <>
            {toggle ? <Th class="pick"><span class="unseen">Chosen</span></Th> : null}
            <Th>Merchant</Th>
            <Th number>Belongs</Th>
            <Th number>Bits</Th>
            <Th>Action</Th>
            <Th>Trade</Th>
            <Th>City</Th>
            <Th>Registered</Th>
            <Th>Status</Th>
            <Th number>At risk</Th>
          </>
        }
      >
        {shown.map((member) => (
          <tr key={member.merchant_id} class={chosen.has(member.merchant_id) ? "chosen" : ""}>
            {toggle ? (
              <td class="pick">
                <input type="checkbox" aria-label={`Choose ${member.merchant_id}`} checked={chosen.has(member.merchant_id)} onChange={() => toggle(member.merchant_id)} />
              </td>
            ) : null}
            <th scope="row" class="who-cell">
              <MerchantLink id={member.merchant_id} name={member.name} />
              {member.name ? (
                <span class="quiet id">
                  <Plain value={member.merchant_id} limit={30} />
                </span>
              ) : null}
              {member.label ? <span class={`label ${member.label}`}>{member.label}</span> : null}
            </th>
            <td class="number">{percent(member.membership)}</td>
            <td class="number">{bits(member.bits)}</td>
            <td title={member.held_by.map(words).join(", ") || undefined}>
              <ActionChip action={member.action} />
            </td>
            <td>
              <Plain value={member.category} limit={24} />
            </td>
            <td>
              <Plain value={member.city} limit={24} />
            </td>
            <td class="date">{day(member.registered_at)}</td>
            <td class={member.status === "active" ? "quiet" : "strong"}>
              <Plain value={member.status} limit={20} />
            </td>
            <td class="number">{count(member.gmv_30d)}</td>
          </tr>
        ))}
      </Table>
      {control}
    </>
  );
}
