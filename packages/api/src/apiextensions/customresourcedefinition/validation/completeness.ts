import { required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { itemsOf, type Schema } from "../subschemas.ts";

/** A schema of the structure, where it stands, and where something is said about its values. */
interface Place {
  readonly structure: Schema | undefined;
  readonly at: FieldPath;
  readonly saidAt: FieldPath;
}

/** Whatever is said about a value is in the structure as well. Upstream: apiextensions-apiserver/pkg/apiserver/schema/complete.go */
export function completenessErrors(schema: Schema, field: FieldPath): FieldError[] {
  return alternativeErrors(schema, { structure: schema, at: field, saidAt: field });
}

function alternativeErrors({ not, allOf, anyOf, oneOf }: Schema, place: Place): FieldError[] {
  const list = (name: string, schemas: readonly Schema[] | undefined): FieldError[] =>
    (schemas ?? []).flatMap((one, i) => valueErrors(one, { ...place, saidAt: place.saidAt.child(name).index(i) }));
  return [
    ...(not ? valueErrors(not, { ...place, saidAt: place.saidAt.child("not") }) : []),
    ...list("allOf", allOf),
    ...list("anyOf", anyOf),
    ...list("oneOf", oneOf),
  ];
}

function valueErrors(said: Schema, { structure, at, saidAt }: Place): FieldError[] {
  if (!structure) return [required(at, `because it is defined in ${saidAt}`)];
  const items = itemsOf(said);
  const itemsPlace = { structure: itemsOf(structure), at: at.child("items"), saidAt: saidAt.child("items") };
  const known: Readonly<Record<string, Schema>> = structure.properties ?? {};
  return [
    ...alternativeErrors(said, { structure, at, saidAt }),
    ...(items ? valueErrors(items, itemsPlace) : []),
    ...Object.entries(said.properties ?? {}).flatMap(([name, property]) =>
      valueErrors(property, {
        structure: Object.hasOwn(known, name) ? known[name] : undefined,
        at: at.child("properties").key(name),
        saidAt: saidAt.child("properties").key(name),
      }),
    ),
  ];
}
