// The one place that talks to the service.

import type { Me } from "./types";

/** An answer that is not a success, with the service's own code and sentence. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

let csrf = "";

/** Remembers the token that unsafe requests carry. */
export function rememberCsrf(me: Me): void {
  csrf = me.csrf ?? "";
}

type Query = Record<string, string | number | null | undefined>;

/** `/api/v1` + path with the non-empty query fields. */
export function address(path: string, query: Query = {}): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") fields.set(name, String(value));
  }
  const text = fields.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok) {
    const error = (body as { error?: { code?: string; message?: string } } | null)?.error;
    throw new ApiError(response.status, error?.code ?? "http", error?.message ?? `the service answered ${response.status}`);
  }
  return body as T;
}

/** Reads; an aborted request rejects with `AbortError`. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(address(path, query), {
    headers: { accept: "application/json" },
    credentials: "same-origin",
    ...(signal ? { signal } : {}),
  });
  return answer<T>(response);
}

/** Writes, with the session's CSRF token. */
export async function send<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const response = await fetch(address(path), {
    method,
    headers: { accept: "application/json", "content-type": "application/json", "x-csrf-token": csrf },
    credentials: "same-origin",
    body: body === undefined ? null : JSON.stringify(body),
  });
  return answer<T>(response);
}

/** A path segment from data. */
export function segment(value: string): string {
  return encodeURIComponent(value);
}
