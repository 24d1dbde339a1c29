/** The page as flat files below /console/, nothing inline: the server's policy forbids that. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "/console/",
  esbuild: { jsx: "automatic" },
  css: { modules: { generateScopedName: "[local]-[hash:base64:5]" } },
  build: {
    outDir: "dist/page",
    assetsDir: "",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rollupOptions: {
      output: {
        // A name the server serves begins with a small letter.
        entryFileNames: "app-[hash].js",
        chunkFileNames: "chunk-[name]-[hash].js",
        assetFileNames: "asset-[name]-[hash][extname]",
      },
    },
  },
});
