import { encodeListItems, encodeProtobuf } from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import { itemHead, objectHead } from "../cacher/stored.ts";

/** A stretch of a list's items. */
export interface Run {
  readonly values: readonly Stored[];
  /** Whether `values` is the same array in every list until one of its objects changes. */
  readonly shared: boolean;
}

const LIMIT_BYTES = 32 * 1024 * 1024;

type Form = "json" | "protobuf";
type Forms = Partial<Record<Form, Uint8Array>>;

/** Bytes of stretches of lists, kept while they are asked for: what did not change since the last list is not made again. */
export class ListChunks {
  /** Held by the stretches themselves: those of lists that nobody has any more take their objects with them. */
  readonly #known = new WeakMap<readonly Stored[], Forms>();
  /** In the order of their last use. */
  readonly #kept = new Set<Forms>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes = LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /** The items of a run, each with a comma in front. */
  json(run: Run, apiVersion: string): Uint8Array {
    return this.#get(run, apiVersion, "json", encodeItems);
  }

  /** The items of a run as fields of a list's message. */
  protobuf(run: Run, apiVersion: string): Uint8Array {
    return this.#get(run, apiVersion, "protobuf", encodeMessages);
  }

  #get(
    run: Run,
    apiVersion: string,
    form: Form,
    make: (values: readonly Stored[], apiVersion: string) => Uint8Array,
  ): Uint8Array {
    const { values, shared } = run;
    if (!shared || values[0]?.kind.apiVersion !== apiVersion) return make(values, apiVersion);
    const forms = this.#formsOf(values);
    const known = forms[form];
    if (known) return known;
    const bytes = make(values, apiVersion);
    forms[form] = bytes;
    this.#bytes += bytes.length;
    this.#makeRoom();
    return bytes;
  }

  #formsOf(values: readonly Stored[]): Forms {
    const forms = this.#known.get(values) ?? {};
    this.#known.set(values, forms);
    this.#kept.delete(forms);
    this.#kept.add(forms);
    return forms;
  }

  #makeRoom(): void {
    for (const forms of this.#kept) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#kept.delete(forms);
      for (const form of ["json", "protobuf"] as const) {
        this.#bytes -= forms[form]?.length ?? 0;
        delete forms[form];
      }
    }
  }
}

function encodeMessages(values: readonly Stored[], apiVersion: string): Uint8Array {
  const schema = values[0]!.kind.versions[apiVersion]!.schema;
  return encodeListItems(values.map((stored) => encodeProtobuf(schema, stored.inVersion(apiVersion))));
}

function encodeItems(values: readonly Stored[], apiVersion: string): Uint8Array {
  const heads = values.map((stored) => `,${headOf(stored, apiVersion)}`);
  const bodies = values.map((stored) => stored.body(apiVersion));
  const length = heads.reduce((sum, head, i) => sum + head.length + bodies[i]!.length, 0);
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (let i = 0; i < heads.length; i++) {
    at += bytes.write(heads[i]!, at, "latin1");
    bytes.set(bodies[i]!, at);
    at += bodies[i]!.length;
  }
  return bytes;
}

/** Objects of Go's types do not say what they are, in a list. */
function headOf({ kind, revision }: Stored, apiVersion: string): string {
  return kind.custom ? objectHead(kind.kind, apiVersion, revision) : itemHead(revision);
}
