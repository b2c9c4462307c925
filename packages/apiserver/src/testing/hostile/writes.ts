import type { RawRequest } from "../test-server.ts";
import type { Json } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";
import { FURTHER_KINDS, HOSTILE_KINDS } from "./hostile-kinds.ts";
import { text, type HostileShape } from "./hostile-shape.ts";
import { METADATA } from "./metadata.ts";
import { PATCHES } from "./patch-types.ts";

/** The verbs by which an object of the name "target", which exists, is written. */
const WRITES: Readonly<Record<string, (kind: HostileKind, object: Json) => RawRequest>> = {
  create: ({ url }, object) => ({ method: "POST", url, ...text(object) }),
  update: ({ url, name = "target" }, object) => ({ method: "PUT", url: `${url}/${name}`, ...text(object) }),
  ...Object.fromEntries(
    Object.entries(PATCHES).map(([name, type]) => [
      `${name} patch`,
      ({ url, name: target = "target" }: HostileKind, object: Json): RawRequest => ({
        method: "PATCH",
        url: `${url}/${target}${name === "apply" ? "?fieldManager=a&force=true" : ""}`,
        headers: { "content-type": type },
        ...text(
          name === "json"
            ? Object.keys(object).map((key) => ({ op: "add", path: `/${key}`, value: object[key] }))
            : object,
        ),
      }),
    ]),
  ),
};

function* written(kindName: string, verb: string): Generator<HostileShape> {
  const kind = { ...HOSTILE_KINDS, ...FURTHER_KINDS }[kindName]!;
  const write = WRITES[verb]!;
  const name = kind.name ?? (verb === "create" ? "new" : "target");
  for (const [what, metadata] of Object.entries(Object.hasOwn(HOSTILE_KINDS, kindName) ? METADATA : {}))
    yield {
      name: `${verb} of a ${kindName} with ${what}`,
      request: (filling) => write(kind, { ...kind.base, metadata: { name, ...metadata(filling) } }),
    };
  for (const [what, fields] of Object.entries(kind.fields))
    yield {
      name: `${verb} of a ${kindName} with ${what}`,
      request: (filling) => {
        const own = fields(filling);
        return write(kind, { ...kind.base, ...own, metadata: { ...(own["metadata"] as Json | undefined), name } });
      },
    };
}

/** Every shape in every verb and kind; made one by one, as each is megabytes long. */
export function* hostileWrites(
  kinds: Iterable<string> = [...Object.keys(HOSTILE_KINDS), ...Object.keys(FURTHER_KINDS)],
  verbs: Iterable<string> = Object.keys(WRITES),
): Generator<HostileShape> {
  for (const kind of kinds) for (const verb of verbs) yield* written(kind, verb);
}
