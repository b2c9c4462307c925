import { compress as compressAnswer } from "../negotiation/compress.ts";
import type { Filter } from "./filter.ts";

/** Verbs whose answers may be large and come whole; of others, a stream must not wait for its next piece. */
const COMPRESSED: ReadonlySet<string> = new Set(["get", "list"]);

/** Large answers in gzip, for who takes it. */
export const compress: Filter = async (call, next) => {
  const response = await next(call);
  const { info } = call;
  const fits = info.isResource && info.subresource === "" && COMPRESSED.has(info.verb);
  return fits ? await compressAnswer(call.request, response) : response;
};
