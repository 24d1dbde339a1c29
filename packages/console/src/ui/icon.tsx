/** Icons: 16 x 16, drawn with the text's colour. Always beside or instead of words that say the same. */
import type { ReactElement } from "react";

const PATHS = {
  overview: "M2 9.5h3l2-6 3 9 2-5h2",
  graph: "M2 3h4v3H2zM10 2h4v3h-4zM10 10h4v3h-4zM6 4.5h4M8 4.5v7h2",
  streams:
    "M1.5 4.5c2-1.5 4-1.5 6.5 0s4.500 1.500 6.500 0M1.500 8.500c2-1.500 4-1.500 6.500 0s4.500 1.500 6.500 0M1.500 12.500c2-1.500 4-1.500 6.500 0s4.500 1.500 6.500 0",
  views: "M2 3h12v10H2zM2 6.500h12M6.500 6.500V13",
  dead: "M3 2.500h7l3 3v8H3zM6 7l4 4M10 7l-4 4",
  sql: "M2.500 4.500 5.500 8l-3 3.500M8 12h5.500",
  alerts: "M8 2 14.500 13.500h-13zM8 6.500v3.500M8 12v.2",
  hosts: "M2 3h12v8H2zM6 13.500h4M8 11v2.500",
  attack: "M2 2.500h3v3H2zM6.500 2.500h3v3h-3zM11 2.500h3v3h-3zM2 7h3v3H2zM6.500 7h3v3h-3zM2 11.500h3v2H2z",
  rules: "M3 2.500h10v11H3zM5.500 5.500h5M5.500 8h5M5.500 10.500h3",
  search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 1 0 0-9M10.500 10.500 14 14",
  sun: "M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 1 0 0-5.600M8 1v1.800M8 13.200V15M1 8h1.800M13.200 8H15M3.050 3.050l1.300 1.300M11.650 11.650l1.300 1.300M3.050 12.950l1.300-1.300M11.650 4.350l1.300-1.300",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z",
  keys: "M1.500 4h13v8h-13zM4 6.500h.2M6.700 6.500h.2M9.300 6.500h.2M11.800 6.500h.2M4.500 9.500h7",
  close: "M4 4l8 8M12 4l-8 8",
  play: "M5 3.500v9l7.500-4.500z",
  stop: "M4.500 4.500h7v7h-7z",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  up: "M4 10l4-4 4 4",
  save: "M8 2v8M5 7l3 3 3-3M3 13.500h10",
  tree: "M3 2.500v10h4M3 7h4M8 5.500h5.500v3H8zM8 11h5.500v3H8z",
  timeline: "M2 4h7M4.500 8H12M3 12h5M13.500 2v12",
  event: "M3 2.500h10v11H3zM3 6h10M6 9h4",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2M8 4.500V8l2.500 1.500",
  check: "M3 8.500l3.500 3.500L13 4.500",
  filter: "M2 3h12L9.500 8.500V13l-3-1.500v-3z",
  reload: "M13 8a5 5 0 1 1-1.500-3.500M13 2v3h-3",
  link: "M6.500 9.500l3-3M7 4.500 8.500 3a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500 7.500 13A3 3 0 0 1 3 8.500L4.500 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
