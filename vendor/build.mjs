// npm ci && npm run build: writes ../src/attunement/reports/templates/vega.min.js, licences included.
import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const target = new URL("../src/attunement/reports/templates/vega.min.js", import.meta.url);
// Vega-Lite asks the whole of Vega for four helpers that vega-util holds.
const helpersOnly = {
  name: "helpers-only",
  setup: (plugins) => plugins.onResolve({ filter: /^vega$/ }, () => plugins.resolve("vega-util", { kind: "import-statement", resolveDir: "." })),
};

const result = await build({
  entryPoints: ["entry.mjs"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "attunementVega",
  target: ["es2020"],
  charset: "ascii",
  legalComments: "none",
  write: false,
  metafile: true,
  plugins: [helpersOnly],
});

const packages = new Map();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found !== null) {
    const about = JSON.parse(readFileSync(`node_modules/${found[1]}/package.json`, "utf8"));
    packages.set(found[1], `${found[1]} ${about.version} (${about.license})`);
  }
}
// Each licence asks that its text and its copyright lines go with every copy: they do, each text once.
const licences = new Map();
for (const name of [...packages.keys()].sort()) {
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].find((each) => existsSync(`node_modules/${name}/${each}`));
  if (file === undefined) throw new Error(`${name} has no licence text`);
  const lines = readFileSync(`node_modules/${name}/${file}`, "utf8").replaceAll("*/", "* /").split("\n").map((line) => line.trim());
  const owners = lines.filter((line) => /^Copyright (?:\(c\) )?(?:©\s*)?\d/i.test(line));
  const text = lines.filter((line) => !/^Copyright (?:\(c\) )?(?:©\s*)?\d/i.test(line)).join(" ").replace(/\s+/g, " ").trim();
  const entry = licences.get(text) ?? { packages: [], owners: new Set() };
  entry.packages.push(packages.get(name));
  for (const owner of owners) entry.owners.add(owner);
  licences.set(text, entry);
}
const notices = [...licences].map(([text, entry]) => [entry.packages.join(", "), ...entry.owners, text].join("\n"));
const banner = `/*! ${notices.join("\n\n")} */\n`;
// Nothing in a script element may look like its end or like a comment's start.
const code = result.outputFiles[0].text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--").trim();
writeFileSync(target, `${banner}${code}\n`);
console.log(`${(code.length / 1024).toFixed(0)} KiB and ${banner.length} bytes of notices from ${packages.size} packages`);
