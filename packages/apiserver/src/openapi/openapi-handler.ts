import { createHash } from "node:crypto";
import { groupOf, type ApiRequest, type ApiResponse, type ServedVersion } from "@dingi/apimachinery";
import { commonHeaders, respondJson, respondText } from "../negotiation/respond.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import { matchesEtag } from "./etag.ts";
import type { OpenApiOptions } from "./openapi-options.ts";
import { OpenApiV2Handler } from "./openapi-v2-handler.ts";
import { openApiV3 } from "./openapi-v3.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

interface Document {
  readonly body: Uint8Array;
  readonly hash: string;
}

/** `/openapi/v2`, `/openapi/v3` and its documents, each made when first asked for. Upstream: kube-openapi/pkg/handler3 */
export class OpenApiHandler {
  readonly #options: OpenApiOptions;
  readonly #v2: OpenApiV2Handler;
  readonly #documents = new WeakMap<ServedVersion, Document>();

  constructor(options: OpenApiOptions) {
    this.#options = options;
    this.#v2 = new OpenApiV2Handler(options);
  }

  mount(router: NonResourceRouter): void {
    router.add("/openapi/v2", this.#v2);
    router.add("/openapi/v3", { handle: () => this.#index() });
    router.addPrefix("/openapi/v3/", {
      handle: ({ request, info }) => this.#document(request, info.path.slice("/openapi/v3/".length)),
    });
  }

  async #index(): Promise<ApiResponse> {
    const paths = Object.fromEntries(
      [...this.#options.kinds.scheme.versions].map((served) => {
        const path = pathOf(served.apiVersion);
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#get(served).hash}` }];
      }),
    );
    return respondJson(200, { paths: { ...paths, ...(await this.#options.remote?.index()) } });
  }

  async #document(request: ApiRequest, path: string): Promise<ApiResponse> {
    const document = (await this.#remote(path)) ?? this.#own(path);
    return document ? this.#answer(request, path, document) : respondText(404, "404 page not found\n");
  }

  async #remote(path: string): Promise<Document | undefined> {
    const text = await this.#options.remote?.document(path);
    return text === undefined ? undefined : documentOf(text);
  }

  #own(path: string): Document | undefined {
    const served = this.#options.kinds.scheme.version(path.replace(/^apis?\//, ""));
    return served && pathOf(served.apiVersion) === path ? this.#get(served) : undefined;
  }

  #answer(request: ApiRequest, path: string, { body, hash }: Document): ApiResponse {
    const asked = request.query.get("hash");
    if (asked !== null && asked !== hash)
      return { status: 301, headers: { location: `/openapi/v3/${path}?hash=${hash}` } };
    const etag = `"${hash}"`;
    const caching =
      asked === null
        ? {}
        : {
            "cache-control": "public, immutable",
            expires: new Date(this.#options.clock.now() + YEAR_MS).toUTCString(),
          };
    const headers = { ...commonHeaders("application/json"), ...caching, etag, vary: "Accept" };
    return matchesEtag(request.headers["if-none-match"], etag)
      ? { status: 304, headers }
      : { status: 200, headers, body };
  }

  #get(served: ServedVersion): Document {
    const known = this.#documents.get(served);
    if (known) return known;
    const made = documentOf(JSON.stringify(openApiV3(served, this.#options.version)));
    this.#documents.set(served, made);
    return made;
  }
}

function documentOf(text: string): Document {
  const body = Buffer.from(text);
  return { body, hash: createHash("sha512").update(body).digest("hex").toUpperCase() };
}

function pathOf(apiVersion: string): string {
  return groupOf(apiVersion) === "" ? `api/${apiVersion}` : `apis/${apiVersion}`;
}
