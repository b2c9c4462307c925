import { fieldErrorText, invalid } from "../errors/field-error.ts";
import { V1ObjectMeta } from "../meta/meta.gen.ts";
import type { StructSchema } from "../schema/schema.ts";
import { DecodeError } from "./decode-error.ts";
import type { DecodeState } from "./decode-state.ts";

interface Place {
  readonly state: DecodeState;
  readonly path: readonly (string | number)[];
  readonly canonicalize: (schema: StructSchema, value: unknown, strictErrors: string[]) => object;
}

const UNKNOWN = /^unknown field "(.*)"$/;

/**
 * What an object within another says of itself, and its metadata as Go's type would be written back.
 * @throws {DecodeError} when it is not of the type. Upstream: apiextensions-apiserver/pkg/apiserver/schema/objectmeta/coerce.go
 */
export function embeddedMeta(name: string, value: unknown, place: Place): unknown {
  if (name === "metadata") return metadataOf(value, place);
  if (typeof value === "string") return value;
  const error = invalid(place.state.placeOf(place.path), value, "must be a string");
  throw new DecodeError("type", fieldErrorText(error));
}

function metadataOf(value: unknown, { state, path, canonicalize }: Place): unknown {
  const strictErrors: string[] = [];
  try {
    const metadata = canonicalize(V1ObjectMeta, value ?? {}, strictErrors);
    for (const error of strictErrors) {
      const field = UNKNOWN.exec(error)?.[1];
      if (field !== undefined) state.prunedMetadata(path, field);
    }
    return metadata;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError("type", fieldErrorText(invalid(state.placeOf(path), value, error.message)), { cause: error });
  }
}
