// What the whole desk shares: who is here, the newest run known, and short messages that are read out.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Me, RunAnswer } from "./types";

export interface Desk {
  me: Me | null;
  run: RunAnswer | null;
  /** Whether this user may decide, assign and snooze. */
  mayDecide: boolean;
  /** Shows a message for a while and has it read out. */
  say: (message: string, undo?: () => void) => void;
  /** Asks again who is here and which run is the newest. */
  refresh: () => void;
}

export const DeskContext = createContext<Desk>({
  me: null,
  run: null,
  mayDecide: false,
  say: () => {},
  refresh: () => {},
});

export const useDesk = (): Desk => useContext(DeskContext);

/** Whether a key press is meant for the page, not for a field or a dialog. */
export function isShortcut(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target;
  if (!(target instanceof Element)) return true;
  return !target.closest("input, textarea, select, dialog, [contenteditable]");
}
