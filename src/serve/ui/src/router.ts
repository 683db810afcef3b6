// Pages by the hash of the address: #/SCREEN/PART/PART?field=value.

export interface Place {
  screen: string;
  parts: string[];
  query: URLSearchParams;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readPlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [screen = "", ...parts] = path.split("/");
  return { screen: screen || "queue", parts: parts.map(decode), query: new URLSearchParams(query) };
}

/** The link to a place; every part may be any text. */
export function link(screen: string, parts: string[] = [], query: Record<string, string> = {}): string {
  const path = [screen, ...parts.map(encodeURIComponent)].join("/");
  const fields = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${fields ? `?${fields}` : ""}`;
}

export const toCase = (id: string): string => link("case", [id]);
export const toMerchant = (id: string): string => link("merchant", [id]);
export const toEntity = (type: string, value: string): string => link("entity", [type, value]);
