// Numbers, dates and other people's text, made fit to be shown.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (value: number | null | undefined): string => (value == null ? "–" : whole.format(value));
export const short = (value: number): string => compact.format(value);
export const score = (value: number): string => (value > 0.995 ? ">0.99" : value.toFixed(2));
export const percent = (value: number): string => `${Math.round(value * 100)} %`;
export const bits = (value: number): string => (value >= 100 ? whole.format(value) : value.toFixed(1));
export const day = (time: string | null | undefined): string => (time ? time.slice(0, 10) : "–");

/** Points with their sign; a true minus lines up with the plus. */
export function points(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 ? `−${text}` : `+${text}`;
}

/** "1 merchant", "2 merchants". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const DAY_MS = 86_400_000;

/** Whole days between two times, the second the later. */
export function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** "12 days", "8 months", "3.1 years": how old something was on a day. */
export function age(from: string, on: string): string {
  const days = daysBetween(from, on);
  if (!Number.isFinite(days)) return "–";
  if (days < 60) return plural(Math.max(days, 0), "day");
  if (days < 730) return plural(Math.round(days / 30.44), "month");
  return `${(days / 365.25).toFixed(1)} years`;
}

// Characters that could deceive the eye: controls, direction signs, invisible and filler characters, tags.
const DECEIVING =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\udb40[\udc00-\udfff]/gu;

/** Deceiving characters spelled out, as the terminal does. */
export function spelled(text: string): string {
  return text.replace(DECEIVING, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Cut to `limit` characters on a character's boundary. */
export function cut(text: string, limit: number): string {
  const head = text.slice(0, limit * 4);
  const characters = Array.from(head);
  return characters.length > limit || head.length < text.length ? `${characters.slice(0, limit - 1).join("")}…` : text;
}

const KIND_WORDS: Record<string, string> = {
  payout: "Payout account",
  device: "Device",
  address: "Address",
  building: "Building",
  place: "Place",
  phone: "Phone",
  email: "E-mail",
  relation: "Direct tie",
};

/** An entity type in words. */
export function kindWord(type: string): string {
  return KIND_WORDS[type] ?? type.charAt(0).toUpperCase() + type.slice(1).replaceAll("_", " ");
}

/** A code in words: `formation_agent` as "formation agent". */
export const words = (code: string): string => code.replaceAll("_", " ");
