import {
  deep,
  fill,
  fillMap,
  FILLING_BYTES,
  HOSTILE_KINDS,
  LONG,
  PATCHES,
  pods,
  short,
  text,
  type HostileShape,
  type Json,
} from "./hostile-shapes.ts";
import type { RawRequest } from "./test-server.ts";

const raw = (name: string, request: () => RawRequest): HostileShape => ({ name, request });

const configMaps = HOSTILE_KINDS["ConfigMap"]!.url;
const patchOf = (operations: unknown): RawRequest => ({
  method: "PATCH",
  url: `${configMaps}/target`,
  headers: { "content-type": PATCHES.json },
  ...text(operations),
});
const yaml = (source: string, kind = "configmaps"): RawRequest => ({
  method: "POST",
  url: `/api/v1/namespaces/default/${kind}`,
  headers: { "content-type": "application/yaml" },
  text: source,
});
const json = (source: string, url: string = pods): RawRequest => ({ method: "POST", url, text: source });
const protobuf = (raw: Buffer, kind = "Pod", url = pods): RawRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/vnd.kubernetes.protobuf" },
  readBody: () => Promise.resolve(envelope(kind, raw)),
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);

function envelope(kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, type), field(2, raw)]);
}

const POD_SPEC = 2;
const CONTAINERS = 2;
const many = (piece: Buffer): Buffer => Buffer.alloc(Math.floor(FILLING_BYTES / piece.length) * piece.length, piece);
const nested = (levels: number): Buffer => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let i = 0; i < levels; i++) bytes = field(1, bytes);
  return bytes;
};

const podPatch = (spec: Json): RawRequest => ({
  method: "PATCH",
  url: `${pods}/target`,
  headers: { "content-type": PATCHES.strategic },
  ...text({ spec }),
});

function* protobufTexts(): Generator<HostileShape> {
  yield raw("protobuf of empty containers", () => protobuf(field(POD_SPEC, many(field(CONTAINERS, Buffer.alloc(0))))));
  yield raw("protobuf of empty environment variables", () =>
    protobuf(field(POD_SPEC, field(CONTAINERS, many(field(7, Buffer.alloc(0)))))),
  );
  yield raw("protobuf of empty owner references", () => protobuf(field(1, many(field(13, Buffer.alloc(0))))));
  yield raw("protobuf of empty labels", () => protobuf(field(1, many(field(11, Buffer.alloc(0))))));
  yield raw("protobuf of empty finalizers", () => protobuf(field(1, many(field(14, Buffer.alloc(0))))));
  yield raw("protobuf of managed fields", () => protobuf(field(1, many(field(17, Buffer.alloc(0))))));
  yield raw("protobuf of groups", () => protobuf(field(POD_SPEC, field(14, many(Buffer.from([0x20, 1]))))));
  yield raw("protobuf of unknown fields", () => protobuf(many(Buffer.from([0xf8, 0x07, 0x01]))));
  yield raw("protobuf of metadata again and again", () => protobuf(many(field(1, Buffer.alloc(0)))));
  yield raw("protobuf of specs again and again", () => protobuf(many(field(POD_SPEC, Buffer.alloc(0)))));
  yield raw("deep protobuf", () => protobuf(nested(5000)));
  yield raw("protobuf of tolerations", () => protobuf(field(POD_SPEC, many(field(22, Buffer.alloc(0))))));
  yield raw("protobuf of wrong bytes", () => protobuf(many(Buffer.from([0xff]))));
}

function* jsonTexts(): Generator<HostileShape> {
  yield raw("JSON that ends too early", () => json(`{"a":${"[".repeat(9000)}`));
  yield raw("JSON of opening brackets", () => json("[".repeat(FILLING_BYTES)));
  yield raw("JSON of opening braces", () => json('{"":'.repeat(FILLING_BYTES / 4)));
  yield raw("JSON of deep lists, many times", () =>
    json(
      `{"a":[${Array(160)
        .fill("[".repeat(9000) + "]".repeat(9000))
        .join()}]}`,
    ),
  );
  yield raw("JSON of empty lists", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("[]")
        .join()}]}`,
    ),
  );
  yield raw("JSON of zeros", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}`,
    ),
  );
  yield raw("JSON of empty objects", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("{}")
        .join()}]}`,
    ),
  );
  yield raw("JSON of one field again and again", () =>
    json(`{"kind":"Pod"${',"kind":"Pod"'.repeat(FILLING_BYTES / 14)}}`),
  );
  yield raw("JSON of specs again and again", () => json(`{"kind":"Pod"${',"spec":{}'.repeat(FILLING_BYTES / 11)}}`));
  yield raw("JSON of one list again and again", () =>
    json(`{"spec":{"a":0${',"containers":[{}]'.repeat(FILLING_BYTES / 18)}}}`),
  );
  yield raw("JSON of one long list, then short ones", () =>
    json(`{"spec":{"containers":[${Array(200000).fill("{}").join()}]${',"containers":[{}]'.repeat(100000)}}}`),
  );
  yield raw("JSON of white space", () => json(`{${" ".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of white space and no end", () => json(`{${" ".repeat(FILLING_BYTES)}`));
  yield raw("JSON of a long number", () => json(`{"a":${"1".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of a long integer field", () => json(`{"metadata":{"generation":${"1".repeat(FILLING_BYTES)}}}`));
  yield raw("JSON of long integers", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 20) | 0)
        .fill("9".repeat(18))
        .join()}]}`,
    ),
  );
  yield raw("JSON of a long fraction", () => json(`{"a":0.${"1".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of escapes", () => json(`{"metadata":{"name":"${"\\u0061".repeat(FILLING_BYTES / 6)}"}}`));
  yield raw("JSON of short escapes", () => json(`{"metadata":{"name":"${"\\n".repeat(FILLING_BYTES / 2)}"}}`));
  yield raw("JSON of half surrogates", () => json(`{"metadata":{"name":"${"\\ud800".repeat(FILLING_BYTES / 6)}"}}`));
  yield raw("JSON of a long key", () => json(`{"${"a".repeat(FILLING_BYTES)}":0}`));
  yield raw("JSON of numbers for names", () =>
    json(`{"a":{${Array.from({ length: 200_000 }, (_, i) => `"${200_000 - i}":0`).join()}}}`),
  );
  yield raw("JSON of big numbers for labels", () =>
    json(`{"metadata":{"labels":{${Array.from({ length: 180_000 }, (_, i) => `"${i * 20_000}":""`).join()}}}}`),
  );
  yield raw("JSON of invalid UTF-8", () => ({
    ...json(""),
    readBody: () =>
      Promise.resolve(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(FILLING_BYTES, 0xff), Buffer.from('"}')])),
  }));
  yield raw("a long kind", () => json(`{"kind":"${"a".repeat(FILLING_BYTES)}","apiVersion":"v1"}`));
  yield raw("a long version", () => json(`{"kind":"Pod","apiVersion":"${"a/".repeat(FILLING_BYTES / 2)}"}`));
}

function* moreJsonTexts(): Generator<HostileShape> {
  yield raw("a long time", () => json(`{"metadata":{"creationTimestamp":"${"1".repeat(FILLING_BYTES)}"}}`));
  yield raw("base64 with line breaks", () =>
    json(`{"binaryData":{"a":"${"AAAA\\n".repeat(FILLING_BYTES / 6)}"}}`, configMaps),
  );
  yield raw("bytes as a list", () =>
    json(
      `{"binaryData":{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}}`,
      configMaps,
    ),
  );
}

function* yamlTexts(): Generator<HostileShape> {
  yield raw("YAML of flow lists", () => yaml(`a: [${"[],".repeat(FILLING_BYTES / 3)}]`));
  yield raw("YAML of a block list", () => yaml("- \n".repeat(FILLING_BYTES / 3)));
  yield raw("YAML of keys", () => yaml(Array.from({ length: 300_000 }, (_, i) => `${short(i)}: `).join("\n")));
  yield raw("YAML of one key again and again", () => yaml("a: \n".repeat(FILLING_BYTES / 4)));
  yield raw("YAML of deep indentation", () =>
    yaml(Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")),
  );
  yield raw("YAML of deep flow lists", () => yaml("[".repeat(FILLING_BYTES)));
  yield raw("YAML of aliases", () => yaml(`a: &a [${"b,".repeat(1_000_000)}]\nb: [${Array(99).fill("*a").join()}]`));
  yield raw("YAML of nested aliases", () => yaml(laughs()));
  yield raw("YAML of comments", () => yaml("#\n".repeat(FILLING_BYTES / 2)));
  yield raw("YAML of documents", () => yaml("---\n".repeat(FILLING_BYTES / 4)));
  yield raw("YAML of empty lines", () => yaml(`a: |\n${"\n".repeat(FILLING_BYTES)}`));
  yield raw("YAML of a plain text in many lines", () => yaml(`a: ${"b\n  ".repeat(FILLING_BYTES / 4)}`));
  yield raw("YAML of anchors", () => yaml(Array.from({ length: 200_000 }, (_, i) => `- &${short(i)} a`).join("\n")));
  yield raw("YAML of tags", () => yaml("- !!str a\n".repeat(FILLING_BYTES / 10)));
  yield raw("YAML of escapes", () => yaml(`a: "${"\\x41".repeat(FILLING_BYTES / 4)}"`));
  yield raw("YAML of merges", () => yaml(`a: &a\n  b: c\nd:\n${"  <<: *a\n".repeat(99)}`));
  yield raw("YAML of question marks", () => yaml("? ".repeat(900)));
  yield raw("YAML of numbers", () => yaml(`a: [${"1_1,".repeat(FILLING_BYTES / 4)}]`));
  yield raw("YAML of one long number", () => yaml(`a: ${"1_".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of one long octal number", () => yaml(`a: 0${"1".repeat(FILLING_BYTES)}`));
  yield raw("YAML of one long plain text", () => yaml(`a: ${"b ".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of a key without an end", () => yaml(`a${" b".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of colons", () => yaml(":".repeat(FILLING_BYTES)));
  yield raw("YAML of dashes", () => yaml("- ".repeat(900)));
  yield raw("YAML of base 60", () => yaml(`a: ${"1:".repeat(FILLING_BYTES / 2)}1`));
  yield raw("YAML of a time", () => yaml(`a: 2001-01-01T01:01:01.${"1".repeat(FILLING_BYTES)}Z`));
}

function* jsonPatches(): Generator<HostileShape> {
  yield raw("JSON patch of moves", () =>
    patchOf([
      { op: "add", path: "/data", value: fillMap((i) => `a${short(i)}`, "", LONG) },
      ...Array(9000).fill({ op: "move", from: "/data", path: "/binaryData" }),
    ]),
  );
  yield raw("JSON patch of copies", () =>
    patchOf([
      { op: "add", path: "/data", value: { a: "x".repeat(1_000_000) } },
      ...Array.from({ length: 9000 }, (_, i) => ({ op: "copy", from: "/data", path: `/${short(i)}` })),
    ]),
  );
  yield raw("JSON patch of copies into themselves", () =>
    patchOf([{ op: "add", path: "/x", value: [0] }, ...Array(9000).fill({ op: "copy", from: "/x", path: "/x/-" })]),
  );
  yield raw("JSON patch of tests", () =>
    patchOf([
      { op: "add", path: "/data", value: fillMap((i) => `a${short(i)}`, "", LONG / 2) },
      { op: "copy", from: "/data", path: "/binaryData" },
      ...Array(9000).fill({ op: "test", path: "/data", value: {} }),
    ]),
  );
  yield raw("JSON patch of insertions", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "add", path: "/x/0", value: 1 }),
    ]),
  );
  yield raw("JSON patch of removals", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(1_000_000).fill(0) },
      ...Array(9000).fill({ op: "remove", path: "/x/0" }),
    ]),
  );
  yield raw("JSON patch of list moves", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "move", from: "/x/0", path: "/x/699999" }),
    ]),
  );
  yield raw("JSON patch of many operations", () => patchOf(fill(() => ({ op: "test", path: "", value: 0 }))));
  yield raw("JSON patch of a long path", () => patchOf([{ op: "add", path: "/a".repeat(LONG / 2), value: 0 }]));
  yield raw("JSON patch of escapes", () => patchOf([{ op: "add", path: `/${"~1".repeat(LONG / 2)}`, value: 0 }]));
  yield raw("JSON patch of deep tests", () =>
    patchOf([{ op: "add", path: "/x", value: deep(5000) }, ...Array(9000).fill({ op: "test", path: "/x", value: {} })]),
  );
  yield raw("a deep merge patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.merge },
    ...text({ data: deep(9000) }),
  }));
  yield raw("a deep strategic patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.strategic },
    ...text({ data: deep(9000) }),
  }));
  yield raw("strategic patch of deletions", () =>
    podPatch({ containers: fill((i) => ({ name: short(i), $patch: "delete" })) }),
  );
  yield raw("strategic patch of an order", () =>
    podPatch({ "$setElementOrder/containers": fill((i) => ({ name: short(i) })) }),
  );
}

function* moreJsonPatches(): Generator<HostileShape> {
  yield raw("strategic patch of an order and its items", () =>
    podPatch({
      "$setElementOrder/containers": fill((i) => ({ name: short(i) }), LONG),
      containers: fill((i) => ({ name: short(i) }), LONG),
    }),
  );
  yield raw("strategic patch of items of one name", () => podPatch({ containers: fill(() => ({ name: "a" })) }));
  yield raw("strategic patch of primitive deletions", () => ({
    ...podPatch({}),
    ...text({ metadata: { "$deleteFromPrimitiveList/finalizers": fill(short) } }),
  }));
  yield raw("strategic patch of kept keys", () => podPatch({ $retainKeys: fill(short) }));
}

/** What is no object of a kind in a usual body. */
export function* hostileTexts(): Generator<HostileShape> {
  yield* protobufTexts();
  yield* jsonTexts();
  yield* moreJsonTexts();
  yield* yamlTexts();
  yield* jsonPatches();
  yield* moreJsonPatches();
}

/** Nine levels of nine references each. */
function laughs(): string {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i <= 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join()}]`,
    );
  return lines.join("\n");
}

/** What stands in the path, the query and the headers. */
export function* hostileQueries(): Generator<HostileShape> {
  const many = 60_000;
  yield raw("a long label selector", () => ({ url: `${pods}?labelSelector=${"a,".repeat(many)}a` }));
  yield raw("a label selector of parentheses", () => ({ url: `${pods}?labelSelector=${"(".repeat(many)}` }));
  yield raw("a label selector with many values", () => ({
    url: `${pods}?labelSelector=a in (${Array.from({ length: many }, (_, i) => short(i)).join()})`,
  }));
  yield raw("a label selector of spaces", () => ({ url: `${pods}?labelSelector=a${" ".repeat(many)}!` }));
  yield raw("a long field selector", () => ({
    url: `${pods}?fieldSelector=${"metadata.name=a,".repeat(many / 8)}metadata.name=b`,
  }));
  yield raw("a field selector of escapes", () => ({
    url: `${pods}?fieldSelector=metadata.name=${"\\\\".repeat(many)}`,
  }));
  yield raw("parameters that nobody knows", () => ({
    url: `${pods}?${Array.from({ length: many }, (_, i) => `${short(i)}=`).join("&")}`,
  }));
  yield raw("one parameter again and again", () => ({ ...json("{}"), url: `${pods}?${"dryRun=All&".repeat(many)}` }));
  yield raw("one wrong parameter again and again", () => ({
    ...json("{}"),
    url: `${pods}?${"dryRun=a&".repeat(many)}`,
  }));
  yield raw("a long field manager", () => ({ ...json("{}"), url: `${pods}?fieldManager=${"\u200b".repeat(many)}` }));
  yield raw("a long continue token", () => ({ url: `${pods}?limit=1&continue=${"A".repeat(many)}` }));
  yield raw("a long path", () => ({ url: `/api/v1/${"a/".repeat(many)}` }));
  yield raw("a path of escapes", () => ({ url: `/api/v1/namespaces/${"%2f".repeat(many)}` }));
  yield raw("a long user agent", () => ({ ...json("{}"), headers: { "user-agent": "\u200b".repeat(16_000) } }));
  yield raw("a long Accept header", () => ({ url: pods, headers: { accept: "a/b;c=d,".repeat(2000) } }));
  yield raw("an Accept header of parameters", () => ({ url: pods, headers: { accept: `a/b${";c=d".repeat(4000)}` } }));
  yield raw("a long content type", () => ({ ...json("{}"), headers: { "content-type": "a;".repeat(8000) } }));
  yield raw("a long token", () => ({
    url: pods,
    user: null,
    headers: { authorization: `Bearer ${"a.".repeat(8000)}` },
  }));
}
