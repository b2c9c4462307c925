import { newNotAcceptable, StatusError } from "@dingi/apimachinery";

export type MediaType = "application/json" | "application/yaml" | "application/vnd.kubernetes.protobuf";

/** The other shapes in which an object can be asked for. */
export type View = "Object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";

/** What the client wants to read. */
export interface Negotiated {
  readonly mediaType: MediaType;
  readonly view: View;
  /** The meta.k8s.io version of the view: v1 or v1beta1. */
  readonly viewVersion: string;
  readonly pretty: boolean;
}

export const OBJECT_MEDIA_TYPES: readonly MediaType[] = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
];
/** Of those what has no type of Go can be written as. */
export const TEXT_MEDIA_TYPES: readonly MediaType[] = ["application/json", "application/yaml"];
const STREAM_MEDIA_TYPES: readonly string[] = [
  "application/json;stream=watch",
  "application/vnd.kubernetes.protobuf;stream=watch",
];

/** What a collection can be read as: it is listed and watched by one path. */
export const COLLECTION_MEDIA_TYPES: readonly string[] = [...OBJECT_MEDIA_TYPES, ...STREAM_MEDIA_TYPES];

interface Range {
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
  readonly q: number;
  readonly order: number;
}

const cache = new Map<string, readonly Range[]>();
const CACHE_LIMIT = 256;

export interface NegotiateOptions {
  readonly views?: readonly View[];
  readonly pretty?: boolean;
  readonly stream?: boolean;
  /** Whole objects are of a custom kind: there is no message for them, though for views of them there is. */
  readonly custom?: boolean | undefined;
  /** A view of another shape than the answer's, and how it is refused. */
  readonly misfit?: { readonly view: View; readonly why: string };
}

/** Upstream: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go. Throws StatusError 406. */
export function negotiate(accept: string | undefined, options: NegotiateOptions = {}): Negotiated {
  const { stream = false, custom = false, misfit } = options;
  for (const range of parseAccept(accept)) {
    if (misfit && isView(range, misfit.view)) throw StatusError.make(406, "NotAcceptable", misfit.why);
    const negotiated = match(range, options);
    if (negotiated) return negotiated;
  }
  throw newNotAcceptable(stream && !custom ? STREAM_MEDIA_TYPES : OBJECT_MEDIA_TYPES);
}

function match(range: Range, options: NegotiateOptions): Negotiated | undefined {
  const { views = [], pretty = false, stream = false } = options;
  const mediaType = mediaTypeOf(range.type, stream);
  if (!mediaType) return undefined;
  const as = range.params.get("as");
  const viewVersion = range.params.get("v") ?? "v1";
  const wanted = { mediaType, viewVersion, pretty: pretty || range.params.get("pretty") === "1" };
  if (as === undefined) return hasForm(mediaType, options) ? { ...wanted, view: "Object" } : undefined;
  const view = views.find((offered) => isView(range, offered));
  return view === undefined ? undefined : { ...wanted, view };
}

const hasForm = (mediaType: MediaType, { custom = false }: NegotiateOptions): boolean =>
  !custom || TEXT_MEDIA_TYPES.includes(mediaType);

function isView({ params }: Range, view: View): boolean {
  const version = params.get("v") ?? "v1";
  const known = (params.get("g") ?? "meta.k8s.io") === "meta.k8s.io" && (version === "v1" || version === "v1beta1");
  return known && params.get("as") === view;
}

function mediaTypeOf(type: string, stream: boolean): MediaType | undefined {
  if (type === "*/*" || type === "application/*") return "application/json";
  if (stream && type === "application/yaml") return undefined;
  return OBJECT_MEDIA_TYPES.find((known) => known === type);
}

/** The media types that are asked for, without their parameters, the most wanted first. */
export function acceptedTypes(accept: string | undefined): readonly string[] {
  return parseAccept(accept).map(({ type }) => type);
}

function parseAccept(accept: string | undefined): readonly Range[] {
  const text = accept === undefined || accept === "" ? "*/*" : accept;
  const known = cache.get(text);
  if (known) return known;
  const ranges = text
    .split(",")
    .map(parseRange)
    .sort((a, b) => b.q - a.q || a.order - b.order);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, ranges);
  return ranges;
}

function parseRange(text: string, order: number): Range {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const params = new Map(
    rest.map((part) => {
      const equals = part.indexOf("=");
      return [
        part.slice(0, equals).trim().toLowerCase(),
        part
          .slice(equals + 1)
          .trim()
          .replace(/^"|"$/g, ""),
      ] as const;
    }),
  );
  const q = Number(params.get("q") ?? 1);
  return { type: type.toLowerCase(), params, q: Number.isNaN(q) ? 0 : q, order };
}

/** Browsers and terminal fetchers get indented JSON. Upstream: …/negotiation/negotiate.go#isPrettyPrint */
export function wantsPretty(pretty: string | null, userAgent: string | undefined): boolean {
  if (pretty !== null) return pretty === "" || pretty === "1" || pretty.toLowerCase() === "true";
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
