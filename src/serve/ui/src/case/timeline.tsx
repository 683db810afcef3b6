// When members registered and when the sharing began, with the bursts.

import { useEffect, useRef, useState } from "preact/hooks";
import { Section, Table, Text, Th, useShort } from "../components";
import { day, plural } from "../format";
import type { LivingCase, TimeEvent } from "../types";

const LANES: [kind: TimeEvent["kind"], label: string][] = [
  ["registered", "registered"],
  ["first_used", "first used"],
  ["first_shared", "first shared"],
  ["last_used", "last used"],
];
const LANE_PX = 44;
const TOP_PX = 8;
const AXIS_PX = 26;
const SIDE_PX = 84;
const DOT_PX = 7;

function useWidth(start: number) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(start);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(260, Math.floor(entry.contentRect.width)));
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return { box, width };
}

const MONTHS = [1, 2, 3, 6, 12, 24, 60];

/** Ticks on first days of months, as many as fit. */
function ticks(from: number, to: number, room: number): { at: number; label: string }[] {
  const months = (to - from) / 2_629_800_000;
  const step = MONTHS.find((candidate) => months / candidate <= room) ?? 120;
  const first = new Date(from);
  const made: { at: number; label: string }[] = [];
  let month = first.getUTCFullYear() * 12 + Math.ceil((first.getUTCMonth() + 1) / step) * step;
  if (step >= 12) month = Math.ceil(month / 12) * 12;
  for (; made.length < 40; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > to) break;
    made.push({ at, label: step >= 12 ? `${Math.floor(month / 12)}` : new Date(at).toISOString().slice(0, 7) });
  }
  return made;
}

export function TimeLine({ of }: { of: LivingCase }) {
  const { events, bursts } = of.time_line;
  const { box, width } = useWidth(700);
  const lanes = LANES.filter(([kind]) => events.some((event) => event.kind === kind));
  const { shown, control } = useShort(events, 40);
  if (events.length === 0) return null;
  const times = events.map((event) => Date.parse(event.at)).concat(bursts.flatMap((burst) => [Date.parse(burst.from), Date.parse(burst.to)]));
  const low = times.reduce((a, b) => Math.min(a, b));
  const high = Math.max(times.reduce((a, b) => Math.max(a, b)), low + 86_400_000);
  const x = (time: number) => SIDE_PX + 6 + ((time - low) / (high - low)) * (width - SIDE_PX - 16);
  const height = TOP_PX + lanes.length * LANE_PX + AXIS_PX;
  const base = TOP_PX + lanes.length * LANE_PX;
  return (
    <Section title="Time line" class="timeline-panel">
      {bursts.map((burst) => (
        <p key={burst.from} class="burst-line">
          <span class="chip burst">burst</span> {burst.registrations} of {plural(burst.of, "merchant")} registered between {day(burst.from)} and {day(burst.to)}.
        </p>
      ))}
      <div ref={box} class="timeline">
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Time line from ${new Date(low).toISOString().slice(0, 10)} to ${new Date(high).toISOString().slice(0, 10)}; the events are listed below it`}>
          {bursts.map((burst) => (
            <rect key={burst.from} class="burst-band" x={x(Date.parse(burst.from)) - 3} y={TOP_PX} width={x(Date.parse(burst.to)) - x(Date.parse(burst.from)) + 6} height={base - TOP_PX} rx="3" />
          ))}
          {ticks(low, high, Math.max(2, (width - SIDE_PX) / 75)).map((tick) => (
            <g key={tick.at}>
              <line class="grid" x1={x(tick.at)} x2={x(tick.at)} y1={TOP_PX} y2={base} />
              <text class="tick" x={x(tick.at)} y={base + 17}>
                {tick.label}
              </text>
            </g>
          ))}
          {lanes.map(([kind, label], lane) => (
            <Lane key={kind} kind={kind} label={label} bottom={TOP_PX + (lane + 1) * LANE_PX} width={width} x={x} events={events} />
          ))}
        </svg>
      </div>
      <details>
        <summary>All {plural(events.length, "event")}</summary>
        <Table caption="Events, oldest first" head={<><Th>Day</Th><Th>Event</Th></>}>
          {shown.map((event, index) => (
            <tr key={index}>
              <td class="date">{day(event.at)}</td>
              <td>
                <Text value={event.text} limit={120} />
              </td>
            </tr>
          ))}
        </Table>
        {control}
      </details>
    </Section>
  );
}

interface LaneProps {
  kind: TimeEvent["kind"];
  label: string;
  bottom: number;
  width: number;
  x: (time: number) => number;
  events: TimeEvent[];
}

/** One lane: events of the same few days stand on each other; what no longer fits makes the top dot larger. */
function Lane({ kind, label, bottom, width, x, events }: LaneProps) {
  const columns = new Map<number, TimeEvent[]>();
  for (const event of events) {
    if (event.kind !== kind) continue;
    const column = Math.round(x(Date.parse(event.at)) / DOT_PX);
    columns.set(column, [...(columns.get(column) ?? []), event]);
  }
  const fit = Math.floor((LANE_PX - 8) / DOT_PX);
  return (
    <g class={`lane ${kind}`}>
      <line class="floor" x1={SIDE_PX} x2={width} y1={bottom} y2={bottom} />
      <text class="lane-label" x={SIDE_PX - 8} y={bottom - 6}>
        {label}
      </text>
      {[...columns].map(([column, stack]) =>
        stack.slice(0, fit).map((event, level) => (
          <circle key={`${column}/${level}`} cx={column * DOT_PX} cy={bottom - 5 - level * DOT_PX} r={level === fit - 1 && stack.length > fit ? 4.5 : 3}>
            <title>{`${day(event.at)}: ${event.text}${level === fit - 1 && stack.length > fit ? ` and ${stack.length - fit} more` : ""}`}</title>
          </circle>
        )),
      )}
    </g>
  );
}
