/** The server wants a token. It is kept until the tab is closed, and goes to this server only. */
import type { ReactElement } from "react";
import { useRef } from "react";
import { accessStore } from "../client/http.js";
import { Button } from "../ui/controls.js";
import { Dialog } from "./dialog.js";
import { useKeys } from "./keys.js";
import styles from "./token-prompt.module.css";

export function TokenPrompt({ again }: { readonly again: boolean }): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  useKeys("Token", [], true);
  return (
    <Dialog label="Token" onClose={() => {}}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const token = field.current?.value.trim() ?? "";
          if (token !== "") accessStore.giveToken(token);
        }}
      >
        <h2>This server asks for a token</h2>
        <p className="quiet">It is the one the program was started with (--token or MILLRACE_TOKEN).</p>
        {again ? (
          <p className="bad" role="alert">
            That was not the token.
          </p>
        ) : null}
        <label className={styles.field}>
          <span>Token</span>
          <input ref={field} type="password" autoComplete="current-password" autoFocus required />
        </label>
        <div className={styles.end}>
          <Button type="submit" look="primary">
            Enter
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
