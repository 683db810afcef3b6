// How the score came about: the prior, one bar a reason, the sum, the probability.

import { Section } from "../components";
import { percent, points, score } from "../format";
import type { LivingCase } from "../types";

interface Step {
  key: string;
  title: string;
  detail: string;
  points: number;
  from: number;
  to: number;
}

function steps(of: LivingCase): Step[] {
  const made: Step[] = [{ key: "prior", title: "Before any evidence", detail: "most merchants that share something are honest", points: of.prior, from: 0, to: of.prior }];
  let at = of.prior;
  for (const reason of of.reasons) {
    made.push({ key: reason.code, title: reason.title, detail: reason.detail, points: reason.points, from: at, to: at + reason.points });
    at += reason.points;
  }
  return made;
}

export function Waterfall({ of }: { of: LivingCase }) {
  const rows = steps(of);
  const edges = rows.flatMap((row) => [row.from, row.to]);
  const low = Math.min(0, ...edges) - 0.2;
  const high = Math.max(0, ...edges) + 0.2;
  const x = (value: number) => ((value - low) / (high - low)) * 100;
  return (
    <Section title="How the score came about" class="waterfall-panel" note="Points add up; right of the line speaks for one hand behind the merchants, left of it for honesty.">
      <table class="waterfall">
        <caption class="unseen">Score: the points of each reason, adding up to {score(of.cluster.score)}</caption>
        <colgroup>
          <col class="why-col" />
          <col class="points-col" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col" class="number">
              Points
            </th>
            <th scope="col">
              <span class="unseen">Running sum</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} class={row.key === "prior" ? "prior" : row.points < 0 ? "against" : "for"}>
              <th scope="row">
                {row.title}
                <span class="detail">{row.detail}</span>
              </th>
              <td class="number">{points(row.points)}</td>
              <td class="steps">
                <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2="12" />
                  <line class="carry" x1={x(row.to)} x2={x(row.to)} y1="6" y2="12" />
                  <rect x={Math.min(x(row.from), x(row.to))} y="2" width={Math.max(Math.abs(x(row.to) - x(row.from)), 0.4)} height="8" />
                </svg>
                <span class="unseen">{row.to.toFixed(2)}</span>
              </td>
            </tr>
          ))}
          <tr class="sum">
            <th scope="row">
              Together
              <span class="detail">
                {points(of.log_odds)} log-odds are a probability of {percent(of.cluster.score)}
              </span>
            </th>
            <td class="number">{points(of.log_odds)}</td>
            <td class="steps">
              <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2="12" />
                <rect x={Math.min(x(0), x(of.log_odds))} y="2" width={Math.max(Math.abs(x(of.log_odds) - x(0)), 0.4)} height="8" />
              </svg>
            </td>
          </tr>
        </tbody>
      </table>
    </Section>
  );
}
