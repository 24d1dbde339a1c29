/** A one-line filter of a list: `/` leads there, and what was typed counts a moment after the last key. */
import type { ReactElement } from "react";
import { useEffect, useRef, useState } from "react";
import { SearchField } from "../ui/controls.js";
import { useKeys } from "./keys.js";

interface FilterProps {
  readonly label: string;
  readonly placeholder: string;
  /** What counts now: of the address. */
  readonly text: string;
  readonly onFilter: (text: string) => void;
  readonly className?: string | undefined;
}

const PAUSE_MS = 300;

export function FilterField({ label, placeholder, text, onFilter, className }: FilterProps): ReactElement {
  const [typed, setTyped] = useState(text);
  const told = useRef(text);
  const field = useRef<HTMLInputElement>(null);
  useKeys("Filter", [{ keys: "/", does: "Filter", run: () => field.current?.select() }]);
  useEffect(() => {
    // Another address, by a link or by going back.
    if (text === told.current) return;
    told.current = text;
    setTyped(text);
  }, [text]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === told.current) return;
    const timer = setTimeout(() => {
      told.current = wanted;
      onFilter(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, onFilter]);
  return (
    <SearchField
      label={label}
      placeholder={placeholder}
      className={className}
      inputRef={field}
      value={typed}
      onChange={setTyped}
    />
  );
}
