// `npm run gen -- [--check]`: makes every kind's *.gen.ts and the index of packages/api from the wire facts in data/.
import { readFileSync, readdirSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { enforcedRules } from "./enforced-rules.mjs";
import { DECLARED, EMBEDDED_BY, META, OWNERS, ROOTS } from "./rooms.mjs";
import { renderRoom } from "./render.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "../../packages");
const goTypes = read("go-fields.json");
const openapi = read("schemas.json");
const declared = read("declared-rules.json");

function read(file) {
  return JSON.parse(readFileSync(join(here, "data", file), "utf8"));
}

/** "k8s.io/api/core/v1.Pod" → "core/v1.Pod"; the form that rooms.mjs uses. */
function shortName(goName) {
  return goName
    .replace(/^k8s\.io\/(api|apimachinery\/pkg\/apis)\//, "")
    .replace(/^k8s\.io\/(apiextensions-apiserver|kube-aggregator)\/pkg\/apis\//, "");
}

function openapiName(goName) {
  const [path, type] = [goName.slice(0, goName.lastIndexOf(".")), goName.slice(goName.lastIndexOf(".") + 1)];
  const [host, ...rest] = path.split("/");
  return [...host.split(".").reverse(), ...rest, type].join(".");
}

const byShortName = new Map(Object.keys(goTypes).map((name) => [shortName(name), name]));

const SCALARS = {
  string: "string",
  bool: "bool",
  int32: "int32",
  int64: "int64",
  float64: "float64",
  bytes: "bytes",
  interface: "json",
  "k8s.io/apimachinery/pkg/apis/meta/v1.Time": "time",
  "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": "microTime",
  "k8s.io/apimachinery/pkg/apis/meta/v1.Duration": "duration",
  "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1": "fieldsV1",
  "k8s.io/apimachinery/pkg/api/resource.Quantity": "quantity",
  "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "intOrString",
  "k8s.io/apimachinery/pkg/runtime.RawExtension": "rawExtension",
  "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON": "rawJson",
};

/** Types that are a struct or something else in its place: scalars that know the struct. */
const APIEXTENSIONS = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1";
const ALTERNATIVES = {
  [`${APIEXTENSIONS}.JSONSchemaPropsOrArray`]: "schemaOrArray",
  [`${APIEXTENSIONS}.JSONSchemaPropsOrBool`]: "schemaOrBool",
  [`${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`]: "schemaOrStringArray",
};
const TYPE_META = "k8s.io/apimachinery/pkg/apis/meta/v1.TypeMeta";

/** Go's type text → { list } | { map } | { scalar } | { struct }. */
function parseType(text) {
  if (text.startsWith("[]")) return { list: parseType(text.slice(2)) };
  if (text.startsWith("map[string]")) return { map: parseType(text.slice("map[string]".length)) };
  if (SCALARS[text]) return { scalar: SCALARS[text] };
  if (ALTERNATIVES[text]) return { scalar: ALTERNATIVES[text], of: `${APIEXTENSIONS}.JSONSchemaProps` };
  if (!goTypes[text]) throw new Error(`Type "${text}" is not among the wire facts`);
  return { struct: text };
}

function structsOf(type) {
  if (type.struct) return [type.struct];
  return type.list ? structsOf(type.list) : type.map ? structsOf(type.map) : [];
}

/** A struct that only ever is inlined is no schema of its own: its fields are described where it is inlined. */
function schemaOf(goName) {
  const embedder = () =>
    Object.keys(goTypes).find((name) => goTypes[name].some((field) => field.json === "" && field.type === goName));
  return openapi[openapiName(goName)] ?? openapi[openapiName(embedder() ?? "")];
}

function fieldsOf(goName) {
  const schema = schemaOf(goName);
  const isKind = (goTypes[goName] ?? []).some((f) => f.json === "" && f.type === TYPE_META);
  const fields = goTypes[goName]
    .filter((field) => field.type !== TYPE_META)
    .map((field) => ({
      name: field.json,
      number: Number(field.protobuf ?? 0),
      type: parseType(field.type),
      pointer: field.pointer,
      omitempty: field.omitempty,
      omitzero: field.omitzero,
      patchStrategy: field.patchStrategy,
      patchMergeKey: field.patchMergeKey,
      openapi: schema?.properties?.[field.json] ?? {},
      required: schema?.required?.includes(field.json),
      rules: DECLARED.includes(shortName(goName).split(".")[0])
        ? enforcedRules(declared[goName]?.[field.json] ?? [], `${goName}.${field.json}`)
        : [],
    }));
  return { isKind, fields, atomic: schema?.["x-kubernetes-map-type"] === "atomic" };
}

/** Everything reachable, with the folders that reach it. */
function reach() {
  const users = new Map();
  const visit = (goName, room) => {
    const rooms = users.get(goName) ?? users.set(goName, new Set()).get(goName);
    if (rooms.has(room)) return;
    rooms.add(room);
    for (const field of fieldsOf(goName).fields) for (const inner of structsOf(field.type)) visit(inner, room);
  };
  for (const [room, roots] of Object.entries(ROOTS)) {
    for (const root of roots) {
      if (!byShortName.has(root)) throw new Error(`Root "${root}" of "${room}" is not among the wire facts`);
      visit(byShortName.get(root), room);
    }
  }
  return users;
}

function assignOwners(users) {
  const owners = new Map();
  const roots = Object.entries(ROOTS).flatMap(([room, names]) => names.map((name) => [name, room]));
  for (const [goName, rooms] of users) {
    const name = shortName(goName);
    const prefix = roots
      .filter(([root]) => name === root || (name.startsWith(root) && /[A-Z]/.test(name[root.length] ?? "")))
      .sort(([a], [b]) => b.length - a.length)[0];
    const owner = name.startsWith("meta/") ? META : (OWNERS[name] ?? prefix?.[1] ?? closest(rooms));
    if (!owner)
      throw new Error(
        `Type "${name}" has no owner; it is used by ${[...rooms].join(", ")}. Name one in tools/gen/rooms.mjs`,
      );
    owners.set(goName, owner);
  }
  return owners;
}

/** The only user; or the one that all others embed. */
function closest(rooms) {
  if (rooms.size === 1) return [...rooms][0];
  return Object.keys(EMBEDDED_BY).find(
    (owner) => rooms.has(owner) && [...rooms].every((room) => room === owner || EMBEDDED_BY[owner].includes(room)),
  );
}

/** TypeScript names: V1Pod; with the group in front where two groups share a name. */
function assignNames(goNames) {
  const plain = (goName) => {
    const [, version, type] = /\/([^/]+)\.([^.]+)$/.exec(goName);
    return version[0].toUpperCase() + version.slice(1) + type;
  };
  const group = (goName) => shortName(goName).split("/")[0];
  const count = new Map();
  for (const goName of Object.keys(goTypes)) count.set(plain(goName), (count.get(plain(goName)) ?? 0) + 1);
  return new Map(
    goNames.map((goName) => {
      const g = group(goName);
      const name = plain(goName);
      return [goName, count.get(name) > 1 && g !== "meta" ? g[0].toUpperCase() + g.slice(1) + name : name];
    }),
  );
}

function build() {
  const users = reach();
  const owners = assignOwners(users);
  const names = assignNames([...users.keys()]);
  const files = new Map();
  for (const room of Object.keys(ROOTS)) {
    const types = [...owners]
      .filter(([, owner]) => owner === room)
      .map(([goName]) => goName)
      .sort((a, b) => names.get(a).localeCompare(names.get(b)));
    const file = room === META ? "apimachinery/src/meta/meta.gen.ts" : `api/src/${room}/${room.split("/")[1]}.gen.ts`;
    files.set(file, renderRoom({ room, types, names, owners, fieldsOf, openapiName }));
  }
  files.set("api/src/index.ts", renderIndex());
  return files;
}

/** Every folder of packages/api/src/<group>/ with an index.ts is a room of the index. */
function renderIndex() {
  const root = join(packages, "api/src");
  const rooms = readdirSync(root, { withFileTypes: true })
    .filter((group) => group.isDirectory())
    .flatMap((group) =>
      readdirSync(join(root, group.name), { withFileTypes: true })
        .filter((kind) => kind.isDirectory())
        .map((kind) => `${group.name}/${kind.name}`),
    )
    .filter((room) => existsSync(join(root, room, "index.ts")))
    .sort();
  const definitions = (pattern) =>
    rooms.flatMap((room) =>
      [...readFileSync(join(root, room, "index.ts"), "utf8").matchAll(pattern)].map((match) => ({
        room,
        name: match[1],
      })),
    );
  const kinds = definitions(/^export const (\w+)[^=]*= defineKind\b/gm);
  const reviews = definitions(/^export const (\w+)[^=]*= defineReview\b/gm);
  const imports = [...kinds, ...reviews].map(({ room, name }) => `import { ${name} } from "./${room}/index.ts";`);
  const list = (name, type, entries) =>
    `export const ${name}: readonly ${type}[] = [${entries.map((entry) => `\n  ${entry.name},`).join("")}${entries.length > 0 ? "\n" : ""}];`;
  return [
    "// Generated by tools/gen; do not edit.",
    'import type { AnyKind, ReviewDefinition } from "@dingi/apimachinery";',
    ...imports,
    "",
    ...rooms.map((room) => `export * from "./${room}/index.ts";`),
    "",
    list("builtinKinds", "AnyKind", kinds),
    "",
    list("builtinReviews", "ReviewDefinition", reviews),
    "",
  ].join("\n");
}

const check = process.argv.includes("--check");
const stale = [];
for (const [file, text] of build()) {
  const target = join(packages, file);
  if (existsSync(target) && readFileSync(target, "utf8") === text) continue;
  stale.push(`packages/${file}`);
  if (check) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
if (check && stale.length > 0) {
  console.error(`Generated files are stale; run "npm run gen":\n  ${stale.join("\n  ")}`);
  process.exit(1);
}
console.log(stale.length === 0 ? "gen: up to date" : `gen: wrote ${stale.length} files`);
