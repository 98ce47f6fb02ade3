/* Directions between modules: core imports no feature, nothing imports in a circle. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const ASSETS = fileURLToPath(new URL("../../assets", import.meta.url));

/** @type {Map<string, string[]>} */
const imports = new Map();
for (const name of readdirSync(ASSETS, { recursive: true, encoding: "utf-8" })) {
  if (!name.endsWith(".mjs")) continue;
  const text = readFileSync(join(ASSETS, name), "utf-8");
  const found = [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"|^import "(\.[^"]+)"/gm),
  ];
  const lazy = [...text.matchAll(/\bimport\("(\.[^"]+)"\)/g)];
  const targets = [...found.map((match) => match[1] || match[2]), ...lazy.map((match) => match[1])];
  imports.set(
    name,
    targets.map((target) => relative(ASSETS, resolve(ASSETS, dirname(name), target))),
  );
}

test("every module that is imported is there", () => {
  for (const [name, targets] of imports) {
    for (const target of targets) assert.ok(imports.has(target), `${name} imports ${target}`);
  }
});

test("core imports core alone", () => {
  const core = [...imports].filter(([name]) => name.startsWith("core/"));
  assert.ok(core.length > 10);
  for (const [name, targets] of core) {
    for (const target of targets) assert.ok(target.startsWith("core/"), `${name}: ${target}`);
  }
});

test("nothing imports in a circle", () => {
  const done = new Set();
  const visit = (name, path) => {
    assert.ok(!path.includes(name), [...path, name].join(" -> "));
    if (done.has(name)) return;
    for (const target of imports.get(name)) visit(target, [...path, name]);
    done.add(name);
  };
  for (const name of imports.keys()) visit(name, []);
});
