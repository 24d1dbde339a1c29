/**
 * The keyboard: one listener, layers of bindings. The newest layer is asked first; a modal one (a dialog) keeps keys
 * from those below. Keys are written as they are told to people: "j", "g a", "?", "Ctrl K", "Shift Enter", "Esc".
 */
import { useEffect, useRef } from "react";

export interface Binding {
  readonly keys: string;
  /** What it does, for the list of keys; without it the key is not listed. */
  readonly does?: string;
  readonly run: () => void;
  /** Also while typing. */
  readonly typing?: boolean;
}

interface Layer {
  readonly title: string;
  readonly modal: boolean;
  readonly bindings: () => readonly Binding[];
}

const layers: Layer[] = [];
/** A begun sequence is forgotten after this. */
const SEQUENCE_MS = 1200;
let begun = "";
let begunAt = 0;

/** Adds bindings for as long as the component is there. */
export function useKeys(title: string, bindings: readonly Binding[], modal = false): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const layer: Layer = { title, modal, bindings: () => latest.current };
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, [title, modal]);
}

/** What is bound just now, the newest layer first. */
export function boundKeys(): readonly { readonly title: string; readonly bindings: readonly Binding[] }[] {
  return [...layers].reverse().map(({ title, bindings }) => ({ title, bindings: bindings() }));
}

/** A pressed key in words. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const key = event.key === "Escape" ? "Esc" : event.key === " " ? "Space" : event.key;
  const plain = key.length === 1;
  const held = [
    event.ctrlKey || event.metaKey ? "Ctrl" : "",
    event.altKey ? "Alt" : "",
    // A character already says that Shift was held.
    event.shiftKey && !plain ? "Shift" : "",
  ].filter((name) => name !== "");
  return [...held, plain && held.length > 0 ? key.toUpperCase() : key].join(" ");
}

export function startKeys(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event.target);
    if (!press(keyName(event), typing, event.timeStamp)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** True when something was bound to it, or a sequence begins with it. */
function press(key: string, typing: boolean, now: number): boolean {
  const sequence = begun !== "" && now - begunAt < SEQUENCE_MS ? `${begun} ${key}` : "";
  begun = "";
  const found = (sequence !== "" && bindingOf(sequence, typing)) || bindingOf(key, typing);
  if (found) {
    found.run();
    return true;
  }
  if (typing || !beginsSequence(key)) return false;
  begun = key;
  begunAt = now;
  return true;
}

function* reachable(typing: boolean): Generator<Binding> {
  for (let k = layers.length - 1; k >= 0; k--) {
    const layer = layers[k] as Layer;
    for (const binding of layer.bindings()) if (!typing || binding.typing === true) yield binding;
    if (layer.modal) return;
  }
}

function bindingOf(keys: string, typing: boolean): Binding | undefined {
  for (const binding of reachable(typing)) if (binding.keys === keys) return binding;
  return undefined;
}

function beginsSequence(key: string): boolean {
  for (const binding of reachable(false)) if (binding.keys.startsWith(`${key} `) && key.length === 1) return true;
  return false;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
}
