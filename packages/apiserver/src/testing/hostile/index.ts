import { certificateTexts } from "./certificate-texts.ts";
import type { HostileShape } from "./hostile-shape.ts";
import { jsonTexts, moreJsonTexts } from "./json-texts.ts";
import { jsonPatches, moreJsonPatches } from "./patches.ts";
import { protobufTexts } from "./protobuf-texts.ts";
import { hostileQueries } from "./queries.ts";
import { hostileReviews } from "./reviews.ts";
import { hostileWrites } from "./writes.ts";
import { yamlTexts } from "./yaml-texts.ts";

export { Filling, FILLING_BYTES } from "./filling.ts";
export { HOSTILE_KINDS, makeTargets } from "./hostile-kinds.ts";
export type { HostileShape } from "./hostile-shape.ts";
export { sendWorst } from "./send-worst.ts";
export { hostileQueries, hostileWrites };

/** What is no object of a kind in a usual body. */
export function* hostileTexts(): Generator<HostileShape> {
  yield* protobufTexts();
  yield* jsonTexts();
  yield* moreJsonTexts();
  yield* yamlTexts();
  yield* jsonPatches();
  yield* moreJsonPatches();
}

export function* hostileShapes(): Generator<HostileShape> {
  yield* certificateTexts();
  yield* hostileReviews();
  yield* hostileTexts();
  yield* hostileQueries();
  yield* hostileWrites();
}
