/** Who has seen to a group, and what they say of it. */
import type { ReactElement } from "react";
import { useRef, useState } from "react";
import { Dialog } from "../../app/dialog.js";
import { useKeys } from "../../app/keys.js";
import form from "../../app/token-prompt.module.css";
import { useAccessName } from "../../client/access.js";
import { told } from "../../client/http.js";
import type { AlertGroup } from "../../hunt/alert-groups.js";
import { acknowledge } from "../../hunt/alert-groups.js";
import { shortHost } from "../../hunt/alerts.js";
import { Button } from "../../ui/controls.js";
import { counted, visible } from "../../ui/format.js";

interface AckProps {
  readonly group: AlertGroup;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const BY_KEY = "millrace.by";

export function Acknowledge({ group, onDone, onClose }: AckProps): ReactElement {
  const name = useAccessName();
  const by = useRef<HTMLInputElement>(null);
  const note = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  useKeys("Acknowledge", [], true);
  const known = localStorage.getItem(BY_KEY) ?? name ?? "";
  const send = async (): Promise<void> => {
    const who = by.current?.value.trim() ?? "";
    if (who === "" || sending) return;
    localStorage.setItem(BY_KEY, who);
    setSending(true);
    try {
      await acknowledge(group, who, note.current?.value.trim() ?? "");
      onDone();
    } catch (problem) {
      setError(problem);
      setSending(false);
    }
  };
  return (
    <Dialog label="Acknowledge" onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 className="wrap">Acknowledge {visible(group.title)}</h2>
        <p className="quiet">
          {counted(group.alerts, "alert")} on {visible(shortHost(group.host) || "no host")}. The group leaves the open
          ones; what comes to it later in the same hour stays with it.
        </p>
        {error === null ? null : (
          <p className="bad" role="alert">
            {told(error).message}
          </p>
        )}
        <label className={form.field}>
          <span>By</span>
          <input ref={by} defaultValue={known} autoFocus={known === ""} required maxLength={100} autoComplete="name" />
        </label>
        <label className={form.field}>
          <span>Comment</span>
          <input ref={note} autoFocus={known !== ""} maxLength={1000} autoComplete="off" />
        </label>
        <div className={form.end}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" icon="check" disabled={sending} keys="↵">
            Acknowledge
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
