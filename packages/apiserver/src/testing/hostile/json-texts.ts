import type { RawRequest } from "../test-server.ts";
import { configMap } from "./config-map.ts";
import { FILLING_BYTES } from "./filling.ts";
import { shape, type HostileShape } from "./hostile-shape.ts";
import { pods } from "./pod.ts";

const json = (source: string, url: string = pods): RawRequest => ({ method: "POST", url, text: source });
export function* jsonTexts(): Generator<HostileShape> {
  yield shape("JSON that ends too early", () => json(`{"a":${"[".repeat(9000)}`));
  yield shape("JSON of opening brackets", () => json("[".repeat(FILLING_BYTES)));
  yield shape("JSON of opening braces", () => json('{"":'.repeat(FILLING_BYTES / 4)));
  yield shape("JSON of deep lists, many times", () =>
    json(
      `{"a":[${Array(160)
        .fill("[".repeat(9000) + "]".repeat(9000))
        .join()}]}`,
    ),
  );
  yield shape("JSON of empty lists", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("[]")
        .join()}]}`,
    ),
  );
  yield shape("JSON of zeros", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}`,
    ),
  );
  yield shape("JSON of empty objects", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("{}")
        .join()}]}`,
    ),
  );
  yield shape("JSON of one field again and again", () =>
    json(`{"kind":"Pod"${',"kind":"Pod"'.repeat(FILLING_BYTES / 14)}}`),
  );
  yield shape("JSON of specs again and again", () => json(`{"kind":"Pod"${',"spec":{}'.repeat(FILLING_BYTES / 11)}}`));
  yield shape("JSON of one list again and again", () =>
    json(`{"spec":{"a":0${',"containers":[{}]'.repeat(FILLING_BYTES / 18)}}}`),
  );
  yield shape("JSON of one long list, then short ones", () =>
    json(`{"spec":{"containers":[${Array(200000).fill("{}").join()}]${',"containers":[{}]'.repeat(100000)}}}`),
  );
  yield shape("JSON of white space", () => json(`{${" ".repeat(FILLING_BYTES)}}`));
  yield shape("JSON of white space and no end", () => json(`{${" ".repeat(FILLING_BYTES)}`));
  yield shape("JSON of a long number", () => json(`{"a":${"1".repeat(FILLING_BYTES)}}`));
  yield shape("JSON of a long integer field", () => json(`{"metadata":{"generation":${"1".repeat(FILLING_BYTES)}}}`));
  yield shape("JSON of long integers", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 20) | 0)
        .fill("9".repeat(18))
        .join()}]}`,
    ),
  );
  yield shape("JSON of a long fraction", () => json(`{"a":0.${"1".repeat(FILLING_BYTES)}}`));
  yield shape("JSON of escapes", () => json(`{"metadata":{"name":"${"\\u0061".repeat(FILLING_BYTES / 6)}"}}`));
  yield shape("JSON of short escapes", () => json(`{"metadata":{"name":"${"\\n".repeat(FILLING_BYTES / 2)}"}}`));
  yield shape("JSON of half surrogates", () => json(`{"metadata":{"name":"${"\\ud800".repeat(FILLING_BYTES / 6)}"}}`));
  yield shape("JSON of a long key", () => json(`{"${"a".repeat(FILLING_BYTES)}":0}`));
  yield shape("JSON of numbers for names", () =>
    json(`{"a":{${Array.from({ length: 200_000 }, (_, i) => `"${200_000 - i}":0`).join()}}}`),
  );
  yield shape("JSON of big numbers for labels", () =>
    json(`{"metadata":{"labels":{${Array.from({ length: 180_000 }, (_, i) => `"${i * 20_000}":""`).join()}}}}`),
  );
  yield shape("JSON of invalid UTF-8", () => ({
    ...json(""),
    readBody: () =>
      Promise.resolve(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(FILLING_BYTES, 0xff), Buffer.from('"}')])),
  }));
  yield shape("a long kind", () => json(`{"kind":"${"a".repeat(FILLING_BYTES)}","apiVersion":"v1"}`));
  yield shape("a long version", () => json(`{"kind":"Pod","apiVersion":"${"a/".repeat(FILLING_BYTES / 2)}"}`));
}

export function* moreJsonTexts(): Generator<HostileShape> {
  yield shape("a long time", () => json(`{"metadata":{"creationTimestamp":"${"1".repeat(FILLING_BYTES)}"}}`));
  yield shape("base64 with line breaks", () =>
    json(`{"binaryData":{"a":"${"AAAA\\n".repeat(FILLING_BYTES / 6)}"}}`, configMap.url),
  );
  yield shape("bytes as a list", () =>
    json(
      `{"binaryData":{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}}`,
      configMap.url,
    ),
  );
}
