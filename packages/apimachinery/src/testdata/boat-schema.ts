import { customSchema } from "../kind/custom-schema.ts";
import { s } from "../schema/schema.ts";

const name = s.free({ of: "string" });
const age = s.free({ of: "numeric", nullable: true });
const sailor = s.free({ of: "object", properties: { name, age } });

/** A custom kind's schema: a list by key, unknown fields that are kept and such that are not, a null that counts. */
export const Boat = customSchema({
  name: "org.example.v1.Boat",
  properties: {
    spec: s.free({
      of: "object",
      properties: {
        sails: s.free({ of: "numeric" }),
        crew: s.free({ of: "list", listType: "map", keys: ["name"], items: sailor }),
        cargo: s.free({ of: "object", properties: { weight: s.free({ of: "numeric" }) }, unknown: "keep" }),
        ports: s.free({ of: "object", values: s.free({ of: "object", properties: { name } }) }),
      },
    }),
    anchor: s.free({ of: "string", nullable: true }),
    status: s.free({ of: "object", properties: { afloat: s.free({ of: "boolean" }) } }),
  },
});

/** One whose objects are kept whole. */
export const Raft = customSchema({ name: "org.example.v1.Raft" });
