// `node tools/gen/declared-rules.mjs MODULES`: reads, from the sources of k8s.io/api in Go's module cache, which rules its types
// declare about themselves, and writes them to data/declared-rules.json: per type and field, with their level, without prose.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rulesOf } from "./declared-tags.mjs";
import { ROOTS } from "./rooms.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** The packages of the kinds that are served: "resource/v1". */
const packages = [...new Set(Object.values(ROOTS).flat())]
  .map((name) => name.slice(0, name.lastIndexOf(".")))
  .filter((name, i, all) => all.indexOf(name) === i && !/^(meta|apiextensions|apiregistration)\//.test(name));

/** Type → { fields: { field: rules }, rules? of a named string }. */
export function declaredRules(source, prefix) {
  const enums = enumsOf(source);
  const types = {};
  for (const { name, body } of structsOf(source)) {
    const fields = Object.fromEntries(fieldsOf(body, enums).filter(([, rules]) => rules.length > 0));
    if (Object.keys(fields).length > 0) types[`${prefix}.${name}`] = fields;
  }
  return types;
}

const structsOf = (source) =>
  [...source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)].map(([, name, body]) => ({ name, body }));

/** Named strings with an enum tag → { values, level }. */
function enumsOf(source) {
  const enums = new Map();
  for (const [, comment, name] of source.matchAll(/((?:^\/\/.*\n)+)^type (\w+) string$/gm)) {
    const rule = rulesOf(tagsOf(comment)).find(({ rule }) => rule === "enum");
    if (rule === undefined) continue;
    // Either way of writing a constant: NAME Type = "value", NAME = Type("value").
    const constants = source.matchAll(new RegExp(`^\\s*\\w+ +(?:${name} += |= ${name}\\()"([^"]*)"`, "gm"));
    enums.set(name, { ...rule, values: [...constants].map(([, value]) => value).sort() });
  }
  return enums;
}

const tagsOf = (comment) => [...comment.matchAll(/^\s*\/\/ *\+k8s:(.*)$/gm)].map(([, tag]) => tag);

const FIELD = /^((?:\t\/\/.*\n)*)\t(?:\w+ +)?([\w.*[\]]+) +`json:"([\w$-]*)(?:,[^"]*)?"[^`]*`/gm;

function fieldsOf(body, enums) {
  return [...body.replace(/^\n/gm, "").matchAll(FIELD)].map(([, comment, type, json]) => [
    json,
    [...rulesOf(tagsOf(comment)), ...enumRules(type, enums)],
  ]);
}

function enumRules(type, enums) {
  const [, list, name] = /^\*?((?:\[\])?)\*?([\w.]+)$/.exec(type) ?? [];
  const rule = enums.get(name);
  if (rule === undefined) return [];
  const { level, ...of } = rule;
  return list === "" ? [rule] : [{ rule: "eachVal", of, ...(level === undefined ? {} : { level }) }];
}

function main() {
  const [modules = join(execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim(), "k8s.io")] =
    process.argv.slice(2);
  const [newest] = readdirSync(modules)
    .filter((name) => name.startsWith("api@"))
    .sort()
    .reverse();
  const all = {};
  for (const name of packages) {
    const source = readFileSync(join(modules, newest, name, "types.go"), "utf8");
    Object.assign(all, declaredRules(source, `k8s.io/api/${name}`));
  }
  writeFileSync(join(here, "data/declared-rules.json"), `${JSON.stringify(all)}\n`);
  console.log(`declared-rules: ${Object.keys(all).length} types of ${newest}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
