import { FieldPath } from "@dingi/apimachinery";
import { additionalOf, type Schema } from "../../customresourcedefinition/subschemas.ts";

/** A path that leads nowhere; the message is upstream's. */
export class SchemaPathError extends Error {
  override name = "SchemaPathError";
}

interface Place {
  readonly path: FieldPath;
  readonly schema: Schema;
}

/** `.spec.labels['a.b']`: names behind points or in brackets. Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go#ValidFieldPath */
export function followSchemaPath(text: string, schema: Schema, { arrays = true } = {}): Place {
  const tokens = tokensOf(text);
  const next = (): string => {
    const token = tokens.shift();
    if (token === undefined) throw new SchemaPathError("unexpected end of JSON path");
    return token;
  };
  let place: Place = { path: ROOT, schema };
  while (tokens.length > 0) {
    const token = next();
    if (token === ".") place = below(place, next());
    else if (token !== "[") throw new SchemaPathError(`expected [ or . but got: ${token}`);
    else {
      if (!arrays) throw new SchemaPathError("array notation is not allowed");
      place = below(place, unquote(next()));
      const close = next();
      if (close !== "]") throw new SchemaPathError(`expected ] but got ${close}`);
    }
  }
  return place;
}

const ROOT = new FieldPath("");

/** Points, brackets, texts in quotes, and what is between. */
function tokensOf(text: string): string[] {
  return text.match(/'(?:\\.|[^'\\])*'?|[.[\]]|[^.[\]]+/gs) ?? [];
}

function unquote(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'"))
    throw new SchemaPathError(`expected single quoted string but got ${token}`);
  return token.slice(1, -1).replaceAll(/\\./gs, (escape) => {
    const character = ESCAPES[escape[1]!];
    if (character === undefined) throw new SchemaPathError(`invalid string literal: invalid escape char ${escape}`);
    return character;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

function below({ path, schema }: Place, name: string): Place {
  const { properties } = schema;
  if (properties && Object.hasOwn(properties, name)) return { path: path.child(name), schema: properties[name]! };
  const others = properties ? undefined : additionalOf(schema);
  if (!others) throw new SchemaPathError("does not refer to a valid field");
  return { path: path.key(name), schema: others };
}
