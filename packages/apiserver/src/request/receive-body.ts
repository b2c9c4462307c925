import { StatusError } from "@dingi/apimachinery";
import { MAX_BODY_BYTES } from "../negotiation/decode.ts";
import type { Filter } from "./filter.ts";
import { isLongRunning } from "./long-running.ts";

/** Of bodies that are here or on their way, for all requests together. */
const ALL_BYTES = 256 * 1024 * 1024;
/** One user's part of them: whoever sends slowly, or much at once, is in nobody's way but his own. */
const USER_BYTES = ALL_BYTES / 4;

/**
 * Takes a request's body in before the request is counted among those in flight: a body that trickles in holds no place.
 * Upstream holds one, and the deadline sets it free.
 */
export function receiveBody(bodies: BodyBytes = new BodyBytes()): Filter {
  return async (call, next) => {
    const { request, user } = call;
    if (!request.receiveBody || isLongRunning(call)) return await next(call);
    using held = bodies.of(user.name);
    await request.receiveBody(MAX_BODY_BYTES, (bytes) => held.take(bytes));
    return await next(call);
  };
}

interface HeldBytes extends Disposable {
  /** Throws StatusError 429 when there are too many. */
  take(bytes: number): void;
}

/** Who has how many bytes of bodies here. */
export class BodyBytes {
  readonly #limits: { readonly all: number; readonly user: number };
  readonly #byUser = new Map<string, number>();
  #all = 0;

  constructor(limits = { all: ALL_BYTES, user: USER_BYTES }) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#all;
  }

  of(user: string): HeldBytes {
    let held = 0;
    return {
      take: (bytes) => {
        if (!this.#fits(user, bytes)) throw newTooManyRequests();
        this.#add(user, bytes);
        held += bytes;
      },
      [Symbol.dispose]: () => this.#add(user, -held),
    };
  }

  #fits(user: string, bytes: number): boolean {
    return this.#all + bytes <= this.#limits.all && (this.#byUser.get(user) ?? 0) + bytes <= this.#limits.user;
  }

  #add(user: string, bytes: number): void {
    this.#all += bytes;
    const own = (this.#byUser.get(user) ?? 0) + bytes;
    if (own > 0) this.#byUser.set(user, own);
    else this.#byUser.delete(user);
  }
}

/** Upstream: apimachinery/pkg/api/errors/errors.go#NewTooManyRequestsError */
function newTooManyRequests(): StatusError {
  return StatusError.make(
    429,
    "TooManyRequests",
    "Too many bytes of requests are being received, please try again later",
    {
      retryAfterSeconds: 1,
    },
  );
}
