// What ties two merchants that seem to have nothing in common.

import { useLayoutEffect, useState } from "preact/hooks";
import { ClusterLink, EntityLink, Field, Kind, MerchantLink, Pending, Plain, useAnswer } from "../components";
import { count, plural } from "../format";
import { link } from "../router";
import type { OfRun, PathAnswer } from "../types";

export function PathScreen({ from, to }: { from: string; to: string }) {
  const [typedFrom, setFrom] = useState(from);
  const [typedTo, setTo] = useState(to);
  // Before anybody can type: later it would take back what was typed into a form that has just appeared.
  useLayoutEffect(() => {
    setFrom(from);
    setTo(to);
  }, [from, to]);
  const ready = from !== "" && to !== "";
  const answered = useAnswer<OfRun & (PathAnswer | { path: PathAnswer })>(ready ? "/path" : null, { from, to });
  const data = answered.data;
  const path = data ? ("path" in data ? data.path : data) : null;
  const submit = (event: Event) => {
    event.preventDefault();
    location.hash = link("path", [], { from: typedFrom.trim(), to: typedTo.trim() });
  };
  return (
    <>
      <h1 tabIndex={-1}>Path between two merchants</h1>
      <p class="quiet">The way goes through what few merchants use, if there is one: a chain of private devices comes before one mall.</p>
      <form class="filters" onSubmit={submit}>
        <Field label="From">{(id) => <input id={id} name="from" type="text" required maxLength={200} spellcheck={false} placeholder="merchant id" value={typedFrom} onInput={(event) => setFrom(event.currentTarget.value)} />}</Field>
        <Field label="To">{(id) => <input id={id} name="to" type="text" required maxLength={200} spellcheck={false} placeholder="merchant id" value={typedTo} onInput={(event) => setTo(event.currentTarget.value)} />}</Field>
        <button type="submit" class="primary">
          Find the path
        </button>
      </form>
      {ready ? <Pending of={answered} /> : null}
      {path ? <Way of={path} /> : null}
    </>
  );
}

function Way({ of }: { of: PathAnswer }) {
  if (!of.connected) {
    return (
      <p class="notice" role="status">
        {of.gave_up ? "No path was found before the search gave up: if there is one, it is long or leads through hubs." : "Nothing ties them: there is no path between the two in this run."}
      </p>
    );
  }
  const hops = of.steps.filter((step) => step.through).length;
  return (
    <section class="panel" aria-labelledby="way">
      <h2 id="way">{hops === 0 ? "They are the same merchant" : `Tied in ${plural(hops, "step")}`}</h2>
      <ol class="way">
        {of.steps.map((step, at) => (
          <li key={at}>
            {step.through ? (
              <p class="through">
                <Kind type={step.through.entity_type} />{" "}
                {step.through.entity_type === "relation" ? <Plain value={step.through.shown} /> : <EntityLink type={step.through.entity_type} value={step.through.entity} shown={step.through.shown} />}{" "}
                <span class="quiet">used by {count(step.through.merchants)}</span>
              </p>
            ) : null}
            <p class="stop">
              <MerchantLink id={step.merchant_id} /> {step.cluster_id ? <span class="quiet">in <ClusterLink id={step.cluster_id} /></span> : <span class="quiet">in no case</span>}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
