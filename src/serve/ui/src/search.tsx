// Search as you type over clusters, merchants and entities: a combobox whose options are links.

import { useEffect, useId, useState } from "preact/hooks";
import { get } from "./api";
import { Plain } from "./components";
import { kindWord } from "./format";
import { link, toCase, toEntity, toMerchant } from "./router";
import type { SearchHit } from "./types";

const WAIT_MS = 120;

function target(hit: SearchHit): string {
  if (hit.kind === "cluster") return toCase(hit.id);
  if (hit.kind === "merchant") return toMerchant(hit.id);
  return toEntity(hit.entity_type ?? "", hit.id);
}

export function Search() {
  const [text, setText] = useState("");
  const [hits, setHits] = useState<SearchHit[] | null>(null);
  const [at, setAt] = useState(-1);
  const list = useId();
  const asked = text.trim();

  useEffect(() => {
    setAt(-1);
    if (asked.length < 2) {
      setHits(null);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get<{ items: SearchHit[] }>("/search", { q: asked.slice(0, 200) }, abort.signal).then(
        (answer) => setHits(answer.items),
        () => {
          if (!abort.signal.aborted) setHits([]);
        },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [asked]);

  const close = () => {
    setHits(null);
    setText("");
  };
  const open = (hit: SearchHit) => {
    location.hash = target(hit);
    close();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const hit = hits?.[at];
    if (hit) open(hit);
    else if (hits?.length === 1 && hits[0]) open(hits[0]);
    else if (asked) {
      location.hash = link("queue", [], { q: asked });
      close();
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      close();
      (event.target as HTMLElement).blur();
      return;
    }
    if (!hits?.length || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    setAt((at + step + hits.length + (at < 0 && step < 0 ? 1 : 0)) % hits.length);
  };
  const left = (event: FocusEvent) => {
    if (!(event.relatedTarget instanceof Node) || !(event.currentTarget as Node).contains(event.relatedTarget)) setHits(null);
  };

  return (
    <form class="search" role="search" onSubmit={submit} onFocusOut={left}>
      <label class="unseen" for="search">
        Search merchants, clusters, shared values
      </label>
      <input
        id="search"
        type="text"
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        placeholder="Search merchant, cluster, device…"
        role="combobox"
        aria-expanded={hits !== null}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <ul id={list} role="listbox" aria-label="Found" class="hits" hidden={hits === null}>
        {hits?.map((hit, index) => (
          <li key={`${hit.kind}/${hit.entity_type ?? ""}/${hit.id}`} id={`${list}-${index}`} role="option" aria-selected={index === at} onMouseDown={(event) => event.preventDefault()} onClick={() => open(hit)}>
            <span class="hit-kind">{hit.kind === "entity" ? kindWord(hit.entity_type ?? "value") : hit.kind}</span>
            <Plain value={hit.label || hit.id} limit={70} />
            {hit.label && hit.label !== hit.id ? (
              <span class="quiet id">
                {" "}
                <Plain value={hit.id} limit={30} />
              </span>
            ) : null}
          </li>
        ))}
        {hits?.length === 0 ? (
          <li role="option" aria-selected="false" aria-disabled="true" class="quiet">
            Nothing found in this run
          </li>
        ) : null}
      </ul>
    </form>
  );
}
