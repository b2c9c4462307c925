import type { Random } from "@dingi/base";
import type { Field, Schema, StructSchema } from "@dingi/apimachinery";

const TEXTS = [
  "",
  "a",
  "A_b",
  "a/b",
  "a.b.c",
  "..",
  "/x",
  "1",
  "-1",
  "10.0.0.1",
  "fd00::1",
  "In",
  "Exists",
  "NotIn",
  "Always",
  "Never",
  "Localhost",
  "None",
  "True",
  "Equal",
  "TCP",
  "metadata.name",
  "metadata.labels['a']",
  "limits.cpu",
  "$(a)",
  "Service",
  "ClusterIP",
  "\u{1F600}",
];
const QUANTITIES = ["0", "1", "100m", "-1", "1Gi", "1e3", "0.1Ki"];
const KEYS = ["a", "cpu", "memory", "example.com/x", "A b", "hugepages-2Mi", "__proto__", "constructor"];
const MAX_DEPTH = 9;
const DENSITIES = [0, 0.1, 0.3, 0.5];

/** Objects that fit a schema and nothing else, to see that no rule stumbles over them. */
export class StrangeObjects {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `depth` 0 gives most of the fields, and more a part of them. */
  make(schema: StructSchema, depth = 0): Record<string, unknown> {
    return this.#struct(schema, depth);
  }

  #struct(schema: StructSchema, depth: number): Record<string, unknown> {
    const all = [...schema.fields.values()].filter(({ name }) => name !== "apiVersion" && name !== "kind");
    return Object.fromEntries(
      this.#some(all, depth).map((field) => [field.name, this.#value(field.schema, depth + 1)]),
    );
  }

  /** One field, because of many structs only one may be set, or about as many as a chosen density gives. */
  #some(fields: readonly Field[], depth: number): readonly Field[] {
    if (depth === 0) return fields.filter(() => this.#chance(0.9));
    if (depth > MAX_DEPTH) return fields.filter(() => this.#chance(0.05));
    const density = this.#pick(DENSITIES);
    return density === 0 && fields.length > 0 ? [this.#pick(fields)] : fields.filter(() => this.#chance(density));
  }

  #value(schema: Schema, depth: number): unknown {
    switch (schema.type) {
      case "struct":
        return this.#struct(schema, depth);
      case "list":
        return Array.from({ length: this.#upTo(3) }, () => this.#value(schema.items, depth));
      case "map":
        return Object.fromEntries(
          Array.from({ length: this.#upTo(2) }, () => [this.#pick(KEYS), this.#value(schema.values, depth)]),
        );
      default:
        return this.#scalar(schema.type);
    }
  }

  #scalar(type: string): unknown {
    switch (type) {
      case "bool":
        return this.#chance(0.5);
      case "int32":
      case "int64":
        return this.#pick([0, 1, -1, 80, 600, 65536, 2 ** 31 - 1]);
      case "float64":
        return this.#pick([0, 0.5, -1]);
      case "intOrString":
        return this.#pick<unknown>([0, -1, 80, "a", "50%", ""]);
      case "quantity":
        return this.#pick(QUANTITIES);
      case "bytes":
        return this.#pick(["", "YQ==", "eyJhIjoxfQ=="]);
      case "time":
        return "2026-01-01T00:00:00Z";
      case "microTime":
        return "2026-01-01T00:00:00.000000Z";
      case "duration":
        return "1m0s";
      case "string":
        return this.#pick(TEXTS);
      default:
        return {};
    }
  }

  #chance(likelihood: number): boolean {
    return this.#random.float() < likelihood;
  }

  #upTo(max: number): number {
    return this.#random.int(max + 1);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random.int(values.length)]!;
  }
}
