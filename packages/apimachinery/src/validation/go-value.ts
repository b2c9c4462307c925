import type { Field, Schema, StructSchema } from "../schema/schema.ts";

/**
 * A value as upstream's internal types print it in an error: they have no JSON names and leave nothing out.
 * Where an internal type differs from the wire's, the caller says so itself.
 */
export function goValue(schema: StructSchema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = [...schema.fields].map(([name, field]) => [goName(name), fieldValue(field, value[name])]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Words that Go writes in capitals. */
const INITIALISMS = /^(gmsa|api|uid|ip|fs|http|tcp|grpc|tty|dns|se|gce|aws|nfs|iscsi|rbd|csi|fc|os)(?=[A-Z]|$)/;

function goName(name: string): string {
  const initialism = INITIALISMS.exec(name)?.[1];
  if (initialism !== undefined) return initialism.toUpperCase() + name.slice(initialism.length);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function fieldValue(field: Field, value: unknown): unknown {
  if (value === undefined || value === null) return field.pointer ? null : zeroOf(field.schema);
  return printable(field.schema, value);
}

/** These types are the same everywhere, and have JSON names. */
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

function printable(schema: Schema, value: unknown): unknown {
  if (schema.type === "struct" && schema.name.startsWith(META)) return value;
  if (schema.type === "struct") return goValue(schema, value as Record<string, unknown>);
  if (schema.type === "list") return (value as unknown[]).map((item) => printable(schema.items, item));
  return value;
}

function zeroOf(schema: Schema): unknown {
  switch (schema.type) {
    case "string":
    case "duration":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "float64":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    case "struct":
      return goValue(schema, {});
    default:
      return null;
  }
}
