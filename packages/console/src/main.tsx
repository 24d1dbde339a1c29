/** The page's entry. */
import { createRoot } from "react-dom/client";
import "./ui/tokens.css";
import "./ui/base.css";
import { App } from "./app/app.js";
import { SCREENS } from "./app/screens.js";
import { startTheme } from "./app/theme.js";

startTheme();
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
// The other screens are fetched once this one stands, so that none has to be waited for.
setTimeout(() => {
  for (const { load } of SCREENS) void load().catch(() => {});
}, 1500);
