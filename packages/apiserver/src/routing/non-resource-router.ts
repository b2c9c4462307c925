import { type ApiRequest, type ApiResponse, type UserInfo } from "@dingi/apimachinery";
import { respondText } from "../negotiation/respond.ts";
import type { NonResourceRequest } from "./request-info.ts";

interface NonResourceCall {
  readonly request: ApiRequest;
  readonly info: NonResourceRequest;
  readonly user: UserInfo;
}

/** Serves one path, or everything below it. */
export interface NonResourceHandler {
  handle(call: NonResourceCall): ApiResponse | Promise<ApiResponse>;
}

/** Paths that are not resources: discovery, OpenAPI, health, metrics, version. */
export class NonResourceRouter {
  readonly #exact = new Map<string, NonResourceHandler>();
  readonly #unlisted = new Set<string>();
  readonly #prefixes: { readonly prefix: string; readonly handler: NonResourceHandler }[] = [];

  add(path: string, handler: NonResourceHandler): this {
    this.#exact.set(path, handler);
    return this;
  }

  /** One that is not among `paths`. */
  addUnlisted(path: string, handler: NonResourceHandler): this {
    this.#unlisted.add(path);
    return this.add(path, handler);
  }

  /** `prefix` ends in a slash. */
  addPrefix(prefix: string, handler: NonResourceHandler): this {
    this.#prefixes.push({ prefix, handler });
    return this;
  }

  get paths(): string[] {
    const listed = [...this.#exact.keys()].filter((path) => !this.#unlisted.has(path));
    return [...listed, ...this.#prefixes.map(({ prefix }) => prefix.slice(0, -1))].sort();
  }

  async route(request: ApiRequest, info: NonResourceRequest, user: UserInfo): Promise<ApiResponse> {
    const path = info.path.length > 1 && info.path.endsWith("/") ? info.path.slice(0, -1) : info.path;
    const handler = this.#exact.get(path) ?? this.#prefixes.find(({ prefix }) => info.path.startsWith(prefix))?.handler;
    return handler ? await handler.handle({ request, info, user }) : respondText(404, "404 page not found\n");
  }
}
