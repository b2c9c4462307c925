import { customKind, customSchema, s, type AnyKind, type Schema } from "@dingi/apimachinery";

const number = s.free({ of: "numeric" });
const sailor = s.free({ of: "object", properties: { name: s.free({ of: "string" }), age: number } });

const spec = s.free({
  of: "object",
  properties: {
    sails: number,
    crew: s.free({ of: "list", listType: "map", keys: ["name"], items: sailor }),
    cargo: s.free({ of: "object", unknown: "keep", properties: { weight: number } }),
  },
});
const status = s.free({ of: "object", properties: { afloat: s.free({ of: "boolean" }) } });

interface BoatOptions {
  readonly plural?: string;
  /** Further fields beside spec and status. */
  readonly more?: Readonly<Record<string, Extract<Schema, { type: "free" }>>>;
}

/** A custom kind as a definition would have it; another one at each call. */
export function boatKind({ plural = "boats", more = {} }: BoatOptions = {}): AnyKind {
  const schema = customSchema({ name: "org.example.v1.Boat", properties: { spec, status, ...more } });
  return customKind({
    apiVersion: "example.org/v1",
    kind: "Boat",
    plural,
    shortNames: ["bt"],
    categories: ["all"],
    scope: "Namespaced",
    hasStatus: true,
    schema,
  });
}
