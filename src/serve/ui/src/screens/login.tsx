// Logging in with a token. The token goes to the service once and is not kept in the page.

import { useState } from "preact/hooks";
import { ApiError, send } from "../api";
import { Field } from "../components";
import { useDesk } from "../desk";

export function LoginScreen() {
  const desk = useDesk();
  const [token, setToken] = useState("");
  const [error, setError] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await send("POST", "/session", { token: token.trim() });
      setToken("");
      desk.refresh();
      location.hash = "#/queue";
    } catch (reason) {
      setError(reason instanceof ApiError && reason.status < 500 ? "This token is not accepted: it may be mistyped, expired or revoked." : "The service does not answer.");
    }
  };
  return (
    <form class="panel login" onSubmit={submit}>
      <h1 tabIndex={-1}>Log in</h1>
      <Field label="Token" hint="Whoever runs ringfence makes one with: ringfence token add">
        {(id, hint) => <input id={id} type="password" required autocomplete="current-password" maxLength={200} aria-describedby={hint} value={token} onInput={(event) => setToken(event.currentTarget.value)} />}
      </Field>
      <p class="trouble-line" role="alert">
        {error}
      </p>
      <button type="submit" class="primary">
        Log in
      </button>
    </form>
  );
}
