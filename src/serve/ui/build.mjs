// Bundles the desk into DIST (first argument, default `dist`): index.html and assets/NAME-HASH.EXT.
// Hashed names let a browser keep an asset for ever; index.html names the ones that belong together.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const dist = process.argv[2] ?? "dist";
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const result = await build({
  entryPoints: { app: "src/main.tsx", desk: "src/style/desk.css" },
  outdir: join(dist, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(result.metafile.outputs);
const emitted = (source) => {
  const found = outputs.find(([, output]) => output.entryPoint === source);
  if (!found) throw new Error(`esbuild made nothing of ${source}`);
  return basename(found[0]);
};
const page = (await readFile("index.html", "utf8"))
  .replaceAll("%APP%", `/assets/${emitted("src/main.tsx")}`)
  .replaceAll("%STYLE%", `/assets/${emitted("src/style/desk.css")}`);
await writeFile(join(dist, "index.html"), page);
