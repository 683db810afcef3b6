// The frame around every screen: header, navigation, search, messages, shortcuts.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, get, rememberCsrf, send } from "./api";
import { Dialog, Plain } from "./components";
import { DeskContext, isShortcut, type Desk } from "./desk";
import { day } from "./format";
import { link, readPlace, type Place } from "./router";
import { Search } from "./search";
import { CaseScreen } from "./screens/case";
import { DiffScreen } from "./screens/diff";
import { EntityScreen } from "./screens/entity";
import { HealthScreen } from "./screens/health";
import { LoginScreen } from "./screens/login";
import { MerchantScreen } from "./screens/merchant";
import { PathScreen } from "./screens/path";
import { QueueScreen } from "./screens/queue";
import type { Me, RunAnswer } from "./types";

const SCREENS: [screen: string, label: string][] = [
  ["queue", "Queue"],
  ["path", "Path"],
  ["diff", "Compare"],
  ["health", "Health"],
];

function Screen({ place }: { place: Place }) {
  const [first = "", second = ""] = place.parts;
  switch (place.screen) {
    case "queue":
      return <QueueScreen query={place.query} />;
    case "case":
      return <CaseScreen id={first} key={first} />;
    case "merchant":
      return <MerchantScreen id={first} key={first} />;
    case "entity":
      return <EntityScreen type={first} value={second} key={`${first}/${second}`} />;
    case "path":
      return <PathScreen from={place.query.get("from") ?? ""} to={place.query.get("to") ?? ""} />;
    case "diff":
      return <DiffScreen from={place.query.get("from") ?? ""} to={place.query.get("to") ?? ""} />;
    case "health":
      return <HealthScreen />;
    case "login":
      return <LoginScreen />;
    default:
      return (
        <>
          <h1 tabIndex={-1}>Nothing is here</h1>
          <p>
            <a href="#/queue">Back to the queue</a>
          </p>
        </>
      );
  }
}

function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const moved = () => setPlace(readPlace(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}

/** A new screen starts at its top with the focus on its heading, so that a screen reader says where one is. */
function useArrival(place: Place): void {
  const first = useRef(true);
  const where = `${place.screen}/${place.parts.join("/")}`;
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [where]);
}

interface Message {
  text: string;
  undo: (() => void) | undefined;
}

const MESSAGE_MS = 12_000;
const RUN_CHECK_MS = 60_000;

export function Shell() {
  const place = usePlace();
  const [me, setMe] = useState<Me | null>(null);
  const [known, setKnown] = useState(false);
  const [run, setRun] = useState<RunAnswer | null>(null);
  const [newer, setNewer] = useState(false);
  const [message, setMessage] = useState<Message | null>(null);
  const [help, setHelp] = useState(false);
  useArrival(place);

  const refresh = useCallback(() => {
    get<Me>("/me").then(
      (answer) => {
        rememberCsrf(answer);
        setMe(answer);
        setKnown(true);
      },
      (reason: unknown) => {
        setMe(null);
        setKnown(true);
        if (reason instanceof ApiError && reason.status === 401 && readPlace(location.hash).screen !== "login") location.hash = link("login");
      },
    );
    get<RunAnswer>("/run").then(setRun, () => setRun(null));
    setNewer(false);
  }, []);
  useEffect(refresh, [refresh]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden || !run) return;
      get<RunAnswer>("/run").then((answer) => setNewer(answer.run_id !== run.run_id), () => {});
    }, RUN_CHECK_MS);
    return () => clearInterval(timer);
  }, [run]);

  useEffect(() => {
    if (!message) return;
    const timer = setTimeout(() => setMessage(null), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [message]);

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search")?.focus();
      } else if (event.key === "?") {
        setHelp(true);
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  const desk = useMemo<Desk>(
    () => ({
      me,
      run,
      mayDecide: me !== null && me.keeps_decisions && (me.role === "investigator" || me.role === "admin"),
      say: (text, undo) => setMessage({ text, undo }),
      refresh,
    }),
    [me, run, refresh],
  );

  const leave = () => {
    send("DELETE", "/session").then(refresh, refresh);
  };

  return (
    <DeskContext.Provider value={desk}>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <header class="top">
        <div class="top-in">
          <a class="brand" href="#/queue">
            ringfence
          </a>
          <nav aria-label="Screens">
            <ul>
              {SCREENS.map(([screen, label]) => (
                <li key={screen}>
                  <a href={link(screen)} aria-current={place.screen === screen || (screen === "queue" && place.screen === "case") ? "page" : undefined}>
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <Search />
          <div class="who">
            {run ? (
              <span class="quiet as-of" title={run.run_id}>
                as of {day(run.as_of)}
              </span>
            ) : null}
            {me ? (
              <span>
                <Plain value={me.user} limit={24} /> <span class="quiet">({me.role === "viewer" ? "viewer: names are masked" : me.role})</span>
              </span>
            ) : null}
            {me?.auth === "token" ? (
              <button type="button" class="plain" onClick={leave}>
                Log out
              </button>
            ) : null}
            <button type="button" class="plain keys" aria-label="Keyboard shortcuts" onClick={() => setHelp(true)}>
              ?
            </button>
          </div>
        </div>
      </header>
      {newer ? (
        <p class="newer" role="status">
          A newer run was published.{" "}
          <button type="button" onClick={() => location.reload()}>
            Show it
          </button>
        </p>
      ) : null}
      <main id="main" tabIndex={-1}>
        {known ? <Screen place={place} /> : <p class="quiet loading">Loading…</p>}
      </main>
      <div class="messages" role="status" aria-live="polite">
        {message ? (
          <p class="message">
            {message.text}{" "}
            {message.undo ? (
              <button type="button" onClick={() => (message.undo?.(), setMessage(null))}>
                Undo
              </button>
            ) : null}
            <button type="button" class="plain" aria-label="Dismiss" onClick={() => setMessage(null)}>
              ×
            </button>
          </p>
        ) : null}
      </div>
      {help ? <Shortcuts onClose={() => setHelp(false)} /> : null}
    </DeskContext.Provider>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const KEYS: [string, string][] = [
  ["/", "search"],
  ["j, k", "next, previous row of the queue"],
  ["Enter", "open the row"],
  ["x", "choose the row for a decision on several"],
  ["d", "decide on the row, or on the open case"],
  ["arrows", "in the graph: walk from node to node; Enter unfolds"],
  ["Esc", "close a dialog, leave the search"],
  ["?", "this list"],
];

function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys-list">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
