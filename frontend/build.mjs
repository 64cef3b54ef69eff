// Builds static/build/: the style sheets, the scripts and the two font files. Run by scripts/bootstrap.py.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { compile } from "sass";

const target = "static/build";
const fonts = "node_modules/@fontsource-variable/inter/files";

mkdirSync(`${target}/fonts`, { recursive: true });
for (const subset of ["latin", "latin-ext"]) {
  const file = `inter-${subset}-wght-normal.woff2`;
  copyFileSync(`${fonts}/${file}`, `${target}/fonts/${file}`);
}

for (const sheet of ["theme", "calendar", "paper"]) {
  const { css } = compile(`frontend/${sheet}.scss`, {
    style: "compressed",
    loadPaths: ["node_modules"],
    quietDeps: true, // Bootstrap still uses @import
    silenceDeprecations: ["import"],
  });
  writeFileSync(`${target}/${sheet}.css`, css);
}

await build({
  entryPoints: ["frontend/app.js", "frontend/theme.js", "frontend/calendar.js"],
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  conditions: ["browser"],
  logLevel: "warning",
});
